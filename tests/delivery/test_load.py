"""What a lot needs is loaded by a handful of statements however large it is."""

from dataclasses import replace
from datetime import timedelta

from webapp.database import reading, writing
from webapp.delivery.claim import claim
from webapp.delivery.load import facts, load
from webapp.delivery.lot import Kind


def _claimed(world, limit):
    now = world.clock.now()
    with writing(world.session) as session:
        return claim(
            session, Kind.FRESH, due=now, now=now, until=now, limit=limit, busy=set(), shares={}, in_use=()
        ).leased


def _loaded(world, lot, kind=Kind.FRESH):
    with reading(world.session) as session:
        return load(session, lot, kind, now=world.clock.now())


def test_the_number_of_statements_does_not_grow_with_the_lot(world, statements):
    world.post(*world.crowd(60))
    costs = []
    for size in (1, 50):
        lot = _claimed(world, size)
        with statements() as asked:
            assert [one.leased for one in _loaded(world, lot)] == lot
        costs.append(len(asked))
    assert costs[0] == costs[1] <= 6


def test_a_message_names_its_sender_as_people_know_them(world):
    world.post()
    [one] = _loaded(world, _claimed(world, 1))
    assert one.message["sender"] == "Edith"
    assert (one.recipient["username"], one.channel["name"], one.policy.name) == ("emil", "team.news", "optimizely")
    assert one.account.name == "email-main"


def test_an_envelope_keeps_its_address_only_where_it_is_sent_again(world):
    world.post()
    [one] = _loaded(world, _claimed(world, 1))
    stored = {"address": "old@example.com"}
    now = world.clock.now()
    assert facts(one, now).address == "emil@example.com"
    assert facts(replace(one, envelope=stored, kind=Kind.LATER), now).address == "old@example.com"
    assert facts(replace(one, envelope=stored, kind=Kind.FRESH), now).address == "emil@example.com"
    assert facts(replace(one, account=None), now).provider is None


def test_what_a_person_has_sent_again_waits_for_no_batch(world):
    world.post()
    [one] = _loaded(world, _claimed(world, 1))
    now = world.clock.now()
    for every_s, generation, waits in ((0, 1, None), (14400, 1, timedelta(hours=3)), (14400, 2, None)):
        leased, channel = one.leased._replace(generation=generation), {**one.channel, "every_s": every_s}
        assert facts(replace(one, leased=leased, channel=channel), now).first_try == (waits and now + waits)


def test_a_phone_counts_once_it_is_verified(world):
    world.post()
    [one] = _loaded(world, _claimed(world, 1))
    for verified, address in ((None, None), (world.clock.now(), "+3531")):
        recipient = {**one.recipient, "phone": "+3531", "phone_verified_at": verified}
        known = facts(replace(one, leased=one.leased._replace(medium="sms"), recipient=recipient), world.clock.now())
        assert (known.resolver, known.address, known.unverified) == ("sms", address, verified is None)
