"""docs/signals.md: its example listens to the real thing, and its table has every signal as it is fired."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.installed import example, install
from tests.support.source import calls, modules
from webapp.domain import signals
from webapp.domain.envelope import PermanentFailure
from webapp.domain.reason import Reason

PAGE = (ROOT / "docs" / "signals.md").read_text(encoding="utf-8")
TABLE = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", PAGE, re.MULTILINE))
GROUP = "belfry.listeners"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for packages, on the Python path; who listens is found anew, and forgotten at the end."""
    monkeypatch.syspath_prepend(tmp_path)
    connected = [(one, dict(one.receivers)) for one in vars(signals).values() if isinstance(one, signals.NamedSignal)]
    signals.listeners.cache_clear()
    yield tmp_path
    for one, before in connected:
        for receiver in [one.receivers[key]() for key in one.receivers.keys() - before.keys()]:
            one.disconnect(receiver)
    signals.listeners.cache_clear()
    sys.modules.pop("belfry_watch", None)


def test_the_example_is_the_one_that_is_tested() -> None:
    assert re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE) == [example("watch")]


@pytest.fixture
def watching(site: Path) -> None:
    """The example is installed, before any application is made."""
    install(site, "belfry_watch", {"watch": "belfry_watch:listen"}, {"belfry_watch": example("watch")}, group=GROUP)


def test_the_example_hears_of_posting_and_sending(watching, world, caplog) -> None:
    assert list(signals.listeners()) == ["belfry_watch.listen"]
    posted = world.post()
    world.mail.answer = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 nobody")
    world.dispatch()
    told = [record.getMessage() for record in caplog.records if record.name == "belfry_watch"]
    assert told == [f"posted: {posted.id}", f"undeliverable: see /deliveries/{world.row.id}"]


@pytest.mark.parametrize(
    ("leads_to", "text"),
    [
        ("belfry_broken:listen", "def listen():\n    raise SystemExit(3)\n"),
        ("belfry_broken:listen", "listen = 3\n"),
        ("belfry_broken:listen", "import no_such_library\n"),
        ("belfry_nowhere:listen", ""),
    ],
)
def test_one_that_is_broken_is_left_out_with_a_line_in_the_log(site, caplog, leads_to, text) -> None:
    install(site, "belfry_broken", {"broken": leads_to}, {"belfry_broken": text}, group=GROUP)
    assert list(signals.listeners()) == []
    assert f"The listener plugin broken ({leads_to}) is left out" in caplog.text
    sys.modules.pop("belfry_broken", None)


def test_every_signal_is_in_the_table() -> None:
    assert TABLE.keys() == {name for name, one in vars(signals).items() if isinstance(one, signals.NamedSignal)}


def test_each_is_told_with_the_arguments_that_it_is_fired_with() -> None:
    """Where the signal is named on the spot; where it is a variable, it is one of a lot, with ``ids``."""
    fired = {
        call.args[0].attr: {keyword.arg for keyword in call.keywords}
        for path in modules("webapp")
        for call, name in calls(path)
        if name == "webapp.domain.signals.tell" and isinstance(call.args[0], ast.Attribute)
    }
    assert fired.keys() >= {"posted", "saved", "read", "reads", "missing", "alerted"}
    documented = {name: set(re.findall(r"`(\w+)`", told)) for name, told in TABLE.items()}
    assert {name: documented[name] for name in fired} == fired
    assert {told for name, told in TABLE.items() if name not in fired} == {"`ids`"}
