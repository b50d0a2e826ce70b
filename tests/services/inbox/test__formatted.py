"""The inbox text of a formatter that does what it should not: it is shown as it was written."""

import threading

import pytest
from sqlalchemy import update

from webapp.formatters import formatters
from webapp.models.channel import Channel
from webapp.services.inbox import whole
from webapp.services.people import accounts

pytestmark = pytest.mark.one_database


@pytest.fixture
def shaped(world, monkeypatch):
    """The channel's formatter shows in an inbox what a function gives."""
    monkeypatch.setattr("webapp.formatters._INBOX_S", 0.2)

    class Shaping:
        label, channels, groups = "Shaping", (), False
        user_format = None

    def shape(work):
        Shaping.user_format = staticmethod(work)
        monkeypatch.setitem(formatters()._plugins, "shaping", Shaping())
        world.execute(update(Channel).values(formatter="shaping"))

    return shape


@pytest.fixture
def shown(world):
    def texts():
        kept = whole.everything(user_id=accounts.get(username="emil").id, now=world.clock.now())
        return [one.formatted for one in kept]

    return texts


def test_what_it_makes_is_shown_and_it_is_told_for_whom(world, shaped, shown):
    shaped(lambda item, context: f"{context.recipient}: {item.subject}, {context.public_url!r}, {context.senders}")
    world.post()
    assert shown() == ["Emil: Lunch, '', ('Edith',)"]


@pytest.mark.parametrize("odd", [None, 7, "", "a\x00b", "x" * (4 * 1024 * 1024 + 1)], ids=lambda odd: str(odd)[:5])
def test_what_cannot_be_shown_is_not(world, shaped, shown, odd):
    shaped(lambda _item, _context: odd)
    world.post()
    assert shown() == ["At *noon*."]


def test_one_that_raises_costs_only_itself(world, shaped, shown):
    shaped(lambda item, _context: f"{1 // int(item.subject)}")
    world.post(subject="0")
    world.clock.advance(1)
    world.post(subject="1")
    assert shown() == ["1", "At *noon*."]


def test_one_that_does_not_end_is_not_waited_for(world, shaped, shown):
    over = threading.Event()
    shaped(lambda _item, _context: over.wait())
    world.post()
    world.post()
    assert shown() == ["At *noon*."] * 2
    over.set()
