"""A formatter that comes in a package of its own: found by its entry point, and what it makes is sent and shown."""

import pytest

from tests.support import ROOT
from tests.support.installed import install
from webapp.formatters import candidates, formatters
from webapp.services.inbox import notifications, whole
from webapp.services.people import accounts

GROUP = "belfry.formatters"
BROKEN = {
    "belfry_raises": "import no_such_library\n",
    "belfry_empty": "",
    "belfry_half": "class Half:\n    label, channels, groups = 'Half', (), False\nFORMATTER = Half()\n",
    "belfry_text": "class T:\n    label, channels, groups, format = 'T', 'ops.*', False, print\nFORMATTER = T()\n",
}


@pytest.fixture(autouse=True)
def installed(tmp_path, monkeypatch):
    modules = {"incidents": (ROOT / "tests" / "plugins" / "incidents.py").read_text()}
    site = install(tmp_path / "site", "belfry_incidents", {"incidents": "incidents"}, modules, group=GROUP)
    install(site, "belfry_broken", {name: name for name in BROKEN}, BROKEN, group=GROUP)
    monkeypatch.syspath_prepend(site)
    formatters.cache_clear()
    yield
    formatters.cache_clear()


def test_it_is_there_and_what_is_broken_is_left_out(caplog):
    assert list(formatters()) == ["digest", "incidents", "plain"]
    assert sorted(record.args[1] for record in caplog.records) == sorted(BROKEN)


def test_it_lays_out_the_channels_that_it_names():
    assert candidates("ops.alarms", None) == ("incidents",)
    assert candidates("team.news", None) == ("plain",)


def test_of_each_incident_the_newest_is_sent_and_the_others_are_folded(world):
    world.channel("ops.alarms")
    for state in ("open", "closed"):
        attributes = {"incident": "17", "state": state}
        world.post(channel="ops.alarms", subject="Disk is full", body="On db1.", attributes=attributes)
    assert world.dispatch() == {"sent": 1, "folded": 1}
    [sent] = world.mail.sent
    assert sent.subject == "closed: Disk is full"
    assert sent.text == "On db1.\n\n-- \nFor Emil: reported on Ops.Alarms to you by name.\n"


def test_the_inbox_shows_what_it_makes_and_keeps_what_was_written(world):
    world.channel("ops.alarms")
    first = world.post(channel="ops.alarms", subject="Disk is full", body="On *db1*.")
    follows = {"follows": first.id}
    world.post(channel="ops.alarms", subject="It is mended", body="Deleted logs.", attributes=follows)
    emil = accounts.get(username="emil").id
    newest, oldest = whole.everything(user_id=emil, now=world.clock.now())
    assert (newest.body, newest.formatted) == ("Deleted logs.", "Deleted logs.\n\n> Before: Disk is full")
    assert oldest.formatted == oldest.body == "On *db1*."
    assert notifications.get(user_id=emil, id=newest.id, now=world.clock.now()).formatted == newest.formatted
