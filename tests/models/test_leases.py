"""Holding deliveries: by token, for a time; and which are held by nobody any more."""

from datetime import timedelta

from sqlalchemy import update

from tests.models.conftest import LEASE
from webapp.database import writing
from webapp.models import leases
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.envelope import add_envelopes


def lost(world, after):
    now = world.clock.now() + timedelta(seconds=after)
    with writing(world.session) as session:
        return leases.lost(session, now=now, lease=LEASE, limit=10)


def test_only_the_holder_of_the_token_holds_on_longer(world, claim):
    world.post("emil", "edith")
    one, other = claim()
    world.execute(update(Delivery).where(Delivery.id == other.id).values(lease_token="B" * 26))
    until = world.clock.now() + 5 * LEASE
    with writing(world.session) as session:
        assert leases.renew(session, [one, other], until=until) == {one.id}
    assert [row.lease_until for row in world.rows()] == [until, world.clock.now() + LEASE]
    assert len(world.ledger(one.id)) == 2, "to hold on is no move"


def test_only_what_is_under_our_token_is_still_leased(world, claim):
    world.post("emil", "edith")
    one, other = claim()
    world.execute(update(Delivery).where(Delivery.id == other.id).values(lease_token="B" * 26))
    with writing(world.session) as session:
        assert leases.still_leased(session, [one, other]) == {one.id}


def test_however_much_is_in_hand_its_leases_are_renewed(world, claim):
    """More than PostgreSQL takes parameters."""
    world.post("emil")
    [one] = claim()
    others = [one._replace(id=f"{number:026}") for number in range(66_000)]
    with writing(world.session) as session:
        assert leases.renew(session, [*others, one], until=world.clock.now() + 5 * LEASE) == {one.id}


def test_what_is_started_names_its_envelope(world, claim):
    world.post("emil", "edith")
    one, _other = claim()
    with writing(world.session) as session:
        add_envelopes(session, [envelope("E1", one, world)], {"hash": {"subject": "s", "text": "t", "html": None}})
        leases.start(session, [leases.Starting(one.id, "E1", {"action": "send"})], now=world.clock.now())
    first, second = world.rows()
    assert (first.envelope_id, first.started_at, first.evidence) == ("E1", world.clock.now(), {"action": "send"})
    assert (second.envelope_id, second.started_at, second.evidence) == (None, None, None)


def envelope(id_, leased, world):
    return {
        "id": id_, "user_id": leased.user_id, "channel_id": leased.channel_id, "medium": "email", "address": "a@b",
        "variables": {}, "replaces": None, "created_at": world.clock.now(), "body_hash": "hash",
    }  # fmt: skip


def test_a_lease_is_lost_when_it_is_over_or_from_a_clock_that_has_gone_back(world, claim):
    world.post()
    [leased] = claim()
    assert [bool(lost(world, after)) for after in (0, 59.999, 60, -60, -60.001)] == [False, False, True, False, True]
    [found] = lost(world, 60)
    assert (found.delivery, found.started_at, found.at_most_once) == (leased, None, False)
    world.execute(update(Delivery).values(started_at=world.clock.now()))
    world.execute(update(Channel).values(at_most_once=True))
    [found] = lost(world, 60)
    assert (found.started_at, found.at_most_once) == (world.clock.now(), True)


def test_what_is_not_sending_is_not_lost(world):
    world.post()
    world.execute(update(Delivery).values(lease_until=world.clock.now(), lease_token="B" * 26))
    assert lost(world, 1000) == []
