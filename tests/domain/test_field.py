"""Fields: what was typed becomes values, or a sentence for each bad field."""

import pytest

from webapp.domain.field import Field, idle, parse_fields
from webapp.domain.refusal import Refused

PORT = Field("port", "Port", "number", 25, least=1, most=65535)
AUTH = Field("auth", "Sign-in", "choice", "none", choices=(("none", "None"), ("plain", "PLAIN")))
USER = Field("user", "User", required=True, only_if=("auth", ("plain",)))
HOST = Field("host", "Host", required=True)
SECRET = Field("password", "Password", "secret")
LOUD = Field("loud", "Loud", "switch", False)


@pytest.mark.parametrize(
    ("field", "raw", "value"),
    [
        (HOST, "  a.example ", "a.example"),
        (SECRET, " kept as it is ", " kept as it is "),
        (SECRET, "", ""),
        (PORT, "587", 587),
        (PORT, " 5.5 ", 5.5),
        (PORT, "", 25),
        (AUTH, "plain", "plain"),
        (LOUD, "Yes", True),
        (LOUD, "off", False),
        (LOUD, "", False),
    ],
)
def test_what_it_reads(field, raw, value):
    assert field.parse(raw) == value
    assert type(field.parse(raw)) is type(value)


@pytest.mark.parametrize(
    ("field", "raw", "words"),
    [
        (HOST, "  ", "fill this in"),
        (PORT, "x", "not “x”"),
        (PORT, "0", "from 1 to 65535"),
        (PORT, "nan", "from 1 to 65535"),
        (PORT, "inf", "from 1 to 65535"),
        (Field("n", "N", "number", least=2), "1", "A number from 2, please."),
        (Field("n", "N", "number", least=1, most=1_000_000), "0", "A number from 1 to 1000000, please."),
        (Field("n", "N", "number", most=2), "3", "A number to 2, please."),
        (Field("n", "N", "number"), "nan", "A number, please."),
        (AUTH, "oauth", "One of none, plain"),
        (LOUD, "perhaps", "yes or no"),
    ],
)
def test_what_it_refuses(field, raw, words):
    with pytest.raises(ValueError, match=words):
        field.parse(raw)


def test_only_a_secret_is_one():
    assert [field.secret for field in (SECRET, HOST)] == [True, False]


def test_defaults_fill_what_was_left_out():
    assert parse_fields([HOST, PORT, AUTH, LOUD], {"host": "a"}) == {
        "host": "a",
        "port": 25,
        "auth": "none",
        "loud": False,
    }


def test_every_bad_field_is_named_at_once():
    with pytest.raises(Refused) as caught:
        parse_fields([HOST, PORT, AUTH], {"port": "x", "auth": "y", "colour": "red"})
    assert list(caught.value.problems) == ["colour", "host", "port", "auth"]
    assert "Known are: auth, host, port" in caught.value.problems["colour"]


@pytest.mark.parametrize(("auth", "refused"), [("none", False), ("plain", True)])
def test_a_field_that_is_switched_off_may_stay_empty(auth, refused):
    raw = {"auth": auth, "user": ""}
    if refused:
        with pytest.raises(Refused, match="user: Please fill this in"):
            parse_fields([AUTH, USER], raw)
    else:
        assert parse_fields([AUTH, USER], raw)["auth"] == auth
    assert idle([AUTH, USER], raw) == (set() if refused else {"user"})
