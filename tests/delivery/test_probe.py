"""One envelope as a probe, though it may have been made for another provider."""

import pytest

from webapp.database import reading, writing
from webapp.delivery.claim import claim
from webapp.delivery.links import Links
from webapp.delivery.load import load
from webapp.delivery.lot import Kind
from webapp.delivery.prepare import prepare
from webapp.delivery.probe import as_probe, can_be_probe
from webapp.delivery.rendering import Rendering
from webapp.delivery.routes import media_routes
from webapp.domain.envelope import Format


@pytest.fixture
def ready(world):
    """One that is made for the primary."""
    now = world.clock.now()
    world.provider(name="email-backup", role="fallback")
    world.post()
    with writing(world.session) as session:
        lot = claim(session, Kind.FRESH, due=now, now=now, until=now, limit=1, busy=set(), shares={}, in_use=()).leased
    with reading(world.session) as session:
        loaded = load(session, lot, Kind.FRESH, now=now)
        links, rendering = Links(public_url="", token=str), Rendering(lease_s=60, clock=world.clock.now)
        [one] = prepare(loaded, now=now, lease_until=now, links=links, rendering=rendering).ready
    return one


def backup(world):
    with reading(world.session) as session:
        return media_routes(session)["email"].fallbacks[0]


@pytest.mark.parametrize(
    ("limits", "can"),
    [(Format(), True), (Format(html=False), False), (Format(max_length=3), False), (Format(max_length=3000), False)],
)
def test_only_what_the_other_provider_can_carry_probes_it(world, ready, monkeypatch, limits, can):
    monkeypatch.setattr("webapp.delivery.probe.limits", lambda _account: limits)
    assert can_be_probe(ready, ready.account), "what was made for it can always"
    assert can_be_probe(ready, backup(world)) is can


def test_the_envelope_stays_and_the_decision_names_who_sends(world, ready):
    until = world.clock.now()
    probe = as_probe(ready, backup(world), lease_until=until, now=until)
    assert (probe.envelope, probe.probe, probe.account.name) == (ready.envelope, True, "email-backup")
    [member] = probe.members
    assert member.decided["evidence"]["provider"] == "email-backup"
    assert "stands in for" not in member.decided["evidence"]
    assert (ready.probe, ready.account.name) == (False, "email-main"), "the one that it was made of is as before"
