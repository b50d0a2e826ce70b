"""The story of one delivery, read from what was written down of it."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.support.sentences import plain
from webapp.database import writing
from webapp.delivery import claim, commit
from webapp.delivery.links import Links
from webapp.delivery.load import load
from webapp.delivery.lot import Kind
from webapp.delivery.prepare import prepare
from webapp.delivery.rendering import Rendering
from webapp.delivery.routes import media_routes
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.envelope import Accepted, Certainty, PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.domain.refusal import Missing
from webapp.domain.strip import Mark
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.provider import Provider
from webapp.services.people import accounts
from webapp.services.queue import queue, story
from webapp.services.queue.story import Act

BUSY = TemporaryFailure(Reason.SERVER_BUSY, "451 later")
DROPPED = TemporaryFailure(Reason.TIMEOUT_AFTER_DATA, "no answer", certainty=Certainty.MAY_HAVE_ARRIVED)
GONE = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 no such user")


@pytest.fixture
def version(world):
    edith = accounts.get(username="edith").id

    def get():
        return story.version_of(id=world.row.id, user_id=edith, operator=True, now=world.clock.now())

    return get


def tried(world, answer, *times):
    """Post it, and try it as often as there are times to wait before."""
    world.mail.answer = answer
    world.post()
    world.dispatch()
    for wait in times:
        world.clock.advance(wait)
        world.retry()


def test_tries_newest_first_with_all_that_was_said(world, look):
    world.execute(update(Provider).values(settings={"host": "mail.example"}))
    tried(world, [BUSY, Accepted("250 ok")], 60)
    second, first = look().tries
    assert (first.number, first.accepted, first.reason, first.reply) == (1, False, Reason.SERVER_BUSY, "451 later")
    assert (second.number, second.accepted, second.reason, second.reply) == (2, True, None, "250 ok")
    assert (first.provider, first.provider_version, first.far, first.phase) == (
        "email-main",
        1,
        "mail.example",
        "asked",
    )
    assert [phase.name for phase in first.phases] == ["asked"]


def test_recovered_means_had_errors(world, look):
    tried(world, [BUSY, Accepted()])
    assert not look().had_errors
    world.clock.advance(60)
    world.retry()
    assert look().had_errors


def test_the_tries_to_come_end_with_the_last_one_allowed(world, look):
    tried(world, BUSY)
    assert [(one.number, (one.earliest - world.clock.now()).total_seconds()) for one in look().ahead] == [
        (2, 60), (3, 360), (4, 3960),
    ]  # fmt: skip
    for wait in (60, 300, 3600):
        world.clock.advance(wait)
        world.retry()
    it = look()
    assert (it.state, it.ahead, it.final, it.acts) == (S.UNDELIVERABLE, (), True, (Act.SEND_AGAIN,))
    assert it.advice == Reason.SERVER_BUSY.words.advice


@pytest.mark.parametrize(
    ("answers", "repeats"),
    [([BUSY, BUSY], [False, False]), ([DROPPED, BUSY], [False, True]), ([BUSY, DROPPED], [False, False])],
)
def test_a_try_after_one_that_may_have_arrived_is_a_possible_repeat(world, look, answers, repeats):
    tried(world, answers, 60)
    assert [one.repeat for one in reversed(look().tries)] == repeats
    assert look().may_duplicate is (DROPPED in answers)


def started(world):
    """Post one and commit it to being sent, without sending it."""
    world.post()
    now = world.clock.now()
    until = now + timedelta(seconds=60)
    with writing(world.session) as session:
        held = claim.claim(
            session, Kind.FRESH, due=now, now=now, until=until, limit=1, busy=set(), shares={}, in_use=()
        ).leased
        links = Links(public_url="", token=str)
        loaded = load(session, held, Kind.FRESH, now=now)
        lot = prepare(
            loaded, now=now, lease_until=until, links=links, rendering=Rendering(lease_s=60, clock=lambda: now)
        )
        return commit.start(session, lot.ready, now=now)


def test_what_a_stopping_process_had_not_handed_over_is_no_possible_repeat(world, look):
    ready = started(world)
    with writing(world.session) as session:
        commit.try_again(session, ready, now=world.clock.now(), by=commit.STOP)
    assert not look().may_duplicate
    world.retry()
    assert [(one.accepted, one.repeat) for one in look().tries] == [(True, False)]


def test_what_a_stopping_process_left_in_flight_is_a_possible_repeat(world, look):
    ready = started(world)
    with writing(world.session) as session:
        commit.leave_behind(session, ready, now=world.clock.now(), process="other")
    assert look().may_duplicate
    world.retry()
    assert [(one.accepted, one.repeat) for one in look().tries] == [(True, True), (False, False)]


def test_a_try_after_a_crash_is_a_possible_repeat(world, look):
    started(world)
    world.clock.advance(61)
    with writing(world.session) as session:
        settings = world.engine().settings
        claim.sweep(session, now=world.clock.now(), settings=settings, process="other", routes=media_routes(session))
    world.retry()
    second, died = look().tries
    assert (died.reason, died.counted, died.repeat) == (Reason.PROCESS_DIED, False, False)
    assert (second.accepted, second.repeat) == (True, True)


def test_sent_again_tells_both_rounds(world, look):
    tried(world, GONE)
    former = world.row.envelope_id
    world.clock.advance(60)
    world.mail.answer = Accepted()
    queue.send_again(ids=[world.row.id], by="olaf", now=world.clock.now())
    world.dispatch()
    it = look()
    assert (it.generation, it.replaces, [one.generation for one in it.tries]) == (2, former, [2, 1])
    assert [stop.mark for stop in it.strip] == [Mark.SENT_AGAIN, Mark.TRIED, Mark.STANDS]
    assert not it.had_errors
    assert not it.tries[0].repeat


def test_what_was_taken_and_is_sent_again_is_a_possible_repeat(world, look):
    tried(world, Accepted())
    assert look().may_duplicate
    world.clock.advance(60)
    queue.send_again(ids=[world.row.id], by="olaf", now=world.clock.now())
    world.dispatch()
    assert look().tries[0].repeat


@pytest.mark.parametrize(
    ("state", "acts"),
    [
        (S.QUEUED, {Act.CANCEL}),
        (S.SENDING, set()),
        (S.HELD, {Act.RETRY_NOW, Act.CANCEL}),
        (S.RETRYING, {Act.RETRY_NOW, Act.CANCEL}),
        (S.UNKNOWN, {Act.ARRIVED, Act.SEND_AGAIN}),
        (S.DELIVERED, set()),
        (S.FOLDED, set()),
        *((state, {Act.SEND_AGAIN}) for state in (S.UNDELIVERABLE, S.CANCELLED, S.FILTERED, S.SENT)),
    ],
)
def test_what_may_be_done_is_what_the_queue_does(world, look, state, acts):
    world.post()
    world.execute(update(Delivery).values(state=state.value))
    assert set(look().acts) == acts
    assert look(operator=False).acts == ()
    now, given = world.clock.now(), {"ids": [world.row.id], "by": "olaf"}
    done = {
        Act.CANCEL: queue.cancel, Act.RETRY_NOW: queue.retry_now, Act.SEND_AGAIN: queue.send_again,
        Act.ARRIVED: queue.mark_arrived,
    }  # fmt: skip
    for act, make in done.items():
        world.execute(update(Delivery).values(state=state.value))
        assert bool(make(**given, now=now).done) is (act in acts), act


def test_what_is_not_there_or_anothers_is_missing(world, look):
    world.person("nora")
    world.post("nora", sender="emil")
    assert look().subject == "Lunch"
    for instead in ({"operator": False}, {"id": "0" * 26}, {"id": "nonsense"}, {"id": "\x00"}):
        with pytest.raises(Missing):
            look(**instead)
        with pytest.raises(Missing):
            story.version_of(
                **{"id": world.row.id, "user_id": accounts.get(username="edith").id, "operator": True}
                | {"now": world.clock.now()}
                | instead
            )


def test_the_version_is_the_pages_and_changes_with_each_move_and_with_the_time_left(world, look, version):
    world.mail.answer = [BUSY, Accepted()]
    world.post()
    seen = []

    def note():
        assert look().version == version()
        seen.append(version())

    note()
    world.dispatch()
    note()
    world.clock.advance(1)
    note()
    world.clock.advance(59)
    note()
    world.retry()
    note()
    assert len(set(seen)) == 5
    world.clock.advance(3600)
    assert version() == seen[-1]


def test_at_most_once_leaves_it_to_a_person(world, look):
    world.execute(update(Channel).values(at_most_once=True))
    tried(world, DROPPED)
    it = look()
    assert (it.state, it.at_most_once, it.may_duplicate) == (S.UNKNOWN, True, True)
    assert plain(it.sentence).startswith("Emil may have got this by e-mail: email-main had the whole message")


def test_the_decision_comes_with_its_facts(world, look):
    world.post()
    assert look().decided is None
    world.dispatch()
    decided = look().decided
    assert decided is not None
    assert (decided.action, decided.reason, decided.at) == ("send", None, world.clock.now())
    assert decided.facts["address"] == "emil@example.com"


def test_it_costs_four_statements(world, look, statements):
    tried(world, BUSY)
    given = {"id": world.row.id, "user_id": 0, "operator": True, "now": world.clock.now()}
    with statements() as asked:
        story.get(**given)
    assert len(asked) == 4
