"""People, as programs see them."""

import pytest


@pytest.fixture
def team(add_person):
    add_person("emil", display_name="Emil Moreau", email="e.moreau@example.com", phone="+4930901820")
    add_person("edith", display_name="Edith Mornay", email=None)


@pytest.mark.parametrize(
    ("name", "found"),
    [("mor", ["edith", "emil"]), ("MOREAU", ["emil"]), ("e.mo", ["emil"]), ("ore", []), ("%25%25", [])],
)
def test_people_are_found_by_the_beginning_of_a_word(program_of, team, name, found):
    people = program_of("ada").get(f"/users?name={name}").json
    assert ([it["username"] for it in people["items"]], people["next"]) == (found, None)


def test_they_come_in_pages(program_of, team):
    ada = program_of("ada")
    first = ada.get("/users?name=mor&limit=1").json
    second = ada.get(f"/users?name=mor&limit=1&after={first['next']}").json
    assert [it["username"] for it in first["items"] + second["items"]] == ["edith", "emil"]
    assert second["next"] is None
    assert ada.get("/users?name=mor&after=nobody").status_code == 422


@pytest.mark.parametrize("bad", ["", "name=", "name=m", f"name={'m' * 101}"])
def test_a_search_needs_two_characters(program_of, bad):
    answer = program_of("ada").get(f"/users?{bad}")
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "name")


@pytest.mark.parametrize("role", ["editor", "operator"])
def test_others_read_nothing_but_names(program_of, team, role):
    ada, name = program_of("ada", role=role), {"username": "emil", "display_name": "Emil Moreau"}
    assert ada.get("/users/emil").json == name
    assert ada.get("/users?name=emil").json["items"] == [name]


def test_an_administrator_reads_addresses_too(program_of, team):
    assert program_of("ada", role="admin").get("/users/emil").json == {
        "username": "emil", "display_name": "Emil Moreau", "role": "editor", "email": "e.moreau@example.com",
        "phone": "+4930901820", "phone_verified": False, "zone": "UTC", "locale": "en_GB", "active": True,
    }  # fmt: skip


@pytest.mark.parametrize("nobody", ["nobody", "mor", "EMIL", "a%20b"])
def test_nobody(program_of, team, nobody):
    assert program_of("ada").get(f"/users/{nobody}").status_code == 404
