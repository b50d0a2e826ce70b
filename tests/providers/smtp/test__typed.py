"""What an administrator can and cannot fill in for an SMTP server."""

import pytest

from webapp.domain.field import parse_fields
from webapp.domain.refusal import Refused
from webapp.providers import kinds
from webapp.providers.smtp._account import Account
from webapp.providers.smtp._typed import FIELDS, problems, tidied

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
    assert problems({**parse_fields(FIELDS, typed), "host": ""}) == {}  # not named yet: it may be this machine


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
        ("bounces_to", "jörg@example.com"),
        ("host", "email-smtp.<region>.amazonaws.com"),
        ("helo", "not a name"),
        ("helo", "-a.example.com"),
        ("helo", "[300.0.2.1]"),
        ("certificates", "no certificate"),
        ("certificates", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
        ("certificates", "-----BEGIN CERTIFICATE-----\nMIIB"),
        ("certificates", "Zertifikät"),
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


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ({"host": "mail.example.com"}, {}),
        ({"host": "mail.example.com", "port": "2525"}, {}),
        ({"host": " mail.example.com:25 "}, {"host": "mail.example.com", "port": "25"}),
        ({"host": "mail.example.com:25", "port": ""}, {"host": "mail.example.com", "port": "25"}),
        ({"host": "mail.example.com:25", "port": "587"}, {"host": "mail.example.com", "port": "25"}),
        ({"host": "mail.example.com:25", "port": "25"}, {"host": "mail.example.com"}),
        ({"host": "smtp://mail.example.com:2525/"}, {"host": "mail.example.com", "port": "2525"}),
        ({"host": "SMTP://mail.example.com"}, {"host": "mail.example.com"}),
        ({"host": "smtps://mail.example.com"}, {"host": "mail.example.com", "port": "465", "security": "tls"}),
        (
            {"host": "smtps://mail.example.com", "port": "2465", "security": "starttls"},
            {"host": "mail.example.com", "security": "tls"},
        ),
        (
            {"host": "smtps://mail.example.com:2465", "port": "587", "security": "none"},
            {"host": "mail.example.com", "port": "2465"},
        ),
        ({"host": "[::1]:25"}, {"host": "::1", "port": "25"}),
        ({"host": "[::1]"}, {"host": "::1"}),
        ({"host": "::1"}, {}),
        ({"host": ""}, {}),
        ({}, {}),
        ({"host": "smtp://me:secret@mail.example.com"}, {}),
        ({"host": "https://mail.example.com"}, {}),
        ({"host": "mail.example.com:mail"}, {}),
    ],
)
def test_what_was_meant(typed, meant):
    assert tidied(typed) == typed | meant


@pytest.mark.parametrize("host", ["mail.example.com:25", "smtp://mail.example.com:25", "[2001:db8::1]:25"])
def test_two_different_ports_are_asked_about(host):
    tidy = tidied(LEAST | {"host": host, "port": "465"})
    assert tidy["port"] == "465"
    assert "which of them" in problems(parse_fields(FIELDS, tidy))["host"]


@pytest.mark.parametrize("name", ["belfry.example.com", "belfry", "[192.0.2.1]", "[IPv6:2001:db8::1]", ""])
def test_names_to_greet_with(name):
    assert problems(parse_fields(FIELDS, {**LEAST, "helo": name})) == {}


def test_certificates_as_they_are_pasted(make_certificate):
    made = [make_certificate(), make_certificate("other.example.com")]
    whole = [one.file.read_text() for one in made]
    blocks = [text[: text.index("-----BEGIN PRIVATE")] for text in whole]
    assert problems(parse_fields(FIELDS, {**LEAST, "certificates": "# ours\n" + "\r\n".join(blocks)})) == {}
    assert "private key" in problems(parse_fields(FIELDS, {**LEAST, "certificates": whole[0]}))["certificates"]
