"""Layout: how often a formatter is asked, and that everybody gets their own all the same."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from webapp.delivery.layout import limits
from webapp.delivery.lot import Account
from webapp.domain.envelope import Format
from webapp.formatters import Output
from webapp.models.channel import Channel


@pytest.fixture
def asked(world, formatter):
    """``asked(**said)`` has a formatter lay out the channel that says so of itself; gives for how many it was asked."""

    def install(**said):
        items = []

        def work(found):
            items.extend(found)
            return [Output(item.subject, f"asked: {len(items)}", None, (item.id,)) for item in found]

        formatter("counts", work, groups=False, **said)
        world.execute(update(Channel).values(formatter="counts"))
        return items

    return install


def test_who_would_get_the_same_shares_what_is_made(world, asked):
    items = asked(same_for_all=True)
    world.person("ines")
    world.person("anna", tz="Asia/Tokyo")
    world.post("emil", "edith", "ines", "anna")
    assert world.dispatch() == {"sent": 4}
    assert len(items) == 2, "the clock of one of them is another"
    assert {mail.address for mail in world.mail.sent} == {
        f"{name}@example.com" for name in ("emil", "edith", "ines", "anna")
    }


def test_another_message_is_another(world, asked):
    items = asked(same_for_all=True)
    for _ in range(2):
        world.post("emil", "edith")
    assert world.dispatch() == {"sent": 4}
    assert len(items) == 2


def test_who_does_not_say_so_is_asked_for_each(world, asked):
    items = asked()
    world.post("emil", "edith")
    assert world.dispatch() == {"sent": 2}
    assert len(items) == 2
    assert {mail.text for mail in world.mail.sent} == {"asked: 1", "asked: 2"}


def test_what_it_raises_is_everybodys(world, formatter):
    def work(_items):
        raise ValueError("no")

    formatter("counts", work, groups=False, same_for_all=True)
    world.execute(update(Channel).values(formatter="counts"))
    world.post("emil", "edith")
    assert world.dispatch() == {"queued": 2}
    assert {row.last_error for row in world.rows()} == {"ValueError: no"}


@pytest.mark.parametrize(
    ("medium", "kinds"), [("email", ("file", "http", "smtp")), ("sms", ("file", "http", "twilio"))]
)
def test_what_one_provider_is_given_another_of_the_medium_can_carry(medium, kinds):
    """Or the one that a fallback stands in for could not be probed by what is new."""
    [carried] = {limits(Account(1, "a", kind, medium, 1, {}, "")) for kind in kinds}
    assert carried == (Format() if medium == "email" else Format(1600, html=False))


def test_a_provider_that_can_carry_less_is_given_less():
    assert Format(160, html=True).within(Format(1600, html=False)) == Format(160, html=False)
    assert Format().within(Format(html=False)) == Format(html=False)


def test_a_scheduled_message_says_since_when_it_is_to_be_seen(world, asked):
    items, now = asked(), world.clock.now()
    world.post(at=now + timedelta(hours=1))
    world.clock.advance(3600)
    world.dispatch()
    [item] = items
    assert (item.created_at, item.visible_at) == (now, now + timedelta(hours=1))
