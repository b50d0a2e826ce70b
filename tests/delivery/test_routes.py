"""By whom a medium is sent, and who may be probed."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update

from webapp.database import reading
from webapp.delivery.lot import Account
from webapp.delivery.routes import Route, media_routes, serving
from webapp.domain.breaker import ProviderStanding
from webapp.domain.reason import Reason
from webapp.models.provider import Provider


def account(id_, **stands):
    return Account(id_, f"email-{id_}", "file", "email", 1, {}, "", ProviderStanding(**stands))


def test_who_sends_and_who_may_be_probed(clock):
    now = clock.now()
    soon, over = now + timedelta(seconds=10), now - timedelta(seconds=1)
    fit, rests = account(1), account(2, rests_until=soon)
    paused = account(3, paused_reason=Reason.TLS, paused_until=soon)
    rested = account(4, paused_reason=Reason.TLS, paused_until=over)
    asked = account(5, paused_reason=Reason.TLS, paused_until=over, rests_until=soon)
    for way, sends, next_, instead, probes in (
        (Route(fit), fit, fit, None, []),
        (Route(fit, (rested,)), fit, fit, None, []),
        (Route(rests, (fit,)), fit, fit, fit, []),
        (Route(paused, (rests, fit)), fit, fit, fit, []),
        (Route(rested, (paused, fit)), fit, fit, fit, [rested]),
        (Route(paused, (rested,)), None, rested, None, [rested]),
        (Route(paused, (rests,)), None, paused, None, []),
        (Route(asked, (rested,)), None, rested, None, [rested]),
        (Route(asked), None, asked, None, []),
    ):
        assert (way.sender(now), way.sender_or_next(now)) == (sends, next_)
        assert (way.stand_in(now), way.probes(now)) == (instead, probes)


def test_only_media_with_a_primary_are_sent_by_anybody(world):
    world.provider(name="spare", role="inactive")
    world.provider("sms", role="fallback")
    world.provider(name="second", role="fallback")
    world.provider(name="first", role="fallback")
    world.execute(update(Provider).where(Provider.name == "second").values(position=1))
    with reading(world.session) as session:
        names = {medium: [one.name for one in way.accounts] for medium, way in media_routes(session).items()}
    assert names == {"email": ["email-main", "first", "second"]}
    world.execute(update(Provider).values(removed_at=world.clock.now()))
    with reading(world.session) as session:
        assert media_routes(session) == {}


def test_who_serves_and_in_whose_place(world):
    now = world.clock.now()
    world.provider(name="email-backup", role="fallback")
    with reading(world.session) as session:
        ways = media_routes(session)
    accounts, stand_ins = serving(ways, now)
    assert ({medium: one.name for medium, one in accounts.items()}["email"], stand_ins) == ("email-main", {})
    away = ProviderStanding(5, Reason.DNS, now + timedelta(seconds=30))
    ways = {"email": ways["email"].each(lambda one: replace(one, stands=away) if one.name == "email-main" else one)}
    accounts, stand_ins = serving(ways, now)
    assert (accounts["email"].name, stand_ins) == ("email-backup", {"email": "email-main"})
