"""The inbox: one's own, newest first, in pages that neither repeat nor skip; counts, and a version for polling."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from webapp.domain.bounded import Bounded
from webapp.domain.refusal import Missing
from webapp.models.message import Message
from webapp.services.inbox import inbox, readings, whole
from webapp.services.inbox.inbox import Showing
from webapp.services.people import accounts

ALL, UNREAD = Showing(), Showing(unread=True)


@pytest.fixture
def emil(world):
    return accounts.get(username="emil").id


@pytest.fixture
def page(world, emil):
    def look(showing=ALL, **options):
        return inbox.page(user_id=emil, showing=showing, now=world.clock.now(), **options)

    return look


@pytest.fixture
def version(world, emil):
    def look(showing=ALL, **options):
        return inbox.version(user_id=emil, showing=showing, now=world.clock.now(), **options)

    return look


def post_many(world, count, **message):
    for number in range(count):
        world.clock.advance(1)
        world.post(subject=f"No. {number}", **message)


def subjects(page):
    return [entry.subject for entry in page.entries]


def read(world, emil, id):
    readings.mark_one(user_id=emil, id=id, now=world.clock.now())


def test_an_entry_says_from_whom_on_what_and_about_what(world, page):
    world.post(subject="Lunch", body="# Today\n\nAt **noon**, see [here](https://example.com).")
    [entry] = page().entries
    assert (entry.sender.display_name, entry.channel, entry.subject) == ("Edith", "team.news", "Lunch")
    assert entry.line == "Today At noon, see here."
    assert (entry.visible_at, entry.read_at) == (world.clock.now(), None)


def test_a_system_sender_has_its_name(world, page):
    from webapp.domain.message import NotificationMessage
    from webapp.services.posting import notifier

    message = NotificationMessage(channel="team.news", recipients=("emil",), subject="Paused", body="…")
    notifier.post_as_system(message=message, system="Belfry", now=world.clock.now())
    assert page().entries[0].sender.display_name == "Belfry"


def test_newest_first_in_pages_that_meet(world, page):
    post_many(world, 60)
    seen, after = [], None
    for _ in range(3):
        one = page(after=after)
        seen += subjects(one)
        after = one.older
    assert seen == [f"No. {number}" for number in reversed(range(60))]
    assert after is None


def test_what_comes_at_one_instant_is_neither_lost_nor_repeated(world, page):
    for number in range(30):
        world.post(subject=f"No. {number}")
    first = page()
    assert len({*subjects(first), *subjects(page(after=first.older))}) == 30


def test_what_arrives_while_one_turns_the_page_moves_nothing(world, page):
    post_many(world, 30)
    first = page()
    post_many(world, 3)
    assert subjects(page(after=first.older))[0] == "No. 4"


def test_a_cursor_that_never_was_is_missing(page):
    with pytest.raises(Missing):
        page(after="nonsense")


def test_nobody_sees_anothers(world, page):
    world.post("edith", subject="Not for Emil")
    assert page().entries == ()


def test_what_is_scheduled_appears_at_its_time(world, page):
    at = world.clock.now() + timedelta(minutes=5)
    world.post(subject="Later", at=at)
    world.clock.advance(299)
    assert page().entries == ()
    assert not page().unread
    world.clock.advance(1)
    assert subjects(page()) == ["Later"]


def test_filters(world, page, emil):
    world.channel("team.rota")
    world.post(subject="News")
    world.clock.advance(1)
    world.post(subject="Rota", channel="team.rota")
    assert subjects(page(Showing(channel="team.rota"))) == ["Rota"]
    assert subjects(page(Showing(channel="team.nothing"))) == []
    read(world, emil, page().entries[0].id)
    assert subjects(page(UNREAD)) == ["News"]
    assert subjects(page(Showing(unread=True, channel="team.rota"))) == []


def test_a_category_is_named_by_how_it_begins(world, page):
    for category in ("build.failed", "build_x", None):
        posted = world.post(subject=str(category))
        world.execute(update(Message).where(Message.id == posted.id).values(category=category))
    assert subjects(page(Showing(category="build."))) == ["build.failed"]
    assert subjects(page(Showing(category="build_"))) == ["build_x"]


def test_counts_say_how_many_there_are_and_how_many_a_filter_would_mark(world, page, emil):
    world.channel("team.rota")
    post_many(world, 3)
    post_many(world, 2, channel="team.rota")
    read(world, emil, page().entries[0].id)
    shown = page(Showing(channel="team.rota"))
    assert (shown.total, shown.unread, shown.marking) == (Bounded(5), Bounded(4), Bounded(1))


def test_unread_is_counted_to_99(world, page, emil):
    post_many(world, 100)
    assert inbox.unread(user_id=emil, now=world.clock.now()) == Bounded(99, more=True)
    assert page().marking == Bounded(100)


def test_what_was_opened_stays_in_a_list_of_unread_ones(world, page, emil):
    post_many(world, 3)
    opened = page().entries[1].id
    read(world, emil, opened)
    assert subjects(page(UNREAD)) == ["No. 2", "No. 0"]
    assert subjects(page(UNREAD, opened=opened)) == ["No. 2", "No. 1", "No. 0"]


def test_what_was_opened_stays_on_its_own_page_only(world, page, emil):
    post_many(world, 40)
    opened = page().entries[0].id
    read(world, emil, opened)
    older = page(UNREAD).older
    assert opened not in {entry.id for entry in page(UNREAD, after=older, opened=opened).entries}
    assert len(page(UNREAD, opened=opened).entries) == 25


def test_another_persons_cannot_be_kept_in_a_list(world, page, emil):
    post_many(world, 1)
    world.post("edith", subject="Hers")
    hers = whole.everything(user_id=accounts.get(username="edith").id, now=world.clock.now())[0].id
    assert subjects(page(UNREAD, opened=hers)) == ["No. 0"]


def test_the_version_is_the_pages(world, page, version, emil):
    assert version() == page().version
    post_many(world, 30)
    read(world, emil, page().entries[0].id)
    for showing in (ALL, UNREAD, Showing(channel="team.news"), Showing(channel="team.none")):
        assert version(showing) == page(showing).version
        assert version(showing, after=page(showing).older) == page(showing, after=page(showing).older).version


def test_the_version_changes_with_what_comes_and_what_is_read(world, page, version, emil):
    seen = [version()]
    world.post(subject="One")
    seen.append(version())
    world.post(subject="Later", at=world.clock.now() + timedelta(seconds=5))
    assert version() == seen[-1]
    world.clock.advance(5)
    seen.append(version())
    read(world, emil, page().entries[0].id)
    seen.append(version())
    readings.mark_one(user_id=emil, id=page().entries[0].id, now=world.clock.now(), read=False)
    assert version() == seen[2]
    assert len(set(seen)) == 4


def test_a_version_costs_one_statement(world, version, statements):
    post_many(world, 30)
    with statements() as asked:
        version()
    assert len(asked) == 1


def test_counts_of_what_a_filter_names(world, emil):
    world.channel("team.rota")
    post_many(world, 3)
    world.post(channel="team.rota")
    read(world, emil, whole.everything(user_id=emil, now=world.clock.now())[0].id)
    counted = inbox.count(user_id=emil, showing=ALL, now=world.clock.now())
    assert (counted.total, counted.unread) == (Bounded(4), Bounded(3))
    for showing in (Showing(channel="team.rota"), Showing(channel="team.rota", unread=True)):
        counted = inbox.count(user_id=emil, showing=showing, now=world.clock.now())
        assert (counted.total, counted.unread) == (Bounded(1), Bounded(0))
