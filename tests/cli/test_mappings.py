"""flask mappings …"""

import json

import pytest


@pytest.fixture
def flask(app, world):
    return lambda *words: app.test_cli_runner().invoke(args=["mappings", *words])


def _told(done):
    assert (done.exit_code, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_they_are_added_listed_tried_and_removed(flask):
    added = _told(flask("add", "team.news", "--type", "com.*", "--to", "emil", "--to", "role:admin", "--json"))
    rest = _told(flask("add", "team.news", "--json"))
    assert added == {
        "id": added["id"], "type": "com.*", "source": "*", "channel": "team.news", "recipients": ["emil", "role:admin"],
    }  # fmt: skip
    assert _told(flask("list", "--json")) == [added, rest]
    assert _told(flask("list", "--type", "com.x", "--json")) == [added]
    assert _told(flask("remove", str(added["id"]), "--json")) == {"removed": added["id"]}
    assert _told(flask("list", "--type", "com.x", "--source", "s", "--json")) == [rest]


def test_what_cannot_be_is_said(flask):
    done = flask("add", "no.such", "--to", "nobody")
    assert done.exit_code == 1
    assert "channel: There is no channel named" in done.stderr
    assert flask("remove", "99").exit_code == 1
