"""Who may call, how often, and what everybody may know."""

import re

import pytest

from tests.support.programs import API
from tests.support.source import modules, read


@pytest.fixture
def environment(environment):
    return environment | {"BELFRY_API_RATE": "3"}


def test_every_answer_tells_how_many_more_there_may_be(program_of, clock):
    ada = program_of("ada")
    told = [ada.get(path).headers for path in ("/channels", "/channels/no.such", "/channels?limit=0", "/channels")]
    assert [it["RateLimit"] for it in told] == [f'"requests";r={left};t=60' for left in (2, 1, 0, 0)]
    assert {it["RateLimit-Policy"] for it in told} == {'"requests";q=3;w=60'}
    refused = ada.get("/channels")
    assert (refused.status_code, refused.json["code"], refused.headers["Retry-After"]) == (429, "too_many", "60")
    clock.advance(60)
    assert ada.get("/channels").status_code == 200


def test_a_flood_of_bad_tokens_is_turned_away_and_good_ones_are_not(app, program_of):
    ada, headers = program_of("ada"), {"Authorization": "Bearer bel_wrong"}
    answers = [app.test_client().get(f"{API}/channels", headers=headers) for _ in range(12)]
    assert [it.status_code for it in answers] == [401] * 10 + [429] * 2
    assert answers[-1].headers["Retry-After"] == "300"
    assert ada.get("/channels").status_code == 200
    assert app.test_client().get(f"{API}/channels").status_code == 401


class TestWhereLittleMayBePosted:
    @pytest.fixture
    def environment(self, environment):
        more = {"BELFRY_POSTS_PER_MINUTE": "5", "BELFRY_RECIPIENTS_PER_HOUR": "3", "BELFRY_API_RATE": "9"}
        return environment | more

    def test_a_post_says_what_is_left_and_so_does_the_one_that_is_too_much(self, world, program_of):
        ada, body = program_of("ada"), {"channel": "team.news", "subject": "S", "body": "B"}
        posted = ada.post("/messages", {**body, "recipients": ["emil", "edith"]})
        assert posted.headers["RateLimit-Policy"] == '"requests";q=9;w=60, "posts";q=5;w=60, "recipients";q=3;w=3600'
        assert posted.headers["RateLimit"] == '"requests";r=8;t=60, "posts";r=4;t=60, "recipients";r=1;t=3600'
        refused = ada.post("/messages", {**body, "recipients": ["emil", "edith"]})
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3600")
        assert refused.headers["RateLimit"] == '"requests";r=7;t=60, "recipients";r=1;t=3600'
        assert ada.get("/channels").headers["RateLimit"] == '"requests";r=6;t=60'


def test_everybody_may_ask_for_the_methods(app):
    answer = app.test_client().options(f"{API}/channels")
    assert (answer.status_code, "GET" in answer.headers["Allow"]) == (200, True)
    assert app.test_client().post(f"{API}/channels").json["code"] == "not_allowed"


def test_patterns_are_held_against_whole_texts():
    """The library's own takes a line break at the end for the end."""
    torn = [path for path in modules("webapp/api") if re.search(r"validate\.Regexp\((?!\w*\):)", read(path))]
    assert torn == []
