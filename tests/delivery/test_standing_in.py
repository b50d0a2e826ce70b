"""While the primary is away, the first fallback that is fit stands in, and nothing is lost or doubled; and back."""

import random
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.support.pausing import DOWN, NO_KEY, a_pass, alerts, health, rest
from tests.support.world import FarSide
from webapp.database import writing
from webapp.delivery.lot import Kind
from webapp.domain.envelope import Accepted, Blame, Format, PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.extensions import db
from webapp.models._columns import table_of
from webapp.models.provider import Provider, ProviderHealth


@pytest.fixture
def backup(world):
    """A fallback of the world's provider; its far side."""
    world.provider(name="email-backup", role="fallback")
    world.far["email-main"], world.far["email-backup"] = world.mail, FarSide("email-backup")
    return world.far["email-backup"]


def pause(world, name="email-main", *, for_s=30.0, reason=Reason.AUTH):
    until = world.clock.now() + timedelta(seconds=for_s)
    values = {"paused_reason": reason.value, "paused_until": until, "pauses": 1, "proven_at": None}
    world.execute(update(ProviderHealth).where(_is(name)).values(values))


def _is(name):
    return ProviderHealth.provider_id == select(Provider.id).where(Provider.name == name).scalar_subquery()


def sent_by(world):
    """How many tries each provider made."""
    names = dict(world._all(select(table_of(Provider).c.id, table_of(Provider).c.name)))
    return Counter(names[attempt.provider_id] for attempt in world.attempts())


def test_a_fallback_alone_sends_nothing(world, backup):
    world.execute(update(Provider).where(Provider.name == "email-main").values(role="inactive"))
    world.post()
    a_pass(world)
    assert (world.row.state, world.row.reason, backup.sent) == ("held", "NO_PROVIDER", [])


def test_a_fallback_sends_nothing_while_the_primary_is_fit(world, backup, people):
    world.post(*people)
    a_pass(world)
    assert sent_by(world) == {"email-main": 100}


def test_when_the_primary_pauses_nothing_is_stranded(world, backup, people):
    world.mail.answer = NO_KEY
    world.post(*people)
    a_pass(world)
    a_pass(world)
    assert Counter(world.states()) == {"sent": 100}
    assert Counter(backup.addresses) == Counter(f"{name}@example.com" for name in people)
    assert {(row.failures, row.retries_left) for row in world.rows()} == {(0, 4)}
    assert alerts(world) == ["email-main is paused; email-backup sends instead"]
    assert health(world) == ("AUTH", 1)


def test_the_first_that_is_fit_stands_in(world, backup, people):
    world.provider(name="email-third", role="fallback")
    world.far["email-third"] = FarSide("email-third")
    pause(world)
    pause(world, "email-backup")
    world.post()
    a_pass(world)
    assert sent_by(world) == {"email-third": 1}


def test_the_decision_says_who_stands_in_for_whom(world, backup):
    pause(world)
    world.post()
    a_pass(world)
    told = world.row.evidence["evidence"]
    assert (told["provider"], told["stands in for"]) == ("email-backup", "email-main")


def test_the_primary_is_probed_by_one_of_those_that_the_fallback_sends(world, backup, people):
    world.mail.answer = NO_KEY
    world.post(*people[:10])
    a_pass(world)
    a_pass(world)
    before = len(world.mail.sent)
    rest(world)
    world.post(*people[10:40])
    a_pass(world)
    assert len(world.mail.sent) == before + 1, "one, and no more while that is under way or after it has failed"
    world.clock.advance(10)
    a_pass(world)
    assert Counter(world.states()) == {"sent": 40}, "the probe that failed goes by the fallback, too"
    rest(world)
    world.mail.answer = Accepted()
    world.post(*people[40:])
    a_pass(world)
    assert health(world) == (None, 0)
    assert Counter(world.states()) == {"sent": 100}
    told = [row.evidence["evidence"] for row in world.rows()]
    assert {one["provider"] for one in told if "stands in for" not in one} == {"email-main"}
    backup.sent.clear()
    world.post("emil")
    a_pass(world)
    assert (len(backup.sent), world.states()[-1]) == (0, "sent")
    assert max(Counter(row.id for row in world.rows()).values()) == 1


def test_all_paused_then_one_is_back(world, backup, people):
    world.mail.answer = backup.answer = NO_KEY
    world.post(*people)
    a_pass(world, concurrency=1)
    assert Counter(world.states()) == {"held": 100}
    assert alerts(world)[-1] == "email-backup is paused, and nobody stands in"
    backup.answer = Accepted()
    for _ in range(4):
        world.clock.advance(31)
        a_pass(world)
        a_pass(world)
    assert Counter(world.states()) == {"sent": 100}
    assert {(row.failures, row.retries_left) for row in world.rows()} == {(0, 4)}
    assert len(backup.sent) == 101


def test_what_was_held_goes_by_a_fallback_that_comes_later(world, people):
    world.mail.answer = NO_KEY
    world.post(*people)
    a_pass(world)
    assert Counter(world.states()) == {"held": 100}
    world.provider(name="email-backup", role="fallback")
    world.far["email-backup"] = FarSide()
    world.clock.advance(6)
    a_pass(world)
    assert Counter(world.states()) == {"sent": 100}


def test_what_is_in_flight_when_the_primary_is_paused_ends_there(world, backup, people, by_hand):
    world.mail.hold()
    world.post(*people[:8])
    process = by_hand(concurrency=4)
    process.until(lambda: world.mail.held == 4)
    pause(world)
    process.until(lambda: len(backup.sent) == 4)
    world.mail.release()
    process.until_at_rest()
    assert Counter(world.states()) == {"sent": 8}
    assert sent_by(world) == {"email-main": 4, "email-backup": 4}


@pytest.mark.parametrize("how", ["edited", "inactive", "removed"])
def test_a_fallback_that_is_changed_while_it_sends(world, backup, people, how):
    values = {"edited": {"version": 2}, "inactive": {"role": "inactive"}, "removed": {"removed_at": world.clock.now()}}
    changed = update(Provider).where(Provider.name == "email-backup").values(values[how])

    def change(_envelope):
        with world.app.app_context():
            world.execute(changed)
            db.session.remove()
        return Accepted()

    backup.answer = change
    pause(world, for_s=600)
    world.post(*people[:20])
    a_pass(world, concurrency=1)
    a_pass(world, concurrency=1)
    if how == "edited":
        assert Counter(world.states()) == {"sent": 20}
        assert len(backup.sent) == 20
    else:
        assert Counter(world.states()) == {"sent": 1, "held": 19}
    assert {row.failures for row in world.rows()} == {0}


def test_a_fallback_that_fails_is_paused_by_itself(world, backup, people):
    pause(world, for_s=600)
    backup.answer = DOWN
    world.post(*people)
    a_pass(world, concurrency=1)
    assert sent_by(world) == {"email-backup": 5}
    assert Counter(world.states()) == {"held": 100}
    assert sum(row.failures for row in world.rows()) == 5
    assert alerts(world) == ["email-backup is paused, and nobody stands in"]


def test_two_processes_never_probe_at_once(world, backup, people, by_hand):
    pause(world, for_s=-1)
    world.mail.hold()
    world.post(*people)
    one, other = by_hand(dispatch_batch=20), by_hand(dispatch_batch=20)
    one.until(lambda: world.mail.held)
    other.until_at_rest()
    one.until(lambda: "queued" not in world.states())
    assert world.mail.most_held == 1
    world.mail.release()
    one.until_at_rest()
    other.until_at_rest()
    assert (Counter(world.states()), world.mail.most_held) == ({"sent": 100}, 1)
    assert Counter(world.mail.addresses + backup.addresses) == Counter(f"{name}@example.com" for name in people)


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_lost_or_doubled_while_both_flap(world, backup, people, by_hand, seed):
    chance = random.Random(seed)
    taken: Counter[str] = Counter()

    def answered(envelope):
        answer = chance.choice([NO_KEY, Accepted(), Accepted(), PermanentFailure(Reason.RECIPIENT_REFUSED, "550")])
        taken[envelope.id] += isinstance(answer, Accepted)
        return answer

    world.mail.answer = backup.answer = answered
    world.post(*people[:30])
    one, other = by_hand(concurrency=2, dispatch_batch=7), by_hand(concurrency=2, dispatch_batch=7)
    for _ in range(200):
        for process in (one, other):
            process.until_at_rest(chance.choice(list(Kind)))
        world.clock.advance(chance.choice([1, 6, 31, 61]))
        if set(world.states()) <= {"sent", "undeliverable"}:
            break
    assert set(world.states()) <= {"sent", "undeliverable"}
    assert taken.total() == world.states().count("sent")
    assert set(taken.values()) <= {0, 1}
    assert {row.failures for row in world.rows(state="sent")} == {0}


def test_what_cannot_be_carried_by_the_primary_does_not_probe_it(world, backup, monkeypatch):
    pause(world, for_s=-1)
    monkeypatch.setattr("webapp.delivery.probe.limits", lambda _account: Format(max_length=3))
    world.post()
    a_pass(world)
    assert (sent_by(world), world.states()) == ({"email-backup": 1}, ["sent"])


def test_what_was_made_for_the_primary_is_made_anew_for_one_that_cannot_carry_it(world, backup, monkeypatch):
    carries = {"email-main": Format(), "email-backup": Format(40, html=False)}
    for office in ("layout", "prepare"):
        monkeypatch.setattr(f"webapp.delivery.{office}.limits", lambda account: carries[account.name])
    world.mail.answer = TemporaryFailure(Reason.SERVER_BUSY, "450 later", blame=Blame.RECIPIENT)
    world.post(body="Long " * 20)
    a_pass(world)
    assert (world.row.state, world.row.failures) == ("retrying", 1)
    pause(world, for_s=600)
    world.clock.advance(61)
    a_pass(world)
    [made] = world.mail.sent
    [anew] = backup.sent
    assert (world.row.state, world.row.failures, world.row.envelope_id) == ("sent", 1, anew.id)
    assert (anew.replaces, anew.address, anew.html) == (made.id, made.address, None)
    assert len(made.text) > 40 >= len(anew.text)


def test_one_look_at_the_routes_a_turn(world, people, statements):
    """Also where something fails: the sweep, the hand-over and what follows of a pause go by the same."""
    world.mail.answer = NO_KEY
    world.post(*people[:3])
    with statements() as asked:
        a_pass(world)
    looks = [one for one in asked if "paced_until" in one and "JOIN provider_health" in one]
    turns = [one for one in asked if one.startswith(("BEGIN", "COMMIT"))] or asked
    assert len(looks) <= len(turns)


def test_who_is_inactive_is_not_locked_out(world, backup):
    """A provider that was deactivated while it was sending still has its health written down."""

    def retire(_envelope):
        with world.app.app_context(), writing(db.session) as session:
            session.execute(update(Provider).where(Provider.name == "email-main").values(role="inactive"))
        return DOWN

    world.mail.answer = retire
    world.post()
    a_pass(world)
    with writing(world.session) as session:
        assert session.scalars(select(ProviderHealth.streak).where(_is("email-main"))).one() == 1
