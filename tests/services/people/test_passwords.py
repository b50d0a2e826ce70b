"""Passwords: strong enough, and the same work for somebody who does not exist."""

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from webapp.services.people import passwords
from webapp.services.people.passwords import HASHER, NOBODYS, fits, hashed, problem_in_password


@pytest.fixture(autouse=True)
def _as_in_life(monkeypatch):
    monkeypatch.setattr(passwords, "HASHER", HASHER)  # as it was imported, before tests/support/people.py


def test_only_the_same_password_fits():
    kept = hashed("correct horse battery")
    assert fits(kept, "correct horse battery")
    assert not fits(kept, "correct horse battery ")
    assert "correct" not in kept
    assert hashed("correct horse battery") != kept


@pytest.mark.parametrize("kept", [hashed("whatever it is"), NOBODYS], ids=["somebody", "nobody"])
def test_argon2id_with_19_mib_or_more(kept):
    told = extract_parameters(kept)
    assert told.type is Type.ID
    assert (told.memory_cost, told.time_cost, told.parallelism) >= (19 * 1024, 2, 1)


def test_nobody_costs_as_much_as_somebody():
    assert extract_parameters(NOBODYS) == extract_parameters(hashed("whatever it is"))


@pytest.mark.parametrize("kept", [hashed("a password"), None], ids=["somebody", "nobody"])
def test_the_hasher_is_asked_whoever_it_is(kept, monkeypatch):
    asked = []

    class Watching:
        def verify(self, *given):
            asked.append(given)
            return HASHER.verify(*given)

    monkeypatch.setattr(passwords, "HASHER", Watching())
    assert not fits(kept, "another one")
    assert len(asked) == 1


@pytest.mark.parametrize("kept", ["", "no hash at all", "$argon2id$broken"])
def test_a_broken_hash_fits_nothing(kept):
    assert not fits(kept, "")


def test_half_a_character_is_a_wrong_password_and_no_crash():
    assert not fits(hashed("whatever it is"), "\ud83d")


@pytest.mark.parametrize(
    "password", ["", " " * 9, "seven77", "x" * 201, "with\x00nul and more", "half \ud83d of one"], ids=ascii
)
def test_a_new_password_that_will_not_do(password):
    assert problem_in_password(password)


@pytest.mark.parametrize("password", ["eight888", "x" * 200, "with spaces and ünïcode 🎉"])
def test_a_new_password_that_will_do(password):
    assert problem_in_password(password) is None
