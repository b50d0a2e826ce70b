"""The life of a provider: which role it has, by whose word, and what becomes of what waits for it."""

from threading import Barrier, Thread

import pytest
from sqlalchemy import select, update

from tests.services.providers.conftest import SMTP
from webapp.database import writing
from webapp.domain.refusal import Conflict, Missing
from webapp.extensions import db
from webapp.models.delivery import Delivery
from webapp.models.provider import Provider, ProviderHealth
from webapp.services.providers import life_cycle, provider_setup

pytestmark = pytest.mark.usefixtures("session")


# --- coming -------------------------------------------------------------------------------------------------------


def test_activating_replaces_the_primary_of_its_medium(add, act, cast):
    add("main", activate=True)
    add("texts", "file", "sms", {}, activate=True)
    add("backup")
    made = life_cycle.activate(name="backup", why=" moving hosts ", **act)
    assert (made.provider.name, made.former, made.former_role, made.released) == ("backup", "main", "inactive", 0)
    assert cast() == [("backup", "primary"), ("texts", "primary"), ("main", "inactive")]
    assert (made.provider.role_by, made.provider.role_at, made.provider.role_why) == ("ada", act["now"], "moving hosts")


def test_activating_can_keep_the_primary_as_fallback(add, act, cast, told):
    add("main", activate=True)
    add("backup")
    made = life_cycle.activate(name="backup", keep_as_fallback=True, why="faster", **act)
    assert (made.former, made.former_role) == ("main", "fallback")
    assert cast() == [("backup", "primary"), ("main", "fallback")]
    assert told()[-2:] == [("backup", "provider activated", "faster"), ("main", "provider made fallback", "faster")]


def test_a_fallback_is_added_behind_the_others_and_can_move_up(add, act, signed, cast):
    add("main", activate=True)
    for name in ("one", "two"):
        add(name)
        assert life_cycle.add_fallback(name=name, **act).provider.role == "fallback"
    assert cast() == [("main", "primary"), ("one", "fallback"), ("two", "fallback")]
    life_cycle.move_up(name="two", **signed)
    assert cast() == [("main", "primary"), ("two", "fallback"), ("one", "fallback")]
    life_cycle.activate(name="one", keep_as_fallback=True, **act)
    assert cast() == [("one", "primary"), ("main", "fallback"), ("two", "fallback")]


def test_a_role_that_one_has_already_is_refused(add, act, signed):
    add("main", activate=True)
    add("idle")
    add("behind")
    life_cycle.add_fallback(name="behind", **act)
    refused = {
        "main is active already.": lambda: life_cycle.activate(name="main", **act),
        "main is active already, as primary.": lambda: life_cycle.add_fallback(name="main", **act),
        "behind is active already, as fallback.": lambda: life_cycle.add_fallback(name="behind", **act),
        "idle is inactive already.": lambda: life_cycle.deactivate(name="idle", **signed),
        "idle is not a fallback.": lambda: life_cycle.move_up(name="idle", **signed),
    }
    for sentence, call in refused.items():
        with pytest.raises(Conflict, match=sentence):
            call()


def test_a_fallback_needs_a_primary(add, act, problems):
    add("main")
    assert "activate main instead" in problems(life_cycle.add_fallback, name="main", **act)["provider"]


def test_a_reason_is_one_line_and_not_a_novel(add, act, signed, cast, problems):
    add("main", activate=True)
    add("backup")
    for why in ("a\nb", "x" * 501):
        assert list(problems(life_cycle.activate, name="backup", why=why, **act)) == ["why"]
        assert list(problems(life_cycle.deactivate, name="main", why=why, **signed)) == ["why"]
        assert list(problems(life_cycle.remove, name="main", why=why, **signed)) == ["why"]
    assert cast() == [("main", "primary"), ("backup", "inactive")]


def test_what_is_not_there_is_missing(act, signed):
    for call, more in (
        (life_cycle.activate, act),
        (life_cycle.add_fallback, act),
        (life_cycle.deactivate, signed),
        (life_cycle.remove, signed),
        (life_cycle.move_up, signed),
    ):
        with pytest.raises(Missing):
            call(name="nobody", **more)
    with pytest.raises(Missing):
        life_cycle.behind(name="nobody")


def test_a_fallback_that_comes_lets_go_what_waits_for_a_paused_primary(world, add, act):
    world.post()
    _put(state="held", reason="PROVIDER_PAUSED")
    with writing(db.session) as session:
        session.execute(update(ProviderHealth).values(paused_reason="AUTH"))
    add("backup")
    assert life_cycle.add_fallback(name="backup", **act).released == 1
    assert _states() == [("queued", None)]


# --- going --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("active", [True, False])
def test_one_is_removed_in_any_state_and_its_name_is_free(add, clock, vault, signed, told, active):
    add("x" * 50, activate=active)
    life_cycle.remove(name="x" * 50, why="a test", **signed)
    assert provider_setup.listed(now=clock.now(), vault=vault) == []
    row = db.session.scalars(select(Provider)).one()
    assert (row.role, row.secrets, row.removed_at) == ("inactive", "", signed["now"])
    assert row.name.endswith(f"(removed {row.id})")
    assert told()[-1] == ("x" * 50, "provider removed", "a test")
    assert add("x" * 50, activate=True).active


def test_each_change_is_in_the_audit(add, edit, act, signed, told):
    view = edit(add(), SMTP | {"port": "25"})
    life_cycle.activate(name=view.name, **act)
    life_cycle.deactivate(name=view.name, **signed)
    life_cycle.remove(name=view.name, **signed)
    assert [what for _, what, _ in told()] == [
        f"provider {what}" for what in ("added", "changed", "activated", "deactivated", "removed")
    ]


def test_two_who_activate_at_once_leave_one_primary(app, add, act, clock, vault):
    names = [add(f"smtp-{number}").name for number in range(4)]
    db.session.rollback()
    start, said = Barrier(len(names)), []

    def activate(name):
        start.wait()
        said.append(life_cycle.activate(name=name, **act).provider.active)

    threads = [Thread(target=_in, args=(app, activate, name)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == [True] * 4
    assert sum(view.active for view in provider_setup.listed(now=clock.now(), vault=vault)) == 1


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
