"""A person's details: what is refused, and the one form in which they are kept."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.domain import region
from webapp.domain.refusal import Refused
from webapp.domain.role import Role
from webapp.services.people import details

GOOD = {"display_name": "Edith Hale", "email": "edith@example.com", "phone": None, "tz": "UTC", "locale": "en_GB"}


def problems(**changed) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        details.checked(**GOOD | changed)
    return caught.value.problems


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("display_name", "  Édith 🎉 ", "Édith 🎉"),
        ("email", " Edith@Example.COM ", "Edith@example.com"),
        ("email", "", None),
        ("email", "edith@bücher.example.com", "edith@bücher.example.com"),
        ("phone", "+49 30 901820", "+4930901820"),
        ("phone", "+1 (212) 555-0100", "+12125550100"),
        ("phone", " ", None),
        ("tz", "Europe/Paris", "Europe/Paris"),
        ("locale", "de-at", "de_AT"),
        ("locale", "zh_Hans", "zh_Hans"),
    ],
)
def test_what_is_typed_is_kept_in_one_form(field, typed, kept):
    assert details.checked(**GOOD | {field: typed})[field] == kept


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        *[("display_name", text) for text in ("", "x" * 101, "two\nlines", "nul\x00", "\ud83d")],
        *[
            ("email", text)
            for text in ("nope", "a@b", "a b@example.com", "a@example.com\r\nBcc: b@c", "a\x00@b.example")
        ],
        *[("phone", text) for text in ("030 901820", "+49", "+1 555 0100", "not a number", "+\x00")],
        *[("tz", text) for text in ("", "Mars/Base", "../../etc/passwd", "europe/paris ")],
        *[("locale", text) for text in ("", "xx", "en\x00", "\ud83d", "de_DE@" + "x" * 40)],
    ],
    ids=ascii,
)
def test_what_is_wrong_is_named(field, typed):
    assert list(problems(**{field: typed})) == [field]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("edith", "This is no e-mail address: An email address must have an @-sign."),
        ("Edith <edith@example.com>", "Write it as name@example.com."),
        ("☃ مرحبا <b>x</b>", "Write it as name@example.com."),
    ],
)
def test_how_an_address_is_written_is_said(typed, words):
    assert problems(email=typed) == {"email": words}


def test_everything_that_is_wrong_is_named_at_once():
    assert set(problems(display_name="", email="x", phone="1", tz="x", locale="x")) == set(GOOD)


@settings(deadline=None)
@given(st.text())
def test_any_text_is_kept_or_refused_and_never_a_crash(text):
    for field in GOOD:
        with suppress(Refused):
            details.checked(**GOOD | {field: text})


@pytest.mark.parametrize("name", ["a", "edith", "emil.moreau", "x_1-2", "1", "n" * 50])
def test_usernames_that_are_fine(name):
    assert details.problem_in_username(name) is None


@pytest.mark.parametrize("name", ["", "Edith", "édith", "a b", "a/b", "a\n", "n" * 51, "\x00", "a@b"], ids=ascii)
def test_usernames_that_are_none(name):
    assert details.problem_in_username(name)


def test_a_role_by_its_name():
    assert details.checked_role("operator") is Role.OPERATOR
    with pytest.raises(Refused) as caught:
        details.checked_role("boss")
    assert caught.value.problems == {"role": "One of editor, operator, admin, please."}


def test_what_there_is_to_choose_from_is_itself_fine():
    for code, _name in region.locales():
        assert details.checked(**GOOD | {"locale": code})["locale"] == code
    for zone in region.zones():
        assert details.checked(**GOOD | {"tz": zone})["tz"] == zone
