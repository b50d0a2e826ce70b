"""The provider ``twilio``, through its door and over real sockets: what goes out, and as whom."""

import logging
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.providers.twilio.conftest import AT, GERMAN, INDIAN
from tests.support.twilio import Said
from webapp.domain.envelope import (
    Blame,
    Certainty,
    ConfigurationFailure,
    Failure,
    PermanentFailure,
    TemporaryFailure,
    Transcript,
)
from webapp.domain.reason import Reason
from webapp.providers import Surroundings, kinds

CALLBACK = "https://belfry.example.com/callbacks/01"


# --- what goes out ---


def test_a_message_is_taken(twilio, make_twilio, sms, transcript):
    accepted = make_twilio().send(sms(text="  Lunch is at noon.\n"), transcript)
    taken = twilio.messages[-1]
    assert (taken["to"], taken["from"], taken["body"]) == (GERMAN, twilio.number, "Lunch is at noon.")
    assert accepted.reply == f"{taken['sid']}: queued, segments: 1"
    assert twilio.callback is None
    assert [phase.name for phase in transcript.phases] == ["message", "look-up", "connect", "request", "answer"]


def test_many_threads_may_begin_at_the_same_time(twilio, make_twilio, sms):
    provider, at_once = make_twilio(), 16
    ready = Barrier(at_once)

    def send() -> str:
        ready.wait()
        try:
            return provider.send(sms(), Transcript(time.monotonic, AT)).reply
        finally:
            provider.close()

    with ThreadPoolExecutor(at_once) as pool:
        replies = [each.result() for each in [pool.submit(send) for _ in range(at_once)]]
    assert sorted(replies) == sorted(f"{each['sid']}: queued, segments: 1" for each in twilio.messages)


@pytest.mark.parametrize(("typed", "sent_to"), [("+49 151 12345678", GERMAN), ("+91 98765-43210", INDIAN)])
def test_numbers_of_the_whole_world(twilio, make_twilio, sms, transcript, typed, sent_to):
    make_twilio().send(sms(address=typed), transcript)
    assert twilio.messages[-1]["to"] == sent_to


@pytest.mark.parametrize(
    ("kept", "to"),
    [
        ("+4915112345678", "+4915112345678"),
        ("+49 151 / 123-456 78", "+4915112345678"),
        ("+919876543210", "+919876543210"),
        ("+91 98765 43210", "+919876543210"),
    ],
)
def test_a_german_and_an_indian_number_arrive_as_they_are_dialled(twilio, make_twilio, sms, transcript, kept, to):
    make_twilio().send(sms(address=kept), transcript)
    assert twilio.requests[-1].form["To"] == to
    assert twilio.messages[-1]["to"] == to


@pytest.mark.parametrize("address", ["", "emil", "0151 12345678", "+49", "12345"])
def test_what_is_no_number_is_the_recipients_and_asks_nobody(twilio, make_twilio, sms, transcript, address):
    with pytest.raises(PermanentFailure) as caught:
        make_twilio().send(sms(address=address), transcript)
    assert (caught.value.reason, caught.value.blame) == (Reason.RECIPIENT_REFUSED, Blame.RECIPIENT)
    assert twilio.requests == []
    assert "such as +49" in transcript.phases[-1].words


@pytest.mark.parametrize(
    ("sender", "what"),
    [
        ("+4930901820", "a phone number"),
        ("12345", "a short code"),
        ("Belfry", "a name, which cannot be answered"),
    ],
)
def test_what_it_is_from(twilio, make_twilio, sms, transcript, sender, what):
    make_twilio(sender=sender).send(sms(), transcript)
    assert twilio.requests[-1].form["From"] == sender
    assert f"From {sender}: {what}" in transcript.phases[0].words


def test_a_messaging_service_chooses_the_sender(twilio, make_twilio, sms, transcript):
    accepted = make_twilio(sender=twilio.messaging_service).send(sms(), transcript)
    form = twilio.requests[-1].form
    assert form["MessagingServiceSid"] == twilio.messaging_service
    assert "From" not in form
    assert "accepted" in accepted.reply
    assert f"From {twilio.messaging_service}: a messaging service" in transcript.phases[0].words


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("Lunch", "GSM-7, 5 units, 1 segment"),
        ("a" * 161, "GSM-7, 161 units, 2 segments"),
        ("Mittag 👍", "UCS-2, 9 units, 1 segment"),
    ],
)
def test_the_transcript_counts_segments_and_says_the_encoding(make_twilio, sms, transcript, text, counted):
    make_twilio().send(sms(text=text), transcript)
    assert f"Text: {counted}" in transcript.phases[0].words


@pytest.mark.parametrize("text", ["€ & ü = 1+1 %20", "नमस्ते 👨‍👩‍👧", "two\nlines", "a" * 1600])
def test_a_text_arrives_as_it_was(twilio, make_twilio, sms, transcript, text):
    make_twilio().send(sms(text=text), transcript)
    assert twilio.messages[-1]["body"] == text


def test_a_text_that_another_provider_could_carry_is_refused_by_twilio(make_twilio, sms, transcript):
    with pytest.raises(PermanentFailure) as caught:
        make_twilio().send(sms(text="a" * 1601), transcript)
    assert caught.value.reason is Reason.CONTENT_REFUSED


def test_it_says_what_it_can_carry():
    assert kinds()["twilio"].format.max_length == 1600
    assert not kinds()["twilio"].format.html


# --- who it is ---


def test_it_signs_in_with_the_token(twilio, make_twilio, sms, transcript):
    make_twilio().send(sms(), transcript)
    assert (twilio.requests[-1].user, twilio.requests[-1].password) == (twilio.account_sid, twilio.auth_token)


def test_it_signs_in_with_an_api_key(twilio, make_twilio, sms, transcript):
    make_twilio(twilio.typed_with_key()).send(sms(), transcript)
    assert (twilio.requests[-1].user, twilio.requests[-1].password) == (twilio.api_key, twilio.api_secret)
    assert twilio.account_sid in twilio.requests[-1].path


def test_a_wrong_token_pauses_the_provider(refused):
    failure = refused(auth_token="wrong")
    assert (type(failure), failure.reason) == (ConfigurationFailure, Reason.AUTH)
    assert "Twilio 20003, the credentials do not belong to this account" in failure.reply


def test_the_environment_is_not_looked_at(twilio, make_twilio, sms, transcript, monkeypatch):
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    make_twilio().send(sms(), transcript)
    assert twilio.messages


def test_without_an_endpoint_it_is_twilio_itself(make_twilio, sms, transcript, tmp_path, twilio):
    typed = twilio.typed(endpoint="", timeout="0.5")
    with pytest.raises(Failure):
        make_twilio(typed).send(sms(), transcript)
    words = " ".join(phase.words for phase in transcript.phases)
    assert "api.twilio.com" in words


# --- what is asked to be reported ---


@pytest.mark.parametrize("signed_with", ["token", "key and token"])
def test_a_callback_is_asked_for_where_it_could_be_checked(twilio, make_twilio, sms, transcript, signed_with):
    by_key = twilio.typed_with_key(signing_token=twilio.auth_token)
    make_twilio(twilio.typed() if signed_with == "token" else by_key).send(sms(callback=CALLBACK), transcript)
    assert twilio.callback == CALLBACK


def test_none_is_asked_for_that_could_not_be_believed(twilio, make_twilio, sms, transcript):
    make_twilio(twilio.typed_with_key()).send(sms(callback=CALLBACK), transcript)
    assert twilio.callback is None


# --- what it cannot reach ---


def test_a_server_that_is_gone_is_not_sent_to(twilio, refused):
    twilio.stop()
    failure = refused()
    assert (type(failure), failure.reason) == (TemporaryFailure, Reason.CONNECT_REFUSED)
    assert failure.certainty is Certainty.NOT_SENT


def test_where_it_may_not_dial(twilio, sms, transcript, tmp_path, make_twilio):
    provider = kinds()["twilio"]("Texts", make_twilio().settings, Surroundings(tmp_path))
    with pytest.raises(ConfigurationFailure) as caught:
        provider.send(sms(), transcript)
    assert caught.value.reason is Reason.BLOCKED_TARGET
    assert twilio.requests == []


def test_settings_that_cannot_be_are_a_fault_of_the_set_up(twilio, sms, transcript, make_twilio, surroundings):
    provider = kinds()["twilio"]("Texts", {**make_twilio().settings, "sender": "nobody!"}, surroundings)
    with pytest.raises(ConfigurationFailure) as caught:
        provider.send(sms(), transcript)
    assert caught.value.reason is Reason.SENDER_REFUSED
    assert twilio.requests == []


# --- what is kept to itself ---


@pytest.mark.parametrize("by_key", [False, True], ids=["token", "key"])
def test_no_secret_is_told_even_by_a_twilio_that_repeats_it(twilio, make_twilio, sms, transcript, caplog, by_key):
    caplog.set_level(logging.DEBUG)
    typed = twilio.typed_with_key(signing_token=twilio.auth_token) if by_key else twilio.typed()
    name, secret = (twilio.api_key, twilio.api_secret) if by_key else (twilio.account_sid, twilio.auth_token)
    basic = b64encode(f"{name}:{secret}".encode()).decode()
    repeated = f"{secret} {basic} {twilio.auth_token}"
    twilio.answer(Said(401, {"code": 20003, "message": repeated}), Said(201, {"sid": repeated, "status": repeated}))
    provider = make_twilio(typed)
    with pytest.raises(Failure) as caught:
        provider.send(sms(), transcript)
    accepted = provider.send(sms(), transcript)
    told = [repr(caught.value), caught.value.reply, accepted.reply, repr(provider), caplog.text, str(transcript.phases)]
    for hidden in (secret, basic, twilio.auth_token):
        assert not any(hidden in each for each in told)
    assert "•••" in caught.value.reply
    assert "•••" in accepted.reply


def test_without_its_secret_it_is_set_up_wrongly(twilio, sms, transcript, make_twilio, surroundings):
    provider = kinds()["twilio"]("Texts", {**make_twilio().settings, "auth_token": ""}, surroundings)
    with pytest.raises(ConfigurationFailure) as caught:
        provider.send(sms(), transcript)
    assert caught.value.reason is Reason.AUTH
