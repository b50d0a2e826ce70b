"""Channels, as programs see them."""

from webapp.domain.scope import Scope


def test_channels_come_in_pages(program_of, world):
    for name in ("team.a", "team.b", "team.c"):
        world.channel(name)
    ada = program_of("ada")
    first = ada.get("/channels?limit=2").json
    rest = ada.get(f"/channels?limit=100&after={first['next']}").json
    names = [it["name"] for it in first["items"] + rest["items"]]
    assert len(first["items"]) == 2
    assert rest["next"] is None
    assert names == sorted(names)
    assert {"team.a", "team.b", "team.c"} <= set(names)


def test_one_says_how_it_travels(program_of, world):
    world.channel("team.rota", "sms", "email", policy="kazoo", ttl_s=3600.0, keep_months=6, at_most_once=True)
    told = program_of("ada").get("/channels/team.rota").json
    assert told == {
        "name": "team.rota", "title": "Team.Rota", "description": "", "media": ["sms", "email"], "immediate": False,
        "every_s": 0, "formatter": None, "policy": "kazoo", "ttl_s": 3600.0, "keep_months": 6, "required": False,
        "at_most_once": True, "filter_keys": [], "may_post": True,
    }  # fmt: skip


def test_one_that_is_not_there_is_a_problem(program_of):
    answer = program_of("ada").get("/channels/no.such")
    assert (answer.status_code, answer.mimetype, answer.json["code"]) == (404, "application/problem+json", "missing")


def test_without_a_token_there_is_nothing(app):
    answer = app.test_client().get("/api/v1/channels")
    assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Belfry"'


def test_a_token_without_the_scope_does_not_do(program_of):
    answer = program_of("ada", scopes=[Scope.INBOX_READ]).get("/channels")
    assert (answer.status_code, answer.json["code"]) == (403, "scope_missing")


def test_a_cookie_opens_nothing(browser_of):
    assert browser_of("ada", role="admin").get("/api/v1/channels").status_code == 401


def test_a_strange_parameter_is_refused_by_its_name(program_of):
    answer = program_of("ada").get("/channels?limit=0&colour=red")
    assert (answer.status_code, answer.json["code"]) == (422, "refused")
    assert {it["field"] for it in answer.json["errors"]} == {"limit", "colour"}
