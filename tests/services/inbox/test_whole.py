"""Notifications with their whole text: all of them, or in pages that neither repeat nor skip."""

import pytest

from webapp.domain.refusal import Missing
from webapp.formatters import formatters
from webapp.services.inbox import readings, whole
from webapp.services.inbox._copies import Showing
from webapp.services.people import accounts


@pytest.fixture
def emil(world):
    return accounts.get(username="emil").id


def post_many(world, count, **message):
    for number in range(count):
        world.clock.advance(1)
        world.post(subject=f"No. {number}", **message)


def pages(world, emil, showing=Showing(), **options):  # noqa: B008 - frozen
    """The subjects of every page, one after the other."""
    after = None
    while True:
        page = whole.page(user_id=emil, showing=showing, now=world.clock.now(), after=after, **options)
        yield [it.subject for it in page.items]
        if (after := page.older) is None:
            return


def test_the_whole_inbox_for_a_command(world, emil):
    post_many(world, 30, link="https://example.com/", attributes={"room": "7"})
    kept = whole.everything(user_id=emil, now=world.clock.now())
    assert [it.subject for it in kept] == [f"No. {number}" for number in reversed(range(30))]
    first = kept[0]
    assert (first.sender, first.channel, first.type) == ("edith", "team.news", "message")
    assert (first.body, first.link, first.attributes) == ("At *noon*.", "https://example.com/", {"room": "7"})
    readings.mark_one(user_id=emil, id=first.id, now=world.clock.now())
    assert len(whole.everything(user_id=emil, now=world.clock.now(), only_unread=True)) == 29


@pytest.mark.parametrize(("count", "sizes"), [(0, [0]), (2, [2]), (4, [2, 2]), (5, [2, 2, 1])])
def test_pages_neither_repeat_nor_skip(world, emil, count, sizes):
    post_many(world, count)
    found = list(pages(world, emil, limit=2))
    assert [len(page) for page in found] == sizes
    assert [it for page in found for it in page] == [f"No. {number}" for number in reversed(range(count))]


def test_only_what_was_read_or_was_not(world, emil):
    post_many(world, 3)
    read = whole.everything(user_id=emil, now=world.clock.now())[1].id
    readings.mark_one(user_id=emil, id=read, now=world.clock.now())
    assert list(pages(world, emil, Showing(read=True), limit=5)) == [["No. 1"]]
    assert list(pages(world, emil, Showing(unread=True), limit=5)) == [["No. 2", "No. 0"]]


def test_a_cursor_that_never_was(world, emil):
    with pytest.raises(Missing):
        whole.page(user_id=emil, showing=Showing(), now=world.clock.now(), limit=2, after="nonsense")


@pytest.mark.one_database
def test_raw_asks_no_formatter(world, emil, monkeypatch):
    class Shaping:
        label, channels, groups = "Shaping", (), False
        user_format = staticmethod(lambda _item, _context: "shaped")

    monkeypatch.setitem(formatters()._plugins, "shaping", Shaping())
    world.channel("build.status", formatter="shaping")
    world.post(channel="build.status")
    asked = {"user_id": emil, "showing": Showing(), "now": world.clock.now(), "limit": 5}
    assert [it.formatted for it in whole.page(**asked).items] == ["shaped"]
    assert [it.formatted for it in whole.page(**asked, raw=True).items] == ["At *noon*."]
