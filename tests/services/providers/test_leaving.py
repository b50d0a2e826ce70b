"""A provider that goes: what becomes of what waits for it, and of what is in flight."""

from threading import Thread

import pytest
from sqlalchemy import select, update

from webapp.database import writing
from webapp.domain import signals
from webapp.domain.envelope import TemporaryFailure
from webapp.domain.reason import Reason
from webapp.extensions import db
from webapp.models.delivery import Delivery
from webapp.services.providers import life_cycle

pytestmark = pytest.mark.usefixtures("session")


def test_what_is_behind_a_primary_is_counted(world, add, act):
    for state in ("queued", "held", "held", "retrying", "sending", "sent"):
        world.post()
        _put(world.rows()[-1].id, state=state)
    first = min(row.expires_at for row in world.rows())
    behind = life_cycle.behind(name="email-main")
    assert (behind.waiting.n, behind.retrying.n, behind.in_flight.n, behind.left.n) == (3, 1, 1, 4)
    assert (behind.expires_at, behind.fallback) == (first, None)
    add("backup")
    life_cycle.add_fallback(name="backup", **act)
    assert life_cycle.behind(name="email-main").fallback == "backup"
    assert life_cycle.behind(name="backup") == life_cycle.Behind()


def test_held_is_the_default_and_goes_out_with_the_next_one(world, act, signed):
    heard = []
    world.post()
    with signals.alerted.connected_to(lambda _sender, alert: heard.append(alert.topic)):
        gone = life_cycle.deactivate(name="email-main", why="moving", **signed)
    assert (gone.successor, gone.cancelled) == (None, 0)
    assert _states() == [("held", "NO_PROVIDER")]
    assert heard == ["none email"]
    assert life_cycle.activate(name="email-main", **act).released == 1
    assert _states() == [("queued", None)]


def test_all_that_waited_for_its_pause_to_end_waits_for_the_next_one(world, signed, monkeypatch):
    """However much that is: nobody comes later for what would still wait for a pause."""
    monkeypatch.setattr("webapp.models.holding._AT_ONCE", 2)
    for reason in ("PROVIDER_PAUSED", "RATE_LIMITED") * 3:
        world.post()
        _put(world.rows()[-1].id, state="held", reason=reason)
    life_cycle.deactivate(name="email-main", **signed)
    assert _states() == [("held", "NO_PROVIDER")] * 6


def test_it_moves_to_the_first_fallback_which_becomes_primary(world, add, act, signed, cast, told):
    world.post()
    for name in ("backup", "further"):
        add(name)
        life_cycle.add_fallback(name=name, **act)
    gone = life_cycle.deactivate(name="email-main", then="move", why="moving", **signed)
    assert gone.successor == "backup"
    assert cast() == [("backup", "primary"), ("further", "fallback"), ("email-main", "inactive")]
    assert _states() == [("queued", None)]
    assert told()[-2:] == [
        ("email-main", "provider deactivated", "moving"),
        ("backup", "provider activated", "moving"),
    ]


def test_it_is_cancelled_in_steps_but_what_is_in_flight(world, signed, monkeypatch):
    monkeypatch.setattr(life_cycle, "_STEP", 2)
    heard = []
    for state in ("queued", "held", "retrying", "retrying", "queued", "sending"):
        world.post()
        _put(world.rows()[-1].id, state=state)
    with signals.cancelled.connected_to(lambda _sender, ids: heard.append(len(ids))):
        gone = life_cycle.deactivate(name="email-main", then="cancel", **signed)
    assert (gone.cancelled, heard) == (5, [2, 2, 1])
    assert sorted(world.states()) == ["cancelled"] * 5 + ["sending"]
    assert {row.reason for row in world.rows(state="cancelled")} == {"CANCELLED_BY_PERSON"}
    assert [move.by for move in world.ledger(world.rows()[0].id)][-1] == "ada"


def test_what_the_engine_takes_hold_of_meanwhile_is_cancelled_too(world, signed, monkeypatch):
    monkeypatch.setattr("webapp.models.holding._STRANDED", 2)
    cancel = life_cycle._cancel

    def beside_the_engine(*what):
        world.clock.advance(1)
        world.dispatch()
        return cancel(*what)

    monkeypatch.setattr(life_cycle, "_cancel", beside_the_engine)
    world.post(*world.crowd(5))
    assert life_cycle.deactivate(name="email-main", then="cancel", **signed).cancelled == 5
    assert world.states() == ["cancelled"] * 5


def test_only_its_own_medium_is_cancelled(world, signed):
    world.channel("team.texts", "sms")
    world.provider("sms")
    world.post()
    world.post(channel="team.texts")
    _put(world.rows()[-1].id, state="queued")
    assert life_cycle.deactivate(name="sms-main", then="cancel", **signed).cancelled == 1
    assert [(row.medium, row.state) for row in world.rows()] == [("email", "queued"), ("sms", "cancelled")]


def test_what_cannot_be_done_with_what_waits_is_refused_and_changes_nothing(world, add, act, signed, cast, problems):
    world.post()
    add("backup")
    for then, sentence in (("move", "no fallback"), ("burn", "hold, move, cancel")):
        for leave in (life_cycle.deactivate, life_cycle.remove):
            assert sentence in problems(leave, name="email-main", then=then, **signed)["then"]
    life_cycle.add_fallback(name="backup", **act)
    assert "Nothing waits for backup" in problems(life_cycle.deactivate, name="backup", then="cancel", **signed)["then"]
    assert cast() == [("email-main", "primary"), ("backup", "fallback")]
    assert _states() == [("queued", None)]


def test_a_fallback_goes_without_a_word_to_what_waits(world, add, act, signed, cast):
    world.post()
    add("backup")
    life_cycle.add_fallback(name="backup", **act)
    life_cycle.deactivate(name="backup", **signed)
    assert cast() == [("email-main", "primary"), ("backup", "inactive")]
    assert _states() == [("queued", None)]


def test_what_is_in_flight_finishes(world, signed):
    world.mail.hold()
    world.post()
    done = Thread(target=lambda: _in(world.app, world.dispatch))
    done.start()
    world.mail.wait_until_held(1)
    life_cycle.deactivate(name="email-main", then="cancel", **signed)
    world.mail.release()
    done.join()
    assert world.states() == ["sent"]


def test_a_try_that_fails_after_its_provider_went_is_held_and_not_lost(world, signed):
    world.mail.answer = TemporaryFailure(Reason.SERVER_BUSY, "421 later")
    world.post()
    world.dispatch()
    life_cycle.deactivate(name="email-main", **signed)
    assert _states() == [("held", "NO_PROVIDER")]


@pytest.mark.parametrize(
    ("then", "state"), [("hold", ("held", "NO_PROVIDER")), ("cancel", ("cancelled", "CANCELLED_BY_PERSON"))]
)
def test_removing_the_primary_decides_about_what_waits_though_a_listener_raises(world, add, signed, then, state):
    def fail(_sender, **_more):
        raise ZeroDivisionError

    add("idle")
    world.post()
    life_cycle.remove(name="idle", **signed)
    assert _states() == [("queued", None)]
    with signals.alerted.connected_to(fail):
        life_cycle.remove(name="email-main", then=then, **signed)
    assert _states() == [state]


def test_removing_the_primary_can_leave_its_place_to_the_fallback(world, add, act, signed, cast):
    world.post()
    add("backup")
    life_cycle.add_fallback(name="backup", **act)
    assert life_cycle.remove(name="email-main", then="move", **signed).successor == "backup"
    assert cast() == [("backup", "primary")]
    assert _states() == [("queued", None)]


def _in(app, call, *given):
    with app.app_context():
        call(*given)


def _put(id=None, **columns) -> None:
    with writing(db.session) as session:
        wanted = update(Delivery).values(columns)
        session.execute(wanted.where(Delivery.id == id) if id else wanted)


def _states() -> list[tuple[str, str | None]]:
    db.session.rollback()
    return [(row.state, row.reason) for row in db.session.execute(select(Delivery.state, Delivery.reason))]
