"""What an administrator can and cannot fill in for an HTTP service."""

import pytest

from webapp.domain.field import FORMER, idle, parse_fields
from webapp.domain.refusal import Refused
from webapp.providers import kinds
from webapp.providers._signing import make_key
from webapp.providers.http._account import FIELDS, Account, problems

LEAST = {"url": "https://relay.example.com/send"}
BASIC = {"auth": "basic", "username": "belfry", "secret": 'Pa"ss wörd/9'}
BEARER = {"auth": "bearer", "secret": "Token-9"}


def test_an_address_is_enough():
    values = parse_fields(FIELDS, LEAST)
    assert problems(values) == {}
    expected = {"auth": "none", "timeout": 10, "give_up": "410", "zitadel": False}
    assert {name: values[name] for name in expected} == expected
    assert {"username", "secret"} <= idle(FIELDS, values)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("relay.example.com/send", "https://relay.example.com/send"),
        (" https://relay.example.com ", " https://relay.example.com "),
        ("http://localhost", "http://localhost"),
        ("", ""),
    ],
)
def test_an_address_without_its_beginning_is_encrypted(typed, meant):
    assert kinds()["http"].tidied({"url": typed, "auth": "none"}) == {"url": meant, "auth": "none"}


@pytest.mark.parametrize("typed", [BASIC, BEARER])
@pytest.mark.parametrize("url", ["http://relay.example.com/", "http://10.0.0.1/", "http://localhost.example.com/"])
def test_credentials_are_not_to_be_read_on_the_way(url, typed):
    assert "https" in problems(parse_fields(FIELDS, {"url": url, **typed}))["url"]
    assert problems(parse_fields(FIELDS, {"url": url})) == {}
    for safe in ("http://localhost:8080/", "http://127.0.0.1/", url.replace("http:", "https:")):
        assert problems(parse_fields(FIELDS, {"url": safe, **typed})) == {}


def test_signing_in_wants_what_it_needs():
    with pytest.raises(Refused) as caught:
        parse_fields(FIELDS, {**LEAST, "auth": "basic"})
    assert set(caught.value.problems) == {"username", "secret"}
    with pytest.raises(Refused) as caught:
        parse_fields(FIELDS, {**LEAST, "auth": "bearer"})
    assert set(caught.value.problems) == {"secret"}


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("url", "relay.example.com"),
        ("url", "ftp://relay.example.com/"),
        ("url", "https://emil:secret@relay.example.com/"),
        ("headers", "no colon"),
        ("headers", "X-A: 1\nx-a: 2"),
        ("give_up", "4xx"),
        ("give_up", "200"),
        ("give_up", "410 600"),
        ("give_up", "²"),
        ("ca", "no certificate"),
    ],
)
def test_what_does_not_fit_is_named(name, typed):
    assert set(problems(parse_fields(FIELDS, {**LEAST, name: typed}))) == {name}


def test_a_secret_or_a_name_cannot_break_its_header():
    assert set(problems(parse_fields(FIELDS, {**LEAST, **BEARER, "secret": "a\r\nX-B: c"}))) == {"secret"}
    assert set(problems(parse_fields(FIELDS, {**LEAST, **BASIC, "username": "a:b"}))) == {"username"}


@pytest.mark.parametrize(
    ("typed", "statuses"), [("410", {410}), ("", set()), ("410, 422;451  404", {404, 410, 422, 451})]
)
def test_statuses_to_give_up_on(typed, statuses):
    assert Account.of(parse_fields(FIELDS, {**LEAST, "give_up": typed})).give_up == statuses


def test_the_newest_key_is_the_first_and_what_is_none_is_left_out():
    new, old = make_key(), make_key()
    given = parse_fields(FIELDS, LEAST) | {"signing_key": new, f"signing_key{FORMER}": old}
    assert Account.of(given).credentials.keys == (new, old)
    assert Account.of(given | {f"signing_key{FORMER}": ""}).credentials.keys == (new,)
    assert Account.of(given | {"signing_key": "anything"}).credentials.keys == (old,)


def test_no_secret_is_in_its_repr_and_each_spelling_is_masked():
    key = make_key()
    account = Account.of(parse_fields(FIELDS, {**LEAST, **BASIC}) | {"signing_key": key})
    spellings = [
        BASIC["secret"],
        'Pa\\"ss wörd/9',
        'Pa\\"ss w\\u00f6rd/9',
        "Pa%22ss%20w%C3%B6rd/9",
        "Pa%22ss%20w%C3%B6rd%2F9",
    ]
    spellings += ["YmVsZnJ5OlBhInNzIHfDtnJkLzk=", "UGEic3Mgd8O2cmQvOQ==", key, key.removeprefix("whsec_")]
    assert account.mask(" ".join(spellings)) == " ".join(["•••"] * len(spellings))
    assert not any(spelling in repr(account) for spelling in spellings)
    assert Account.of(parse_fields(FIELDS, LEAST)).mask("nothing to hide") == "nothing to hide"
