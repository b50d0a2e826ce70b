"""`flask audit`: one line and exit code 0 where all fits, or the ids that do not fit and exit code 1."""

import json

from sqlalchemy import delete, update

from webapp.models.delivery import Delivery, Move


def _run(app, *words):
    done = app.test_cli_runner().invoke(args=["audit", *words])
    assert done.stderr == ""
    return done.exit_code, done.stdout


def test_all_fits(app, world):
    world.post("emil", "edith")
    world.dispatch()
    assert _run(app) == _run(app, "--all") == (0, "All fits: 2 deliveries of 1 messages.\n")
    code, out = _run(app, "--json")
    assert (code, json.loads(out)) == (0, {"deliveries": 2, "messages": 1, "misfits": []})


def test_what_does_not_fit_is_named(app, world):
    world.post("emil", "edith")
    one, other = (row.id for row in world.rows())
    world.execute(update(Delivery).where(Delivery.id == one).values(state="sent"))
    world.execute(delete(Move).where(Move.delivery_id == other))
    code, out = _run(app)
    assert code == 1
    assert out.splitlines()[0].split() == ["id", "what", "kind"]
    assert all(id_ in out for id_ in (one, other))
    code, out = _run(app, "--json")
    assert (code, {misfit["id"] for misfit in json.loads(out)["misfits"]}) == (1, {one, other})
    assert json.loads(out)["misfits"][-1] == {"id": other, "what": "it has no ledger", "kind": "delivery"}
