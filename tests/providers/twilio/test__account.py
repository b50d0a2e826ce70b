"""What an administrator types for Twilio: what is a slip is named, what was meant is understood."""

import pytest

from webapp.domain.field import parse_fields
from webapp.domain.refusal import Refused
from webapp.providers import Surroundings, kinds

TWILIO = kinds()["twilio"]
HEX = "0123456789abcdef" * 2
TYPED = {"account_sid": "AC" + HEX, "auth_token": "a secret", "sender": "+4930901820"}


def parsed(**typed):
    return parse_fields(TWILIO.all_fields(), TWILIO.tidied({**TYPED, **typed}))


def problem(name, text):
    """What is said of one field; nothing where it is fine."""
    return TWILIO.problems(parsed(**{name: text})).get(name, "")


@pytest.mark.parametrize(
    ("typed", "sent_as", "note"),
    [
        ("+4930901820", "+4930901820", "This is a phone number."),
        (" +49 (30) 90 18-20 ", "+4930901820", "This is a phone number."),
        ("0049 30 901820", "+4930901820", "This is a phone number."),
        ("+91 98765 43210", "+919876543210", "This is a phone number."),
        ("12345", "12345", "This is a short code."),
        ("123", "123", "This is a short code."),
        ("Belfry", "Belfry", "This is a name, which cannot be answered."),
        ("MGM Hotel", "MGM Hotel", "This is a name, which cannot be answered."),
        ("A-1 + B_2&3", "A-1 + B_2&3", "This is a name, which cannot be answered."),
        ("MG" + HEX, "MG" + HEX, "This is a messaging service, which chooses the sender."),
    ],
)
def test_a_sender_is_understood_as_one_of_four(typed, sent_as, note):
    settings = parsed(sender=typed)
    assert TWILIO.problems(settings) == {}
    assert settings["sender"] == sent_as
    assert TWILIO.notes(settings) == {"sender": note}


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("+49", "A phone number with its country's code"),
        ("+49 1", "A phone number with its country's code"),
        ("12", "a short code has 3 to 8 digits"),
        ("4930901820", "A phone number begins with +"),
        ("Notifications", "at most 11 signs: this has 13"),
        ("Belfry!", "letters and digits"),
        ("Glöckner", "letters and digits"),
        ("12 34", "at least one letter"),
        ("MG" + HEX[:30], "here 30 signs follow the MG"),
        ("MG" + HEX.upper(), "0–9 and a–f"),
        ("PN" + HEX, "only a messaging service's (MG…) can send"),
        ("whatsapp:+4930901820", "letters and digits"),
    ],
)
def test_what_cannot_be_a_sender_is_told_why(typed, says):
    assert says in problem("sender", typed)
    assert TWILIO.notes(parsed(sender=typed)) == {}


@pytest.mark.parametrize(
    ("name", "text"), [("account_sid", "SK" + HEX), ("account_sid", "AC" + HEX[1:]), ("verify_service", "MG" + HEX)]
)
def test_an_sid_of_another_thing_is_told_apart(name, text):
    assert f"begins with “{text[:2]}” and has {len(text)} signs" in problem(name, text)


def test_sids_are_pasted_with_their_spaces():
    assert parsed(account_sid=f"  {TYPED['account_sid']}\n")["account_sid"] == TYPED["account_sid"]


def test_a_secret_is_kept_as_it_was_typed():
    assert parsed(auth_token=" a secret ")["auth_token"] == " a secret "


@pytest.mark.parametrize("text", ["", "https://twilio.example.com", "https://proxy.example.com:8443/twilio/"])
def test_an_endpoint_may_be_anywhere_by_https(text):
    assert problem("endpoint", text) == ""


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8080", "[::1]:8080"])
def test_an_endpoint_on_this_machine_needs_no_encryption(host):
    assert problem("endpoint", f"http://{host}") == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("http://twilio.example.com", "readably"),
        ("http://10.0.0.1", "readably"),
        ("twilio.example.com", "https://"),
        ("ftp://twilio.example.com", "https://"),
        ("https://me:secret@twilio.example.com", "password"),
        ("https://twilio.example.com/?to=me", "behind a ?"),
        ("https://twilio.example.com/#here", "#"),
        ("https://[", "address"),
    ],
)
def test_any_other_endpoint_is_told_why(text, says):
    assert says in problem("endpoint", text)


def test_where_the_secret_goes_to_are_the_account_and_the_endpoint():
    assert {field.name for field in TWILIO.fields if field.target} == {"account_sid", "endpoint"}


def test_an_api_key_needs_its_sid_and_secret():
    with pytest.raises(Refused) as caught:
        parsed(auth="key")
    assert set(caught.value.problems) == {"api_key", "api_secret"}
    by_key = parsed(auth="key", api_key="AC" + HEX, api_secret="x")
    assert "SK and 32" in TWILIO.problems(by_key)["api_key"]


def test_every_culprit_is_a_field():
    assert set(TWILIO.culprits.values()) <= {field.name for field in TWILIO.fields}


def test_no_secret_is_in_what_it_looks_like(surroundings):
    typed = {"auth": "key", "api_key": "SK" + HEX, "api_secret": "hush-hush", "signing_token": "very-hush"}
    provider = TWILIO("Texts", parsed(**typed), surroundings)
    shown = repr(provider) + repr(vars(provider)["_account"])
    assert not any(secret in shown for secret in ("a secret", "hush"))


def test_it_works_before_anything_of_it_is_imported(surroundings: Surroundings):
    """The SDK takes a quarter second: it is not paid for at the start."""
    import subprocess
    import sys

    made = "from webapp.providers import kinds; kinds()['twilio']; import sys; print('twilio' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", made], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"
