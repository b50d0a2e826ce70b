"""`flask demo remove`: the way out of the demo."""

import json

from webapp.runtime import runtime
from webapp.services.running import demo


def test_the_demo_is_removed_once(app, clock):
    runner = app.test_cli_runner()
    with app.app_context():
        demo.fill(now=clock.now(), vault=runtime().vault)
    result = runner.invoke(args=["demo", "remove", "--json"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == {
        "people": ["ada", "bruno", "edith", "emil", "erin", "fay", "greta", "olaf"],
        "notifications": 26,
        "channels": ["desk.status", "news.releases", "review.legal", "rota.pager", "rota.weekend"],
        "providers": ["demo-mailbox"],
    }
    again = runner.invoke(args=["demo", "remove"])
    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr == "demo: There is no demo in this database.\n"
