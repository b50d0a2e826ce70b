"""How an operator looks through the queue: filters, pages, counts, snapshots."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.support.subscribers import subscriber
from webapp.domain.bounded import Bounded
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.envelope import Accepted, PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.domain.refusal import Missing
from webapp.models.delivery import Delivery
from webapp.services.queue import _filters, _rows, queue
from webapp.services.queue.queue import Filters, Tab

REFUSED = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 No such user: 100% sure")
FAILED = Filters(states=queue.FAILED)


def change(world, id, **columns):
    world.execute(update(Delivery).where(Delivery.id == id).values(**columns))


def ids(filters):
    return [row.id for row in queue.newest(filters=filters).rows]


@pytest.fixture
def failed(world):
    """Two that failed: Emil's news, and half a minute later Ada's text."""
    world.person("ada", display_name="Ada Young", phone="+3531", phone_verified_at=world.clock.now())
    world.channel("team.texts", "sms")
    world.provider("sms")
    world.mail.answer, world.far["sms"].answer = REFUSED, PermanentFailure(Reason.CONTENT_REFUSED, "too long")
    world.post()
    world.dispatch()
    world.clock.advance(30)
    world.post("ada", channel="team.texts", type="voicemail", subject="A call")
    world.dispatch()
    return [row.id for row in world.rows()]


def test_a_row_says_what_there_is_to_know(world, failed):
    row = queue.newest(filters=FAILED).rows[0]
    assert (row.id, row.subject, row.type, row.channel, row.medium) == (
        failed[1], "A call", "voicemail", "team.texts", "sms",
    )  # fmt: skip
    assert (row.recipient.username, row.recipient.display_name, row.address, row.provider) == (
        "ada", "Ada Young", "+3531", "sms-main",
    )  # fmt: skip
    assert (row.state, row.reason, row.failures, row.allowed) == (S.UNDELIVERABLE, Reason.CONTENT_REFUSED, 1, 4)
    assert (row.ended_at, row.created_at) == (world.clock.now(), world.clock.now())
    assert row.last_error
    assert "too long" in row.last_error


def test_one_by_its_id_or_its_message(world, failed):
    [row] = queue.newest(filters=Filters(message=queue.one(id=failed[0]).message_id)).rows
    assert row == queue.one(id=failed[0])
    for id in ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "nonsense"):
        with pytest.raises(Missing):
            queue.one(id=id)


def test_the_next_try_of_what_is_retried(world):
    world.mail.answer = TemporaryFailure(Reason.SERVER_BUSY, "451 later")
    world.post()
    world.dispatch()
    [row] = queue.newest(filters=Filters(states=Tab.RETRYING.states)).rows
    assert (row.failures, row.allowed, row.due_at) == (1, 4, world.clock.now() + timedelta(seconds=60))


FINDING: list[dict[str, str]] = [
    {"channel": "team.news"}, {"provider": "email-main"}, {"reason": "RECIPIENT_REFUSED"}, {"person": "emil"},
    {"person": "EMI"}, {"person": "emil@ex"}, {"text": "no SUCH user"}, {"text": "100% s"}, {"type": "message"},
    {"channel": " team.news "}, {"user": "emil"}, {"user": "emil", "type": "message"},
    {"text": "50 no", "person": "emil", "channel": "team.news"},
]  # fmt: skip
MISSING: list[dict[str, str]] = [
    {"channel": "team"}, {"provider": "sms"}, {"reason": "DNS"}, {"person": "mil"}, {"person": "zoe"}, {"text": "%"},
    {"text": "_50"}, {"text": "5.0"}, {"type": "x"}, {"text": "half \udcff"}, {"person": "\x00"},
    {"user": "emi"}, {"user": "edith"}, {"message": "01ARZ3NDEKTSV4RRFFQ69G5FAV"},
    {"text": "no such", "person": "ada"}, {"channel": "team.news", "type": "voicemail"},
]  # fmt: skip


def test_each_filter_finds_its_own_and_nothing_else(world, failed):
    for filters in FINDING:
        assert ids(Filters(states=queue.FAILED, **filters)) == ids(Filters(**filters)) == failed[:1], filters
    change(world, failed[0], last_error="550 plain words")
    for filters in MISSING:
        assert ids(Filters(states=queue.FAILED, **filters)) == [], filters


def test_since_and_before(world, failed):
    half = world.clock.now() - timedelta(seconds=15)
    assert ids(Filters(states=queue.FAILED, since=half)) == failed[1:]
    assert ids(Filters(states=queue.FAILED, before=half)) == failed[:1]
    assert ids(Filters(states=queue.FAILED, since=world.clock.now())) == failed[1:]
    assert ids(Filters(states=queue.FAILED, before=world.clock.now())) == failed[:1]
    assert ids(Filters(since=half)) == failed[1:]
    change(world, failed[0], state="held", ended_at=None, created_at=world.clock.now())
    assert ids(Filters(since=half)) == failed[::-1]


def test_a_provider_is_the_one_that_was_tried_last(world, failed):
    world.provider(name="spare", role="inactive")
    assert ids(Filters(provider="spare")) == []
    change(world, failed[0], envelope_id=None)  # of a new generation, nothing has been tried
    assert ids(Filters(provider="email-main")) == []


@pytest.mark.parametrize("states", [(), queue.FAILED, queue.WAITING, Tab.RETRYING.states])
def test_pages_follow_each_other_and_lose_nothing(world, states):
    world.post(*world.crowd(7))
    for number, row in enumerate(world.rows()):  # the last three end in one moment
        ended = world.clock.now() - timedelta(minutes=max(number - 4, 0))
        change(
            world, row.id, state=(states or (S.UNDELIVERABLE,))[0], ended_at=ended if states == queue.FAILED else None
        )
    filters, seen, cursor = Filters(states=states), [], None
    while page := queue.newest(filters=filters, cursor=cursor, limit=2):
        seen += [row.id for row in page.rows]
        if not (cursor := page.older):
            break
    in_order = sorted(world.rows(), key=lambda row: (row.ended_at or row.created_at, row.id), reverse=True)
    assert seen == [row.id for row in in_order]


def test_the_last_page_names_no_other(world, failed):
    assert queue.newest(filters=FAILED, limit=2).older is None
    assert queue.newest(filters=FAILED, limit=1).older
    with pytest.raises(Missing):
        queue.newest(filters=FAILED, cursor="nonsense")


def test_counts_are_of_each_tab_under_the_filters(world, failed, bound):
    counts = {tab: (count.n, count.more) for tab, count in queue.counts(filters=Filters(states=(S.SENT,))).items()}
    assert counts == {
        Tab.UNDELIVERABLE: (2, False),
        Tab.RETRYING: (0, False),
        Tab.HELD: (0, False),
        Tab.UNKNOWN: (0, False),
    }
    change(world, failed[0], state="unknown")
    counts = queue.counts(filters=Filters(person="emil", text="no such"))
    assert {tab: count.n for tab, count in counts.items() if count} == {Tab.UNKNOWN: 1}
    bound(_rows, "MOST_COUNTED", 1)
    change(world, failed[0], state="undeliverable")
    assert queue.counts(filters=Filters())[Tab.UNDELIVERABLE].more


def test_a_snapshot_leaves_out_what_came_later(world, failed):
    before = world.clock.now() - timedelta(seconds=15)
    assert queue.matching(filters=FAILED, as_of=world.clock.now()) == tuple(failed)
    assert queue.matching(filters=FAILED, as_of=before) == (failed[0],)
    assert queue.matching(filters=FAILED, as_of=world.clock.now(), limit=1) == (failed[0],)


def test_a_snapshot_leaves_out_what_has_failed_anew_since(world, failed):
    seen_at = world.clock.now()
    world.clock.advance(1)
    queue.send_again(ids=failed[:1], by="olga", now=world.clock.now())
    world.dispatch()
    assert world.rows(id=failed[0])[0].state == "undeliverable"
    assert queue.matching(filters=FAILED, as_of=seen_at) == (failed[1],)


def test_looking_costs_one_statement_each(world, failed, statements):
    world.mail.answer = Accepted()
    with statements() as asked:
        queue.newest(filters=Filters(states=queue.FAILED, person="emil", provider="email-main", text="x"))
        queue.counts(filters=Filters(channel="team.news", type="message"))
    assert len(asked) == 3, "Two for the list: where its look ends is asked for first."


# --- how far one look goes ------------------------------------------------------------------------------------------


@pytest.fixture
def short_sighted(bound):
    bound(_rows, "LOOKED", 3)
    bound(_rows, "GLANCED", 2)


NARROWED = [
    Filters(states=queue.FAILED, text="the needle"), Filters(text="the needle"),
    Filters(states=(S.UNDELIVERABLE,), subscriber="archive", text="the needle"),
    Filters(states=(S.UNKNOWN,), text="the needle"), Filters(states=(S.SENDING, S.HELD), text="the needle"),
    Filters(states=(S.SENT,), text="the needle"), Filters(subscriber="archive", states=(S.SENT, S.HELD)),
]  # fmt: skip


@pytest.mark.parametrize("filters", NARROWED)
def test_what_no_index_knows_is_looked_for_a_part_at_a_time(world, short_sighted, filters):
    if filters.subscriber:
        subscriber(world)
    for _ in range(8):
        world.post()
    state = (filters.states or (S.UNDELIVERABLE,))[0]
    theirs = Delivery.subscriber_id.is_not(None) if filters.subscriber else Delivery.user_id.is_not(None)
    rows = [row for row in world.rows() if (row.subscriber_id is not None) == bool(filters.subscriber)]
    usual = "queued" if filters.subscriber and not filters.text else state
    world.execute(update(Delivery).where(theirs).values(state=usual))
    for number, row in enumerate(rows):
        change(world, row.id, ended_at=world.clock.now() + timedelta(seconds=number))
    change(world, rows[1].id, last_error="the needle", state=state)
    pages, cursor = [], None
    while page := queue.newest(filters=filters, cursor=cursor):
        pages.append([row.id for row in page.rows])
        if not (cursor := page.older):
            break
    assert pages == [[], [], [rows[1].id]]


def _counted(text: str, *, shown: Tab = Tab.UNDELIVERABLE) -> Bounded:
    return queue.counts(filters=Filters(states=shown.states, text=text))[Tab.UNDELIVERABLE]


def test_a_count_says_where_it_has_not_looked_further(world, failed, short_sighted):
    found = {text: _counted(text) for text in ("550", "too long", "x")}
    assert found == {"550": Bounded(1), "too long": Bounded(1), "x": Bounded(0)}
    for _ in range(3):
        world.clock.advance(1)
        world.post()
        world.dispatch()
    found = {text: _counted(text) for text in ("550", "too long")}
    assert found == {"550": Bounded(3, more=True), "too long": Bounded(0, more=True)}
    assert _counted("550", shown=Tab.HELD) == Bounded(2, more=True), "A tab that is not shown is only glanced at."
    assert queue.counts(filters=Filters())[Tab.UNDELIVERABLE] == Bounded(5), "All of a tab is counted on."


def test_a_persons_are_found_by_their_newest_notifications(world, bound):
    for _ in range(4):
        world.post("emil", "edith")
        world.clock.advance(1)
    mine = [row.id for row in queue.newest(filters=Filters()).rows if row.recipient.username == "emil"]
    assert ids(Filters(user="emil")) == mine
    bound(_filters, "MOST_OF_ONE", 2)
    assert ids(Filters(user="emil")) == mine[:2]
    third = queue.one(id=mine[1]).created_at - timedelta(milliseconds=500)
    assert ids(Filters(user="emil", before=third)) == mine[2:]
