"""What goes out together: one mail of several, by one call; claimed whole, tried again whole, and never in part."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import delete, select, update

from webapp.database import writing
from webapp.delivery.claim import claim
from webapp.delivery.groups import together
from webapp.delivery.lot import Kind
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.envelope import Accepted, Certainty, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.extensions import db
from webapp.formatters import Output
from webapp.models import claims
from webapp.models._columns import table_of
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery, Move
from webapp.models.envelope import Envelope
from webapp.models.message import Message, UserNotification
from webapp.models.policy import Policy
from webapp.models.provider import Provider
from webapp.models.user import User
from webapp.services.auditing import audit
from webapp.services.queue import queue

BUSY = TemporaryFailure(Reason.SERVER_BUSY, "451 later")
SILENT = TemporaryFailure(Reason.TIMEOUT_AFTER_DATA, "nothing", certainty=Certainty.MAY_HAVE_ARRIVED)


@pytest.fixture
def log(world):
    """The channel ``team.log``, of which everybody gets digests."""
    return world.channel("team.log", formatter="digest")


@pytest.fixture
def post(world, log):
    """``post(3)``: so many messages to Emil; gives the ids of their deliveries."""

    def posted(count=3, to="emil", **message):
        before = {row.id for row in world.rows()}
        for number in range(count):
            world.post(to, channel="team.log", subject=f"news {number + 1}", **message)
        return [row.id for row in world.rows() if row.id not in before]

    return posted


@pytest.fixture(autouse=True)
def clean(world):
    """Whatever happens, the audit has nothing to say."""
    yield
    for far in world.far.values():
        far.release()
    assert audit.check(now=world.clock.now()) == []


def parts(world):
    """Of how many deliveries each envelope was sent, in order, by the subjects that its text names."""
    return [sum(f"news {number}" in envelope.text for number in range(1, 10)) for envelope in world.mail.sent]


def stored(world):
    return {row.id: row for row in world._all(select(table_of(Envelope)))}


def later(world, seconds=60):
    world.clock.advance(seconds)
    return world.retry()


def test_three_are_one_mail_and_one_try(world, post):
    post()
    assert world.dispatch() == {"sent": 3}
    [attempt], [envelope] = world.attempts(), world.mail.sent
    assert (attempt.envelope_id, attempt.number, attempt.counted) == (envelope.id, 1, True)
    assert ({row.envelope_id for row in world.rows()}, parts(world)) == ({envelope.id}, [3])
    assert stored(world)[envelope.id].members == 3


def test_a_failure_costs_each_one_and_the_whole_is_tried_again(world, post):
    world.mail.answer = [BUSY, Accepted()]
    post()
    assert world.dispatch() == {"retrying": 3}
    assert {(row.failures, row.retries_left) for row in world.rows()} == {(1, 3)}
    assert later(world) == {"sent": 3}
    first, again = world.mail.sent
    assert again == first


@pytest.mark.parametrize("batch", [1, 3])
def test_a_group_is_taken_beyond_the_limit_whole(world, post, batch):
    world.person("ines")
    post(5)
    post(5, "ines")
    world.mail.answer = BUSY
    assert world.dispatch(dispatch_batch=batch) == {"retrying": 10}
    assert parts(world) == [5, 5]
    world.mail.answer = Accepted()
    world.clock.advance(60)
    assert world.retry(resend_batch=batch) == {"sent": 10}
    assert len(world.mail.sent) == 4
    assert len({envelope.id for envelope in world.mail.sent}) == 2


def test_what_persons_and_channels_have_due_never_merges(world, post):
    world.person("ines")
    world.channel("team.other", formatter="digest")
    world.provider("sms")
    world.execute(update(User).values(phone="+3531", phone_verified_at=world.clock.now()))
    world.channel("team.both", media=("email", "sms"), formatter="digest")
    post(2)
    post(2, "ines")
    for channel in ("team.other", "team.both"):
        world.post(channel=channel, subject="news 1")
        world.post(channel=channel, subject="news 2")
    assert world.dispatch(dispatch_batch=1) == {"sent": 10}
    assert sorted(parts(world)) == [2, 2, 2, 2]
    assert len(world.far["sms"].sent) == 1


def test_who_wants_a_digest_gets_one_and_the_others_each(world):
    world.person("ines")
    world.prefer("emil", digest="hourly")
    for number in (1, 2):
        world.post("emil", "ines", subject=f"news {number}")
    assert world.dispatch() == {"queued": 2, "sent": 2}
    waits = world.rows(reason="DIGESTED")
    [due] = {row.due_at for row in waits}
    world.mail.sent.clear()
    world.clock.advance(due - world.clock.now())
    assert world.dispatch(dispatch_batch=1) == {"sent": 2}
    assert (parts(world), world.mail.addresses) == ([2], ["emil@example.com"])


def test_a_required_channel_groups_for_nobody(world):
    world.execute(update(Channel).values(required=True))
    world.prefer("emil", digest="hourly")
    world.post()
    world.post()
    assert world.dispatch() == {"sent": 2}
    assert len(world.mail.sent) == 2


def test_what_waited_for_the_end_of_quiet_hours_comes_together(world, post):
    at = world.clock.now()
    world.quiet("emil", *(f"{day} 00:00-23:59" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")))
    post(2)
    assert world.dispatch() == {"queued": 2}
    [due] = {row.due_at for row in world.rows()}
    world.clock.advance(due - at)
    assert world.dispatch() == {"sent": 2}
    assert parts(world) == [2]


def test_only_groups_are_asked_after(world, statements):
    """Of a lot in which nothing goes together, one question more than before."""
    world.post("emil", "edith")
    with writing(world.session) as session:
        now = world.clock.now()
        made = claims.Claim(due=now, now=now, token="t", until=now, by="me")
        found = claims.claim(session, S.QUEUED, made, limit=9)
        with statements() as asked:
            assert together(session, found) == set()
        assert len(asked) == 1
        session.rollback()


def test_a_formatter_that_takes_each_by_itself_is_asked_of_each(world, formatter):
    """So that one that it stumbles over takes no other with it."""
    asked = []

    def each(items):
        asked.append(len(items))
        if items[0].subject == "poison":
            raise ValueError("it is")
        return [Output(items[0].subject, "text", None, (items[0].id,))]

    formatter("single", each, groups=False)
    world.execute(update(Channel).values(formatter="single"))
    for subject in ("one", "poison", "two"):
        world.post(subject=subject)
    assert world.dispatch() == {"sent": 2, "queued": 1}
    assert asked == [1, 1, 1]


def test_a_group_that_its_formatter_stumbles_over_goes_back_and_ends_as_one(world, formatter, log):
    def stumble(items):
        raise ValueError("by design")

    formatter("stumbles", stumble)
    world.execute(update(Channel).where(Channel.id == log).values(formatter="stumbles"))
    for _ in range(2):
        world.post(channel="team.log")
    world.post()
    assert world.dispatch() == {"queued": 2, "sent": 1}
    for wait in (5, 15, 45):
        world.clock.advance(wait)
        assert world.dispatch(dispatch_batch=1) == {"queued": 2}
    world.clock.advance(135)
    assert world.dispatch(dispatch_batch=1) == {"undeliverable": 2}
    assert {(row.raises, row.reason, row.failures) for row in world.rows(channel_id=log)} == {
        (5, "FORMATTER_FAILED", 0)
    }


def test_what_a_formatter_leaves_out_is_done(world, formatter, log):
    formatter("newest", lambda items: [Output("newest", "text", None, (items[-1].id,))])
    world.execute(update(Channel).where(Channel.id == log).values(formatter="newest"))
    for _ in range(3):
        world.post(channel="team.log")
    assert world.dispatch() == {"sent": 1, "folded": 2}
    *folded, sent = world.rows()
    assert [row.state for row in folded] == ["folded", "folded"]
    assert {(row.reason, row.envelope_id, row.evidence["evidence"]["formatter"]) for row in folded} == {
        ("FOLDED", None, "newest")
    }
    assert stored(world)[sent.envelope_id].members is None


# --- an envelope that has lost a part ------------------------------------------------------------------------------


def cancel(world, id_):
    queue.cancel(ids=[id_], by="ada", now=world.clock.now())


def read(world, id_):
    [row] = world.rows(id=id_)
    world.execute(
        update(UserNotification).where(UserNotification.id == row.notification_id).values(read_at=world.clock.now())
    )


def expire(world, id_):
    """Before it is due again; behind the back of its message, whose own time to live is this now."""
    at = world.clock.now() + timedelta(seconds=30)
    [row] = world.rows(id=id_)
    world.execute(update(Message).where(Message.id == row.message_id).values(expires_at=at))
    world.execute(update(Delivery).where(Delivery.id == id_).values(expires_at=at))


LOSSES = {"cancelled": cancel, "filtered": read, "expired": expire}


@pytest.mark.parametrize("answer", [BUSY, SILENT], ids=["busy", "silent"])
@pytest.mark.parametrize("lost", LOSSES)
def test_the_rest_makes_a_new_one_that_names_the_old(world, post, lost, answer):
    world.mail.answer = [answer, BUSY, Accepted()]
    _, gone, _ = post()
    world.dispatch()
    LOSSES[lost](world, gone)
    assert later(world)["retrying"] == 2
    assert later(world, 300) == {"sent": 2}
    first, second, third = world.mail.sent
    assert parts(world) == [3, 2, 2]
    assert (second.replaces, third, first.id != second.id) == (first.id, second, True)
    assert second.references == first.message_id
    [row] = world.rows(id=gone)
    assert (row.envelope_id, row.state) == (first.id, "filtered" if lost == "filtered" else "cancelled")
    assert stored(world)[second.id].members == 2


def test_one_that_is_left_alone_is_a_mail_of_one(world, post):
    world.mail.answer = [BUSY, Accepted()]
    gone, left = post(2)
    world.dispatch()
    cancel(world, gone)
    assert later(world) == {"sent": 1}
    first, second = world.mail.sent
    assert (second.replaces, second.address, parts(world)) == (first.id, first.address, [2, 1])
    assert stored(world)[second.id].members is None
    assert [row.id for row in world.rows(envelope_id=second.id)] == [left]


def test_a_doubt_goes_over_to_what_takes_its_place(world, post):
    """The last failure of what may have arrived is no certain failure."""
    world.mail.answer = [SILENT, BUSY, BUSY, BUSY]
    gone, _ = post(2)
    world.dispatch()
    cancel(world, gone)
    for wait in (60, 300):
        assert later(world, wait) == {"retrying": 1}
    assert later(world, 3600) == {"unknown": 1}
    assert world.rows(state="unknown")[0].reason == "EXHAUSTED"


def test_what_was_deleted_is_missing_as_well(world, post):
    world.mail.answer = [BUSY, Accepted()]
    gone, *_ = post()
    world.dispatch()
    [row] = world.rows(id=gone)
    world.execute(delete(Move).where(Move.delivery_id == gone))
    world.execute(delete(Delivery).where(Delivery.id == gone))
    for table in (UserNotification, Message):
        key = Message.id if table is Message else UserNotification.message_id
        world.execute(delete(table).where(key == row.message_id))
    assert later(world) == {"sent": 2}
    assert parts(world) == [3, 2]


def test_one_that_is_tried_now_takes_the_others_with_it(world, post):
    world.mail.answer = [BUSY, Accepted()]
    _, one, _ = post()
    world.dispatch()
    queue.retry_now(ids=[one], by="ada", now=world.clock.now())
    assert world.retry() == {"sent": 3}
    assert len({envelope.id for envelope in world.mail.sent}) == 1


def test_what_is_held_of_it_goes_along(world, post):
    world.mail.answer = [BUSY, Accepted()]
    ids = post()
    world.dispatch()
    with writing(world.session) as session:
        at = world.clock.now()
        claims.move_where(
            session, S.RETRYING, S.HELD, Delivery.id.in_(ids[1:]), at=at, by="breaker", reason=Reason.RATE_LIMITED
        )
    assert later(world) == {"sent": 3}
    assert len({envelope.id for envelope in world.mail.sent}) == 1
    assert world.moves(ids[1])[-3:] == [("held", "retrying"), ("retrying", "sending"), ("sending", "sent")]


def test_one_of_which_a_part_is_out_of_reach_is_left_for_the_next_time(world, post):
    world.mail.answer = [BUSY, Accepted()]
    ids = post()
    world.dispatch()
    world.clock.advance(60)
    now = world.clock.now()
    with writing(world.session) as session:  # as a process does that has taken hold of it, and of no other
        made = claims.Claim(due=now, now=now, token="T" * 26, until=now + timedelta(seconds=60), by="resender")
        claims._take(session, S.RETRYING, select(Delivery.id).where(Delivery.id == ids[0]), made)
    world.post("edith")
    assert world.retry() == {}
    world.clock.advance(60)
    assert world.retry() == {"retrying": 1, "sent": 3}, "its lease has run out"
    assert len({envelope.id for envelope in world.mail.sent}) == 1


def test_one_that_is_sent_again_has_a_mail_of_its_own(world, post):
    ids = post()
    world.dispatch()
    post(2)
    queue.send_again(ids=[ids[1]], by="ada", now=world.clock.now())
    assert world.dispatch(dispatch_batch=1) == {"sent": 3}
    first, *others = world.mail.sent
    assert sorted(envelope.replaces or "" for envelope in others) == ["", first.id]
    assert sorted(parts(world)) == [1, 2, 3]
    assert [row.envelope_id == first.id for row in world.rows()[:3]] == [True, False, True]


def test_those_of_one_mail_that_are_sent_again_together_are_one_again(world, post):
    ids = post()
    world.dispatch()
    queue.send_again(ids=ids[:2], by="ada", now=world.clock.now())
    assert world.dispatch() == {"sent": 2}
    first, second = world.mail.sent
    assert (second.replaces, parts(world)) == (first.id, [3, 2])


def test_types_with_other_rules_are_tried_again_together_as_long_as_all_may(world, post):
    """Where the first of its parts is due; and without that which may not be tried any more."""
    world.execute(
        update(Policy).where(Policy.name == "optimizely").values(rules={"short": {"once": {"retries": 0}}}, version=2)
    )
    world.mail.answer = [BUSY, Accepted()]
    post(2)
    [short] = post(1, type="short")
    world.dispatch()
    assert [row.state for row in world.rows(id=short)] == ["undeliverable"]
    assert later(world) == {"sent": 2}
    first, second = world.mail.sent
    assert second.replaces == first.id


# --- processes -----------------------------------------------------------------------------------------------------


def test_what_was_in_flight_when_a_process_died_is_the_same_mail_again(world, post, by_hand):
    post()
    world.mail.hold()
    dead = by_hand()
    dead.until(lambda: world.mail.held)
    world.clock.advance(60)
    world.mail.release()
    world.retry()
    assert {row.state for row in world.rows()} == {"sent"}
    assert len({envelope.id for envelope in world.mail.sent}) == 1
    assert [(row.crashes, row.failures) for row in world.rows()] == [(1, 0)] * 3
    assert [attempt.reason for attempt in world.attempts()] == ["PROCESS_DIED"] * 3 + [None]
    dead.until_at_rest()  # it was only frozen: what it brings is too late, for all of them
    assert {row.state for row in world.rows()} == {"sent"}


def test_a_result_for_a_part_is_a_result_for_nobody(world, post, by_hand):
    ids = post()
    world.mail.hold()
    slow = by_hand()
    slow.until(lambda: world.mail.held)
    world.execute(update(Delivery).where(Delivery.id == ids[0]).values(lease_until=world.clock.now()))
    world.retry()  # sweeps that one
    assert [row.state for row in world.rows()] == ["retrying", "sending", "sending"]
    world.mail.release()
    slow.until_at_rest()
    assert [row.state for row in world.rows()] == ["retrying", "sending", "sending"]
    world.clock.advance(120)
    world.retry()
    assert [(row.state, row.crashes) for row in world.rows()] == [("sent", 1)] * 3
    assert len({envelope.id for envelope in world.mail.sent}) == 1


def test_a_large_group_by_two_processes_is_sent_once(world, post, by_hand):
    post(50)
    one, other = by_hand(dispatch_batch=20), by_hand(dispatch_batch=20)
    for process in (one, other):
        process.pipeline.wake(Kind.FRESH)
    while not (one.pipeline.at_rest and other.pipeline.at_rest):
        one.pipeline.turn()
        other.pipeline.turn()
    assert {row.state for row in world.rows()} == {"sent"}
    assert len(world.mail.sent) == 1, "the first claim took it whole"


def test_processes_that_claim_at_once_get_whole_envelopes(world, log, app):
    world.mail.answer = BUSY
    names = world.crowd(10)
    for _ in range(4):
        world.post(*names, channel="team.log")
    assert world.dispatch() == {"retrying": 40}
    world.clock.advance(60)
    taken = at_once(app, lambda session: take(session, world, Kind.LATER, limit=3))
    assert len(taken) == len({leased.id for leased, _ in taken}) == 40
    assert len({(leased.envelope_id, who) for leased, who in taken}) == 10
    world.clock.advance(60)
    assert world.retry() == {"retrying": 80}, "given back by the sweep, and tried"


def test_processes_that_claim_at_once_share_a_group_and_get_nothing_twice(world, post, app):
    ids = post(40)
    taken = at_once(app, lambda session: take(session, world, Kind.FRESH, limit=3))
    assert sorted(leased.id for leased, _ in taken) == ids


def take(session, world, kind, *, limit):
    now = world.clock.now()
    until = now + timedelta(seconds=60)
    return claim(session, kind, due=now, now=now, until=until, limit=limit, busy=set(), shares={}, alone=False).leased


def at_once(app, take):
    """By four threads, until there is nothing left: what each claimed, and which."""
    taken, begin = [], Barrier(4)

    def work(who):
        with app.app_context():
            begin.wait()
            idle = 0
            while idle < 3:  # what another one holds just now may come free
                with writing(db.session) as session:
                    lot = take(session)
                taken.extend((leased, who) for leased in lot)
                idle = 0 if lot else idle + 1
            db.session.remove()

    threads = [Thread(target=work, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken


def test_a_group_counts_as_one_for_the_pace(world, post):
    world.execute(update(Provider).values(settings={"sender": "belfry@example.com", "per_minute": 60}))
    world.person("ines")
    post(5)
    post(5, "ines")
    assert world.dispatch() == {"sent": 10}
    assert len(world.mail.sent) == 2
