"""Recovering a subscriber: what failed is sent again, what it never had is made, and a second click changes nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from tests.support.rivals import Rival
from tests.support.subscribers import queued_for, subscriber
from webapp.delivery import telling
from webapp.domain.refusal import Missing
from webapp.models import message as messages
from webapp.models.audit import AuditEvent
from webapp.models.delivery import Delivery
from webapp.models.message import Message
from webapp.services.auditing import audit
from webapp.services.posting import cancelling
from webapp.services.queue import queue, recovering
from webapp.services.queue.recovering import Sort

ALL = tuple(Sort)


def put(world, id, **columns):
    world.execute(update(Delivery).where(Delivery.id == id).values(**columns))


def counts(world, **asked):
    found = recovering.outlook(name="archive", now=world.clock.now(), **{"since": None} | asked)
    return {sort.value: count.n for sort, count in found.counts.items()}


@pytest.fixture
def recover(world):
    def go(**asked):
        done = recovering.recover(name="archive", by="ada", now=world.clock.now(), **asked)
        return done.again, done.made, done.more

    return go


@pytest.fixture
def stood(world):
    """One delivery of each sort to the archive, and one that arrived; by their states. And one of another's."""
    archive, other = subscriber(world), subscriber(world, name="other")
    told = {}
    for sort, state, reason in [
        ("failed", "undeliverable", "HTTP_5XX"), ("unknown", "unknown", "TIMEOUT_AFTER_DATA"),
        ("expired", "cancelled", "EXPIRED"), ("cancelled", "cancelled", "CANCELLED_BY_PERSON"), ("sent", "sent", None),
    ]:  # fmt: skip
        world.clock.advance(1)
        told[sort], theirs = queued_for(world, archive, other)
        for id in (told[sort], theirs):
            put(world, id, state=state, reason=reason, ended_at=world.clock.now(), failures=8, retries_left=0)
    world.clock.advance(1)
    return told


@pytest.fixture
def as_they_are_counted(app, monkeypatch):
    """``as_they_are_counted(act)``: somebody begins to act right before the messages that lack are counted."""

    def begin_with(act):
        rival, count_more = Rival(app, act), messages.count_more

        def begun(*args, **named):
            monkeypatch.undo()
            rival.begin()
            return count_more(*args, **named)

        monkeypatch.setattr(messages, "count_more", begun)
        return rival

    return begin_with


def test_each_sort_is_counted(world, stood):
    assert counts(world) == {"failed": 1, "unknown": 1, "expired": 1, "never": 0}


@pytest.mark.parametrize(
    ("sorts", "again"),
    [
        ((Sort.FAILED,), {"failed"}),
        ((Sort.UNKNOWN, Sort.EXPIRED), {"unknown", "expired"}),
        (ALL, {"failed", "unknown", "expired"}),
    ],
)
def test_what_was_chosen_is_sent_again_and_nothing_else(world, stood, recover, sorts, again):
    assert recover(sorts=sorts) == (len(again), 0, False)
    begun = {row.id for row in world.rows() if row.state == "queued"}
    assert begun == {stood[sort] for sort in again}
    assert {(row.generation, row.retries_left, row.failures) for row in world.rows(state="queued")} == {(2, 8, 0)}


def test_a_second_click_changes_nothing(world, stood, recover):
    assert recover(sorts=ALL)[0] == 3
    assert recover(sorts=ALL) == (0, 0, False)


def test_what_was_moved_since_somebody_looked_is_left_alone(world, stood, recover):
    looked = world.clock.now()
    world.clock.advance(1)
    assert recover(sorts=ALL)[0] == 3
    for id in stood.values():
        put(world, id, state="undeliverable")
    assert recover(sorts=ALL, as_of=looked) == (2, 0, False)  # those that stood still


def test_only_what_was_posted_since(world, stood, recover):
    since = world.clock.now() - timedelta(seconds=3, milliseconds=500)
    assert counts(world, since=since) == {"failed": 0, "unknown": 0, "expired": 1, "never": 0}
    assert recover(since=since, sorts=ALL) == (1, 0, False)


def test_since_before_1970_is_since_ever(world, stood, recover):
    since = datetime(1969, 12, 1, tzinfo=UTC)
    assert counts(world, since=since) == {"failed": 1, "unknown": 1, "expired": 1, "never": 0}
    assert recover(sorts=ALL, since=since) == (3, 0, False)


def test_in_lots_until_the_bound(world, recover, monkeypatch):
    archive = subscriber(world)
    monkeypatch.setattr(recovering, "LOT", 2)
    for _ in range(5):
        world.clock.advance(1)
        put(world, queued_for(world, archive)[0], state="undeliverable", ended_at=world.clock.now())
    assert recover(most=3) == (3, 0, True)
    assert [row.state for row in world.rows()] == ["queued"] * 3 + ["undeliverable"] * 2
    assert recover(most=3) == (2, 0, False)


# --- what it never had ----------------------------------------------------------------------------------------------


@pytest.fixture
def posted_before(world):
    """Three messages, the last of them a large one; then somebody subscribes to the large ones of the channel."""
    world.channel("team.orders", filter_keys=["size"])
    began = world.clock.now()
    for number, size in enumerate(("small", None, "large")):
        world.clock.advance(60)
        world.post(channel="team.orders", subject=f"No. {number}", attributes={"size": size} if size else {})
    world.clock.advance(60)
    subscriber(world, filters={"team.orders": {"size": "large"}})
    return began


def test_what_its_filters_want_is_made(world, posted_before, recover):
    """A key that a message does not have speaks for it."""
    assert counts(world, since=posted_before)["never"] == 2
    assert recover(since=posted_before, sorts=ALL) == (0, 2, False)
    made = world.rows(medium="webhook")
    assert {(row.state, row.generation, row.retries_left) for row in made} == {("queued", 1, 8)}
    assert {row.due_at for row in made} == {world.clock.now()}
    subjects = world.session.scalars(select(Message.subject).where(Message.id.in_([row.message_id for row in made])))
    assert sorted(subjects) == ["No. 1", "No. 2"]


def test_messages_count_what_was_made(world, posted_before, recover):
    recover(since=posted_before, sorts=ALL)
    counted = world.session.scalars(select(Message.counted).order_by(Message.id)).all()
    assert [one.get("webhook", 0) for one in counted] == [0, 1, 1]


def test_what_its_poster_has_cancelled_is_not_made(world, posted_before, recover):
    last = world.session.scalars(select(Message).order_by(Message.id.desc()).limit(1)).one()
    cancelling.cancel(user_id=last.sender_id, id=last.id, by="edith", now=world.clock.now())
    assert recover(since=posted_before, sorts=ALL) == (0, 1, False)


def test_what_its_poster_cancels_at_that_moment_is_not_made_or_is_cancelled(
    world, posted_before, recover, as_they_are_counted
):
    last = world.session.scalars(select(Message).order_by(Message.id.desc()).limit(1)).one()
    named = {"user_id": last.sender_id, "id": last.id, "by": "edith", "now": world.clock.now()}
    rival = as_they_are_counted(lambda: cancelling.cancel(**named))
    recover(since=posted_before, sorts=ALL)
    rival.end()
    world.session.rollback()
    assert {row.state for row in world.rows(medium="webhook") if row.message_id == last.id} <= {"cancelled"}
    counted = world.session.scalars(select(Message.counted).where(Message.id == last.id)).one()
    assert counted.get("webhook", 0) == len([row for row in world.rows(medium="webhook") if row.message_id == last.id])


def test_what_its_poster_has_cancelled_is_not_sent_again(world, stood, recover):
    for message in world.session.scalars(select(Message)).all():
        cancelling.cancel(user_id=message.sender_id, id=message.id, by="edith", now=world.clock.now())
    assert set(counts(world).values()) == {0}
    assert recover(sorts=ALL) == (0, 0, False)


def test_what_is_told_of_states_is_made_for_nobody_else(world, recover):
    began = world.clock.now()
    subscriber(world, name="states-of-edith", owner="edith", filters={})
    world.post()
    world.dispatch()
    world.clock.advance(60)
    world.retry()  # its sweep tells
    subscriber(world, filters={telling.CHANNEL: {}})
    assert recover(since=began, sorts=ALL) == (0, 0, False)
    assert len(world.rows(medium="webhook")) == 1


def test_it_is_made_once(world, posted_before, recover):
    recover(since=posted_before, sorts=ALL)
    assert counts(world, since=posted_before)["never"] == 0
    assert recover(since=posted_before, sorts=ALL) == (0, 0, False)


def test_two_subscribers_of_one_channel_are_recovered_at_once(world, posted_before, recover, as_they_are_counted):
    """Each has written deliveries of the messages that both are about to count."""
    subscriber(world, name="other", filters={"team.orders": {"size": "large"}})
    asked = {"since": posted_before, "sorts": ALL, "by": "ada", "now": world.clock.now()}
    rival = as_they_are_counted(lambda: recovering.recover(name="other", **asked))
    assert recover(since=posted_before, sorts=ALL) == (0, 2, False)
    rival.end()
    counted = world.session.scalars(select(Message.counted).order_by(Message.id)).all()
    assert [one.get("webhook", 0) for one in counted] == [0, 2, 2]


def test_nothing_is_made_without_a_time_or_before_it(world, posted_before, recover):
    assert recover(sorts=ALL) == (0, 0, False)
    assert recover(since=posted_before + timedelta(seconds=150), sorts=ALL) == (0, 1, False)


def test_sent_again_it_lives_as_long_as_when_it_was_made(world, posted_before, recover):
    """However long after its message that was."""
    world.clock.advance(timedelta(days=20))
    recover(since=posted_before, sorts=ALL)
    [first, *_rest] = world.rows(medium="webhook")
    for act in (queue.cancel, queue.send_again):
        world.clock.advance(60)
        act(ids=[first.id], by="ada", now=world.clock.now())
    [again] = world.rows(id=first.id)
    assert again.expires_at - again.due_at == first.expires_at - first.due_at


def test_the_ledger_and_the_audit_tell_of_it(world, posted_before, recover):
    recover(since=posted_before, sorts=ALL)
    [first, *_rest] = world.rows(medium="webhook")
    assert [(move.was, move.became, move.by) for move in world.ledger(first.id)] == [(None, "queued", "ada")]
    line = world.session.scalars(select(AuditEvent).where(AuditEvent.what == "recovered")).one()
    assert (line.who, line.target, line.after["made"]) == ("ada", "subscriber:archive", 2)


@pytest.mark.parametrize("name", ["nobody", "\0"])
def test_nobody_of_that_name(world, name):
    with pytest.raises(Missing):
        recovering.outlook(name=name, since=None, now=world.clock.now())


def test_the_audit_finds_nothing_wrong_with_it(world, posted_before, recover):
    """Deliveries made later than their message, and sent again with a time to live of their own."""
    recover(since=posted_before, sorts=ALL)
    [first, *_rest] = world.rows(medium="webhook")
    queue.cancel(ids=[first.id], by="ada", now=world.clock.now())
    world.clock.advance(60)
    queue.send_again(ids=[first.id], by="ada", now=world.clock.now())
    assert audit.check(now=world.clock.now()) == []
