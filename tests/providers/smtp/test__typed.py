"""What an administrator can and cannot fill in for an SMTP server."""

import pytest

from webapp.domain.field import parse_fields
from webapp.domain.refusal import Refused
from webapp.providers import kinds
from webapp.providers.smtp._account import FIELDS, Account, problems

LEAST = {"host": "mail.example.com", "sender": "belfry@example.com"}
SIGNED_IN = {"auth": "plain", "username": "belfry", "password": "secret"}


def test_host_and_sender_are_enough():
    values = parse_fields(FIELDS, LEAST)
    assert problems(values) == {}
    expected = {"port": 587, "security": "starttls", "auth": "none", "timeout": 10}
    assert {name: values[name] for name in expected} == expected


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "::1", "127.9.9.9"])
def test_this_machine_may_be_signed_in_to_in_clear(host):
    assert problems(parse_fields(FIELDS, {**LEAST, **SIGNED_IN, "security": "none", "host": host})) == {}


@pytest.mark.parametrize("host", ["mail.example.com", "10.0.0.1", "localhost.example.com", "0.0.0.0"])
@pytest.mark.parametrize("auth", ["plain", "login"])
def test_no_other_may(host, auth):
    typed = {**LEAST, **SIGNED_IN, "auth": auth, "security": "none", "host": host}
    assert "readably" in problems(parse_fields(FIELDS, typed))["security"]
    assert problems(parse_fields(FIELDS, {**typed, "security": "tls"})) == {}


def test_signing_in_wants_a_name_and_a_password():
    with pytest.raises(Refused) as caught:
        parse_fields(FIELDS, {**LEAST, "auth": "plain"})
    assert set(caught.value.problems) == {"username", "password"}


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("host", "smtp://mail.example.com"),
        ("host", "mail.example.com/x"),
        ("host", "mail.example.com:587"),
        ("host", "mail example com"),
        ("host", "me@mail.example.com"),
        ("port", "587.5"),
        ("sender", "belfry"),
        ("sender", "Belfry <belfry@example.com>"),
        ("sender", "jörg@example.com"),
        ("reply_to", "nobody"),
        ("sender_name", "Bel\u2028fry"),
        ("sender_name", "Bel\nfry"),
    ],
)
def test_what_does_not_fit_is_named(name, typed):
    assert set(problems(parse_fields(FIELDS, {**LEAST, name: typed}))) == {name}


@pytest.mark.parametrize(("name", "typed"), [("port", "0"), ("port", "70000"), ("timeout", "0"), ("timeout", "26")])
def test_numbers_have_bounds(name, typed):
    with pytest.raises(Refused):
        parse_fields(FIELDS, {**LEAST, name: typed})


def test_a_try_takes_twice_the_timeout_at_most(surroundings):
    provider = kinds()["smtp"]("Office", parse_fields(FIELDS, {**LEAST, "timeout": "7.5"}), surroundings)
    assert provider.timeout == 15


def test_an_account_shows_no_secret(surroundings):
    account = Account.of(parse_fields(FIELDS, {**LEAST, **SIGNED_IN, "password": "Pässword"}), surroundings)
    assert "Pässword" not in repr(account)
    spellings = ["Pässword", "UMOkc3N3b3Jk", "AGJlbGZyeQBQw6Rzc3dvcmQ="]
    assert account.mask(f"no: {' '.join(spellings)}") == "no: ••• ••• •••"
