"""What goes out together: one mail of several, by one call, taken whole beyond any limit."""

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.support.together import BUSY, later, parts, stored
from webapp.database import writing
from webapp.delivery import groups
from webapp.delivery.claim import Claimed, claim
from webapp.delivery.groups import together
from webapp.delivery.lot import Kind
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.envelope import Accepted
from webapp.extensions import db
from webapp.formatters import Output
from webapp.models import claims
from webapp.models.channel import Channel
from webapp.models.user import User

pytestmark = pytest.mark.usefixtures("audited")


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


def test_no_group_is_torn_because_there_are_many(world, log, monkeypatch):
    monkeypatch.setattr(claims, "AT_ONCE", 7)
    names = world.crowd(5)
    for number in (1, 2, 3):
        world.post(*names, channel="team.log", subject=f"news {number}")
    assert world.dispatch(dispatch_batch=5) == {"sent": 15}
    assert parts(world) == [3] * 5


def test_a_group_that_is_larger_than_the_bound_goes_out_in_parts(world, post, monkeypatch):
    monkeypatch.setattr(claims, "AT_ONCE", 4)
    world.person("ines")
    post(6)
    post(2, "ines")
    assert world.dispatch(dispatch_batch=1) == {"sent": 8}
    assert sorted(parts(world)) == [2, 2, 4]


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
    world.clock.advance(1)
    for number in (1, 2):
        world.post("emil", "ines", subject=f"news {number}")
    assert world.dispatch() == {"queued": 2, "sent": 2}
    waits = world.rows(reason="DIGESTED")
    [due] = {row.due_at for row in waits}
    world.mail.sent.clear()
    world.clock.advance(due - world.clock.now())
    assert world.dispatch(dispatch_batch=1) == {"sent": 2}
    assert (parts(world), world.mail.addresses) == ([2], ["emil@example.com"])


def test_a_digest_on_a_channel_that_batches_goes_out_once_a_day(world):
    """The batch after the digest's time would be a second one."""
    world.execute(update(Channel).values(every_s=14400))
    world.prefer("emil", digest="daily 13:00")
    for hours in (0.5, 3):  # 09:30, first tried at 12:00; 12:30, first tried at 16:00
        world.clock.advance(hours * 3600)
        world.post(subject=f"news {hours}")
    assert world.dispatch() == {"queued": 1}
    world.clock.advance(1800)
    assert world.dispatch() == {"sent": 1}
    world.clock.advance(3 * 3600)
    assert world.dispatch() == {"queued": 1}
    world.clock.advance(21 * 3600)
    assert world.dispatch() == {"sent": 1}


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


def test_while_another_process_claims_nothing_is_torn_apart(world, post, database_kind):
    """It could have taken hold of a part; who comes second looks again when the first is done. SQLite lets nobody come
    second."""
    post()
    now = world.clock.now()
    told = {"due": now, "now": now, "until": now, "limit": 9, "busy": set(), "shares": {}, "in_use": ()}
    with writing(world.session) as session, Session(db.engine) as other:
        assert claims.may_claim_first_tries(other)
        if database_kind == "postgresql":
            assert claim(session, Kind.FRESH, **told) == Claimed(not_yet=True)
        other.rollback()
        assert len(claim(session, Kind.FRESH, **told).leased) == 3


def test_only_groups_are_asked_after(world, statements):
    """Of a lot in which nothing goes together, one question more than before."""
    world.post("emil", "edith")
    with writing(world.session) as session:
        now = world.clock.now()
        made = claims.Claim(due=now, now=now, token="t", until=now, by="me")
        found = claims.claim(session, S.QUEUED, made, limit=9, only="email")
        with statements() as asked:
            assert together(session, {groups.group_of(one) for one in found}) == set()
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
