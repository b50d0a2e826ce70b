"""What the queue's lists, stories and acts make of deliveries to subscribers: those have no person."""

import pytest
from sqlalchemy import update

from tests.support.sentences import plain
from tests.support.subscribers import queued_for, subscriber
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.wording import Reader
from webapp.models.delivery import Delivery
from webapp.services.queue import deliveries, doubts, failed, queue, statistics
from webapp.services.queue.queue import Filters, Tab


def put(world, id, **columns):
    world.execute(update(Delivery).where(Delivery.id == id).values(**columns))


@pytest.fixture
def archive(world):
    return subscriber(world, "https://archive.example.com/hook?token=hidden", policy="kazoo")


@pytest.fixture
def gave_up(world, archive):
    """The id of one that failed for good."""
    [id] = queued_for(world, archive)
    ended = {
        "state": "undeliverable",
        "reason": "HTTP_5XX",
        "last_error": "HTTP_5XX: 503",
        "ended_at": world.clock.now(),
    }
    put(world, id, **ended, failures=4, retries_left=0)
    return id


def test_a_row_names_it(world, archive, gave_up):
    [row] = queue.newest(filters=Filters(states=queue.FAILED)).rows
    assert (row.recipient.display_name, row.recipient.username, row.subscriber) == ("archive", None, archive)


@pytest.mark.parametrize(("name", "found"), [("archive", 1), (" archive ", 1), ("arch", 0), ("\0", 0)])
def test_it_is_found_by_its_name(world, gave_up, name, found):
    other = subscriber(world, name="other")
    queued_for(world, other)
    assert len(queue.newest(filters=Filters(subscriber=name)).rows) == found
    assert queue.counts(filters=Filters(subscriber=name))[Tab.UNDELIVERABLE].n == found


def test_its_deliveries_come_by_post_in_pages_that_meet(world, archive):
    ids = []
    for _ in range(5):
        world.clock.advance(1)
        ids += queued_for(world, archive)
    for id in ids[:3]:
        put(world, id, state="sent", ended_at=world.clock.now())
    first = queue.newest(filters=Filters(subscriber="archive"), limit=3)
    second = queue.newest(filters=Filters(subscriber="archive"), limit=3, cursor=first.older)
    assert [row.id for row in (*first.rows, *second.rows)] == ids[::-1]
    ended = Filters(subscriber="archive", states=(S.SENT,))
    part = queue.newest(filters=ended, limit=2)
    assert [row.id for row in queue.newest(filters=ended, cursor=part.older).rows] == ids[:1]


def test_groups_and_examples_name_it(world, gave_up):
    survey = failed.survey(tab=Tab.UNDELIVERABLE)
    assert (survey.subscribers, survey.groups[0].medium.value, survey.groups[0].count.n) == (("archive",), "webhook", 1)
    assert [one.recipient.display_name for one in failed.examples(ids=[gave_up])] == ["archive"]


def test_a_story_is_told_by_its_own_policy_and_without_its_secrets(world, gave_up, archive, look):
    it = look()
    assert (it.recipient.display_name, it.subscriber, it.policy) == ("archive", archive, "kazoo")
    assert (it.tries_allowed, it.at_most_once, it.address) == (4, False, "archive.example.com")
    assert "inbox" not in plain(it.sentence)


def test_its_sender_reads_no_more_than_its_name(world, gave_up, look):
    it = look(operator=False)
    assert (it.reader, it.recipient.display_name, it.address) == (Reader.SENDER, "archive", None)
    assert plain(it.sentence) == "This could not be sent to archive by webhook."


def test_it_is_sent_again_by_its_own_policy(world, gave_up):
    world.clock.advance(60)
    assert queue.send_again(ids=[gave_up], by="olaf", now=world.clock.now()).done == (gave_up,)
    assert (world.row.generation, world.row.retries_left, world.row.due_at) == (2, 4, world.clock.now())


def test_its_own_time_to_live_begins_again_each_time(world, gave_up):
    """By its own policy it may live longer than its message."""
    lives = world.row.expires_at - world.row.created_at
    for _ in range(2):
        world.clock.advance(60)
        put(world, gave_up, state="undeliverable")
        queue.send_again(ids=[gave_up], by="olaf", now=world.clock.now())
        assert world.row.expires_at == world.clock.now() + lives


def test_commands_list_it(world, gave_up):
    [row] = deliveries.listed()
    assert (row.recipient, row.medium, row.provider) == ("archive", "webhook", None)
    assert deliveries.get(id=gave_up).delivery.recipient == "archive"
    assert statistics.count(now=world.clock.now()).media == {"webhook": {"undeliverable": 1}}


def test_a_doubt_names_its_host(world, archive):
    assert doubts.known(ids=queued_for(world, archive)) == {}
