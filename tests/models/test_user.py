"""The rows of people, and the words by which they are found."""

import pytest
from sqlalchemy import select

from webapp.models import user as users
from webapp.models.user import UserWord, words_of


@pytest.fixture
def add(session, clock):
    def make(username, role="editor", **columns):
        return users.add(
            session, username=username, display_name=username, role=role, created_at=clock.now(), **columns
        )

    return make


def words(session) -> list[str]:
    return sorted(session.scalars(select(UserWord.word)))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Emil Moreau", {"emil moreau", "emil", "moreau"}),
        ("e.moreau+x@example.com", {"e.moreau+x@example.com", "e", "moreau", "x", "example", "com"}),
        ("STRASSE Straße", {"strasse strasse", "strasse"}),
        ("", set()),
        (None, set()),
        ("--", {"--"}),
    ],
)
def test_words(text, found):
    assert words_of(text) == found


def test_a_word_is_no_longer_than_its_column():
    assert {len(word) for word in words_of("x" * 300)} == {254}


def test_words_come_and_follow_and_go(add, session):
    emil = add("emil", email="emil@example.com")
    assert words(session) == ["com", "emil", "emil@example.com", "example"]
    users.change(session, emil, display_name="Emil Petit", email=None)
    assert words(session) == ["emil", "emil petit", "petit"]
    session.delete(emil)
    session.flush()
    assert words(session) == []


def test_many_at_once_are_found_as_one_by_one(session, clock):
    row = {"display_name": "Emil Moreau", "email": "emil@example.com", "role": "editor", "created_at": clock.now()}
    users.add_all(session, [{"username": "emil", **row}, {"username": "x", **row, "display_name": "X", "email": None}])
    assert words(session) == sorted([*words_of("emil", "Emil Moreau", "emil@example.com"), "x"])
    emil = users.named(session, "emil")
    assert emil
    assert (emil.active, emil.demo, emil.tz, emil.password_hash) == (True, False, "UTC", None)
    assert [user.username for user in users.in_order(session, partial="mor")] == ["emil"]


def test_who_is_taken_of_more_names_than_a_statement_may_have(add, session):
    add("emil")
    asked = [f"p{number}" for number in range(2500)]
    assert users.taken(session, [*asked, "emil", "emil"]) == {"emil"}
    assert users.taken(session, []) == set()


def test_in_order_and_by_their_beginning(add, session):
    for name in ("cleo", "Bea", "ann"):
        add(name)
    assert [user.username for user in users.in_order(session)] == ["ann", "Bea", "cleo"]
    assert [user.username for user in users.in_order(session, most=2)] == ["ann", "Bea"]
    assert [user.username for user in users.in_order(session, partial="BE")] == ["Bea"]
    assert users.in_order(session, partial="e") == []


def test_by_name(add, session):
    assert users.named(session, "ann") is None
    ann = add("ann", password_hash="hashed")
    assert users.named(session, "ann") is ann
    assert users.password_hash(session, "ann") == "hashed"
    assert users.password_hash(session, "nobody") is None


def test_several_by_name_in_the_order_of_their_names(add, session):
    ann, cleo = add("ann"), add("cleo")
    assert users.several(session, ["cleo", "nobody", "ann", "cleo"]) == [ann, cleo]


def test_the_demo_team_is_marked(add, session):
    add("ann")
    ada = add("ada", demo=True)
    assert list(users.demo_team(session)) == [ada]


def test_active_administrators(add, session):
    ada = add("ada", role="admin")
    add("asleep", role="admin", active=False)
    add("olaf", role="operator")
    assert users.lock_active_admins(session) == {ada.id}
