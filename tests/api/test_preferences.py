"""Preferences, as programs see and change them."""

import pytest

from webapp.domain.quiet_hours import DAYS
from webapp.domain.scope import Scope


@pytest.fixture
def ada(program_of, world):
    return program_of("ada", tz="Europe/Dublin")


def put(program, path, body):
    return program.ask("PUT", f"/preferences/{path}", body)


def test_all_that_one_has_said(ada, world):
    world.channel("staff.alarm", required=True)
    put(ada, "channels/team.news/email", {"wanted": True, "digest": "daily 17:00"})
    put(ada, "quiet-hours", {"quiet_hours": ["tue 00:00-06:00", "mon 22:00-07:00"]})
    put(ada, "unread-after", {"unread_after_s": 600})
    ada.post("/preferences/mutes", {"what": "channel", "name": "team.news"})
    said = ada.get("/preferences").json
    at = world.clock.now().isoformat().replace("+00:00", "Z")
    [mute] = said["mutes"]
    assert {**said, "mutes": []} == {
        "zone": "Europe/Dublin", "unread_after_s": 600, "quiet_hours": ["mon 22:00-07:00", "tue 00:00-06:00"],
        "channels": [
            {
                "channel": "staff.alarm", "title": "Staff.Alarm", "required": True, "muted": False, "muted_until": None,
                "media": [{"medium": "email", "wanted": True, "digest": None}],
            },
            {
                "channel": "team.news", "title": "Team.News", "required": False, "muted": True, "muted_until": None,
                "media": [{"medium": "email", "wanted": True, "digest": "daily 17:00"}],
            },
        ],
        "mutes": [],
    }  # fmt: skip
    assert {**mute, "id": 0} == {
        "id": 0, "what": "channel", "name": "team.news", "title": "Team.News", "since": at, "until": None,
    }  # fmt: skip


def test_one_cell_is_chosen(ada, world):
    for wish in ({"wanted": False, "digest": None}, {"wanted": True, "digest": "hourly"}):
        assert put(ada, "channels/team.news/email", wish).json == {"medium": "email", **wish}
        assert ada.get("/preferences").json["channels"][0]["media"] == [{"medium": "email", **wish}]


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("channels/team.news/email", {"wanted": True}, 422, "digest"),
        ("channels/team.news/email", {"wanted": "yes", "digest": None}, 422, "wanted"),
        ("channels/team.news/email", {"wanted": 1, "digest": None}, 422, "wanted"),
        ("channels/team.news/email", {"wanted": True, "digest": "daily 25:00"}, 422, "digest"),
        ("channels/team.news/sms", {"wanted": True, "digest": None}, 404, "channel"),
        ("channels/no.such/email", {"wanted": True, "digest": None}, 404, "channel"),
        ("channels/staff.alarm/email", {"wanted": False, "digest": None}, 409, "channel"),
        ("quiet-hours", {"quiet_hours": ["monday"]}, 422, "quiet_hours.0"),
        ("quiet-hours", {"quiet_hours": [f"{day} 00:00-00:00" for day in DAYS]}, 422, "quiet_hours"),
        ("unread-after", {"unread_after_s": 59}, 422, "unread_after_s"),
        ("unread-after", {"unread_after_s": "600"}, 422, "unread_after_s"),
        ("unread-after", {}, 422, "unread_after_s"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(ada, world, path, body, status, field):
    world.channel("staff.alarm", required=True)
    answer = put(ada, path, body)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (status, field)


def test_unread_is_sent_at_once_again(ada):
    put(ada, "unread-after", {"unread_after_s": 600})
    assert put(ada, "unread-after", {"unread_after_s": None}).json == {"unread_after_s": None}
    assert ada.get("/preferences").json["unread_after_s"] is None


@pytest.mark.parametrize(
    ("how_long", "until"),
    [
        ({"lasts": "hour"}, "2026-03-02T10:00:00Z"),
        ({"lasts": "tomorrow"}, "2026-03-03T08:00:00Z"),
        ({"until": "2026-03-02T12:30:00+01:00"}, "2026-03-02T11:30:00Z"),
        ({}, None),
    ],
)
def test_a_sender_is_muted_and_unmuted(ada, how_long, until):
    answer = ada.post("/preferences/mutes", {"what": "sender", "name": "edith", **how_long})
    assert (answer.status_code, answer.json["title"], answer.json["until"]) == (201, "Edith", until)
    assert answer.headers["Location"] == f"/api/v1/preferences/mutes/{answer.json['id']}"
    gone = ada.ask("DELETE", f"/preferences/mutes/{answer.json['id']}")
    assert (gone.status_code, gone.data) == (204, b"")
    assert ada.get("/preferences").json["mutes"] == []


def test_a_mute_that_cannot_be(ada, world):
    world.channel("staff.alarm", required=True)
    for body, status in [
        ({"what": "sender", "name": "nobody"}, 404),
        ({"what": "channel", "name": "no.such"}, 404),
        ({"what": "sender", "name": "ada"}, 409),
        ({"what": "channel", "name": "staff.alarm"}, 409),
        ({"what": "sender", "name": "edith", "until": "2020-01-01T00:00:00Z"}, 409),
        ({"what": "weather", "name": "rain"}, 422),
    ]:
        assert ada.post("/preferences/mutes", body).status_code == status, body


def test_anothers_mute_is_not_there(ada, program_of):
    nina = program_of("nina")
    id = nina.post("/preferences/mutes", {"what": "sender", "name": "edith"}).json["id"]
    for wanted in (id, 10**30):
        assert ada.ask("DELETE", f"/preferences/mutes/{wanted}").status_code == 404
    assert len(nina.get("/preferences").json["mutes"]) == 1


def test_what_would_come_of_a_post(ada, world):
    put(ada, "quiet-hours", {"quiet_hours": ["mon 09:00-12:00"]})
    it = ada.get("/preferences/simulation?channel=team.news&sender=edith").json
    assert (it["channel"], it["sender"], it["required"]) == ("team.news", "edith", False)
    [by_mail] = it["media"]
    assert [(step["action"], step["reason"], step["until"]) for step in by_mail["steps"]] == [
        ("wait", "QUIET_HOURS", "2026-03-02T12:00:00Z"), ("send", None, None),
    ]  # fmt: skip
    later = ada.get("/preferences/simulation?channel=team.news&at=2026-03-03T09:00:00Z").json
    assert (later["visible_at"], later["sender"]) == ("2026-03-03T09:00:00Z", None)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("", 422), ("channel=no.such", 404), ("channel=team.news&sender=nobody", 404),
        ("channel=team.news&at=tomorrow", 422), ("channel=team.news&at=9999-12-31T23:59:59Z", 422),
    ],
)  # fmt: skip
def test_what_cannot_be_simulated(ada, asked, status):
    assert ada.get(f"/preferences/simulation?{asked}").status_code == status


def test_who_may_only_look_changes_nothing(program_of, world):
    ada = program_of("ada", scopes=[Scope.PREFERENCES_READ])
    assert put(ada, "unread-after", {"unread_after_s": 600}).json["code"] == "scope_missing"


def test_no_answer_costs_much(ada, world, statements):
    for path in ("", "/simulation?channel=team.news&sender=edith"):
        ada.get(f"/preferences{path}")  # a token's use is noted now and then
        with statements() as asked:
            ada.get(f"/preferences{path}")
        assert len(asked) <= 8, path
