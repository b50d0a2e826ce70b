"""What the count before a post says is what the ledger shows after it: through posting, the queue and both databases.

People with wishes of every sort, on channels of every sort, by chance from a seed: what is foreseen of a draft and what
one dispatch at that moment does are the same, as sets of (person, medium, action, reason).
"""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select, update

from webapp.database import reading, writing
from webapp.delivery.foresee import Draft, foresee
from webapp.domain.decision import Action
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.message import NotificationMessage
from webapp.domain.quiet_hours import DAYS
from webapp.domain.reason import Reason
from webapp.models import channel as channels
from webapp.models.delivery import Delivery
from webapp.models.provider import ProviderHealth
from webapp.models.user import User
from webapp.services.posting import counting
from webapp.services.posting.counting import OUTLOOKS

CROWD = 25
ACTION = {S.SENT: Action.SEND, S.FILTERED: Action.FILTER, S.HELD: Action.HOLD, S.CANCELLED: Action.CANCEL,
          S.QUEUED: Action.WAIT}  # fmt: skip
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Chatham", "Australia/Lord_Howe")


def mostly(chance, usual, *others):
    """The usual in two cases of three."""
    return usual if chance.random() < 2 / 3 else chance.choice(others)


def populate(world, chance):
    """A crowd with phones, zones and wishes, of whom some cannot be reached."""
    now = world.clock.now()
    people = world.crowd(CROWD)
    for name in people:
        phone = mostly(chance, f"+353{name[1:]}", None)
        columns = {
            "tz": chance.choice(ZONES),
            "active": chance.random() > 0.1,
            "email": mostly(chance, f"{name}@example.com", None, f"{name}@example.org"),
            "phone": phone,
            "phone_verified_at": phone and mostly(chance, now, None),
            "unread_after_s": mostly(chance, None, 60, 90_000, 10_000_000),
        }
        world.execute(update(User).where(User.username == name).values(columns))
    return people


def wish(world, chance, people, stream):
    """Some of them want something else than everything at once."""
    now = world.clock.now()
    for name in people:
        for medium in ("email", "sms"):
            digest = mostly(chance, "", "hourly", f"daily {chance.randrange(24):02}:30")
            if chance.random() < 0.6:
                world.prefer(name, wanted=chance.random() > 0.3, digest=digest, channel=stream, medium=medium)
        if chance.random() < 0.3:
            hours = [f"{day} {chance.randrange(24):02}:00-{chance.randrange(24):02}:30" for day in DAYS]
            world.quiet(name, *chance.sample(hours, k=chance.randint(1, 7)))
        if chance.random() < 0.25:
            until = mostly(chance, None, now - timedelta(hours=1), now, now + timedelta(hours=1))
            world.mute(name, **chance.choice([{"channel": stream}, {"sender": "edith"}]), until=until)


def equip(world, chance):
    """What sends: for each medium a provider that is fit, or paused for long; or none."""
    for medium in ("email", "sms"):
        if chance.random() < 0.85:
            id_ = world.provider(medium)
            if chance.random() < 0.2:
                paused = {"paused_reason": "TLS", "paused_until": world.clock.now() + timedelta(days=365)}
                world.execute(update(ProviderHealth).where(ProviderHealth.provider_id == id_).values(paused))


@pytest.mark.parametrize("part", [1, 2, 3])
def test_what_is_foreseen_is_what_the_ledger_shows(bare_world, part, soak):
    world, chance, seen = bare_world, Random(100 * soak.seed + part), set()
    edith = world.person("edith")
    people = populate(world, chance)
    equip(world, chance)
    for turn in range(soak.size("counts", short=2, full=40)):
        stream = f"team.turn{turn}"
        media = chance.choice([("email",), ("sms",), ("sms", "email"), ()]) if turn else ("email", "sms")
        world.channel(stream, media=media, required=turn > 0 and chance.random() < 0.2)
        wish(world, chance, people, stream)
        named = chance.sample(people, k=chance.randint(1 if turn else CROWD - 5, CROWD))
        ttl_s = mostly(chance, None, 60.0, 7200.0, 100_000.0)
        seen |= compare(world, edith, stream, named, ttl_s)
        world.clock.advance(chance.choice([60, 3600, 86_400 + 1800]))
    soak.told(f"{len(seen)} reasons met: {', '.join(sorted(map(str, seen)))}")
    assert len(seen) >= 5, "chance has brought too little together"


def compare(world, edith, stream, named, ttl_s):
    """Gives the reasons that there were."""
    now = world.clock.now()
    message = NotificationMessage(channel=stream, recipients=tuple(named), subject="a", body="b", ttl_s=ttl_s)
    counted = counting.count(message=message, sender_id=edith, now=now)
    foreseen = decided(world, edith, stream, named, now, timedelta(seconds=ttl_s or 30 * 86_400))
    posted = world.post(*named, channel=stream, subject="a", body="b", ttl_s=ttl_s)
    world.dispatch()
    shown = ledger(world, posted.id)
    assert shown == foreseen
    behind = {(who.username, line.medium, line.outlook) for line in counted.lines for who in line.people}
    assert behind == {(who, medium, OUTLOOKS[reason]) for who, medium, _, reason in shown}, (
        "and the sender's count says no other"
    )
    assert {who.username for who in counted.people} == set(named)
    return {reason for _, _, _, reason in shown}


def decided(world, edith, stream, named, now, ttl):
    """What the engine foresees, as the ledger would show it."""
    draft = Draft(sender_id=edith, type="message", visible_at=now, expires_at=now + ttl, first_try=now)
    with reading(world.session) as session:
        ids = dict(session.execute(select(User.id, User.username).where(User.username.in_(named))).all())
        channel = channels.named(session, stream)
        found = foresee(session, draft, channel=channel, user_ids=list(ids))
    return {(ids[one.user_id], one.medium, one.decision.action, one.decision.reason) for one in found}


def ledger(world, message_id):
    with writing(world.session) as session:
        rows = session.execute(
            select(User.username, Delivery.medium, Delivery.state, Delivery.reason)
            .join(User, User.id == Delivery.user_id)
            .where(Delivery.message_id == message_id)
        ).all()
    return {(who, medium, ACTION[S(state)], Reason(reason) if reason else None) for who, medium, state, reason in rows}
