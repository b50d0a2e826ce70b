"""Mappings, as administrators' programs see them and set them up."""

import pytest

RULE = {"channel": "team.news", "type": "org.example.*", "source": "/orders/*", "recipients": ["emil", "role:operator"]}


@pytest.fixture
def ada(program_of, world):
    return program_of("ada", role="admin")


@pytest.fixture
def add(ada):
    """Gives the id of one more mapping."""
    return lambda **more: ada.post("/mappings", {**RULE, **more}).json["id"]


def ids(answer):
    return [it["id"] for it in answer.json["items"]]


def test_one_is_made_and_shown(ada):
    made = ada.post("/mappings", RULE)
    assert made.status_code == 201
    assert {name: made.json[name] for name in RULE} == RULE
    assert made.headers["Location"].endswith(f"/api/v1/mappings/{made.json['id']}")
    assert ada.get(f"/mappings/{made.json['id']}").json == made.json


def test_they_come_in_the_order_in_which_they_are_asked(ada, add):
    first, second, third = add(), add(), add()
    ada.post(f"/mappings/{third}/moves", {"places": -5})
    page = ada.get("/mappings?limit=2")
    assert ids(page) == [third, first]
    assert ids(ada.get(f"/mappings?after={page.json['next']}")) == [second]
    ada.ask("DELETE", f"/mappings/{first}")
    assert ada.get(f"/mappings?after={page.json['next']}").status_code == 422


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"channel": "no.such"}, "channel"), ({"recipients": ["nobody"]}, "recipients"), ({"type": ""}, "type"),
     ({"colour": "red"}, "colour")],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_place_and_nothing_is_written(ada, wrong, field):
    answer = ada.post("/mappings", {**RULE, **wrong})
    assert (answer.status_code, [it["field"] for it in answer.json["errors"]]) == (422, [field])
    assert ids(ada.get("/mappings")) == []


def test_of_two_who_change_it_the_second_is_told(ada, add):
    id = add()
    change = {**RULE, "type": "*", "version": 1}
    answers = [ada.ask("PUT", f"/mappings/{id}", change) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 409]
    assert (answers[0].json["type"], answers[0].json["version"]) == ("*", 2)


def test_one_that_is_removed_is_told_and_gone(ada, add):
    id = add()
    assert ada.ask("DELETE", f"/mappings/{id}").json["id"] == id
    assert [ada.ask(method, f"/mappings/{id}").status_code for method in ("GET", "DELETE")] == [404, 404]


def test_a_trial_names_the_first_that_would_take_an_event_and_posts_nothing(ada, add, world):
    first = add()
    add(type="*", source="*")
    asked = {"type": "org.example.paid", "source": "/orders/7"}
    assert ada.post("/mappings/trial", asked).json["mapping"]["id"] == first
    ada.ask("DELETE", f"/mappings/{first}")
    assert ada.post("/mappings/trial", asked).json["mapping"]["type"] == "*"
    assert world.rows() == []


def test_a_trial_of_what_none_takes(ada, add):
    add()
    assert ada.post("/mappings/trial", {"type": "a", "source": "b"}).json == {"taken": False, "mapping": None}
