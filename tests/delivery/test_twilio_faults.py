"""Everything that Twilio may answer, or report later, through the engine: what is then so."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.faults import SENT, Then, Trial, later, refused, set_up_wrongly
from tests.support.listening import address
from tests.support.machine import free_port
from tests.support.smtp import drop, hang
from tests.support.twilio import FakeTwilio, Said, refusal, signature
from tests.support.web import WebServer, gush, stall, then
from tests.support.world import World
from webapp.providers.twilio._codes import CODES
from webapp.runtime import runtime
from webapp.services.queue import later_words

pytestmark = pytest.mark.one_database

SILENT = later("TIMEOUT_AFTER_DATA")
NUMBER, WORDS = refused("RECIPIENT_REFUSED"), refused("CONTENT_REFUSED")
ACCOUNT, SENDER, SERVICE = set_up_wrongly("AUTH"), set_up_wrongly("SENDER_REFUSED"), set_up_wrongly("HTTP_4XX")

# what it answers at once
CODES_ANSWERED = [
    ("10001 20003 20005 20006 20008 20403", ACCOUNT),
    ("20404 21408 21609 60223 60605", SERVICE),
    ("21212 21264 21267 21603 21606 21607 21659 21660 21661 21701 21703 21704 21705", SENDER),
    ("20429 20503 21611 21730", later("SERVER_BUSY")),
    ("20500", later("HTTP_5XX")),
    ("60202 60203 60212", later("SERVER_BUSY", faults=0)),
    ("21211 21214 21217 21265 21266 21604 21608 21610 21612 21614 21635 60200 60205 60238 60410", NUMBER),
    ("21602 21617 21619", WORDS),
]
# what it reports of a message that it has taken
CODES_REPORTED = [
    ("30003 30004 30005 30006 30008 30450 30453 21211 21610 21612 21614 21635", "RECIPIENT_REFUSED"),
    ("30007 30019 30038 30044", "CONTENT_REFUSED"),
    ("30018 30024 30032 30034 21703", "SENDER_REFUSED"),
    ("30001 30017 30022 30023 30027 30410", "SERVER_BUSY"),
    ("30002", "AUTH"),
    ("30036", "EXPIRED"),
    ("39999", "RECIPIENT_REFUSED"),
]
ANSWERS: dict[str, tuple[Said, Then]] = {
    "a code that is new": (refusal(400, 29999, "Something new"), later("HTTP_4XX", faults=0)),
    "a code that is new, with 401": (refusal(401, 29999, "Something new"), ACCOUNT),
    "401 without a code": (Said(401, b"<h1>Who?</h1>"), ACCOUNT),
    "403 without a code": (Said(403, b""), ACCOUNT),
    "404 without a code": (Said(404, b"nothing here"), later("HTTP_4XX")),
    "429 without a code": (Said(429, b""), later("SERVER_BUSY")),
    "500 without a code": (Said(500, b"oops"), later("HTTP_5XX")),
    "502 without a code": (Said(502, b"<html>"), later("HTTP_5XX")),
    "503 without a code": (Said(503, b""), later("SERVER_BUSY")),
    "302": (Said(302, b"", {"Location": "http://127.0.0.1:1/"}), later("REDIRECTED")),
    "307 to the clouds": (Said(307, b"", {"Location": "http://169.254.169.254/"}), later("REDIRECTED")),
    "201 without a body": (Said(201, b""), SENT),
    "201 without JSON": (Said(201, b"<html>fine</html>"), SENT),
    "201 with JSON that is no message": (Said(201, ["queued"]), SENT),
    "201 with bytes that are no text": (Said(201, b"\xff\xfe"), SENT),
    "200": (Said(200, b"{}"), SENT),
}
LINES: dict[str, tuple[dict[str, Any], Then]] = {
    "closed without an answer": ({"script": drop}, SILENT),
    "silent": ({"script": hang}, SILENT),
    "silent from the start": ({"on_connect": stall}, SILENT._replace(arrived=0)),
    "no HTTP": ({"script": then(b"220 mail.example.com\r\n", drop)}, SILENT),
    "a yes of 1 GB": ({"script": gush(201)}, SENT),
    "a no of 1 GB": ({"script": gush(500)}, later("HTTP_5XX")),
}


class Texts:
    """A trial of the kind ``twilio``: Sam gets what Twilio takes."""

    def __init__(self, world: World, twilio: FakeTwilio) -> None:
        world.person("sam", phone="+4915112345678", phone_verified_at=world.clock.now())
        world.channel("team.texts", "sms")
        provider = world.provider("sms", name="texts")
        self.trial = Trial(world, to="sam", channel="team.texts", provider=provider)
        self._world, self.twilio = world, twilio

    def then(self, *said: Said, **typed: str) -> Then:
        """What is so after one try that is answered like this."""
        before = len(self.twilio.requests)
        self.twilio.answer(*said)
        self.trial.deliver("twilio", self.twilio.typed(**typed))
        return self.trial.so(len(self.twilio.requests) - before)

    def at(self, server: WebServer) -> Then:
        """The same where this stands in Twilio's place."""
        self.trial.deliver("twilio", self.twilio.typed(endpoint=server.url(""), timeout="0.5"))
        server.stop()
        return self.trial.so(len(server.requests))

    def told(self, **form: str) -> Then:
        """What is so after it was taken, and this was reported."""
        assert self.then() == SENT
        self.hear(**form)
        return self.trial.so(1)

    def hear(self, **form: str) -> None:
        here, url = runtime(), address(envelope_id := self.trial.row.envelope_id)
        signed = signature(self.twilio.auth_token, url, form)
        later_words.hear(
            envelope_id=envelope_id, url=url, form=form, headers={"X-Twilio-Signature": signed}, now=here.now(),
            vault=here.vault, surroundings=here.surroundings,
        )  # fmt: skip


@pytest.fixture
def texts(world, twilio) -> Texts:
    return Texts(world, twilio)


def expand(table: list[tuple[str, Any]]) -> dict[int, Any]:
    return {int(code): then for codes, then in table for code in codes.split()}


def test_every_code_that_is_answered(texts):
    wanted = expand(CODES_ANSWERED)
    assert {code: texts.then(refusal(400, code, "No")) for code in wanted} == wanted


def test_every_code_that_is_reported(texts):
    wanted = expand(CODES_REPORTED)
    found = {code: texts.told(MessageStatus="undelivered", ErrorCode=str(code)) for code in wanted}
    assert found == {code: Then(1, "undeliverable", reason, 4) for code, reason in wanted.items()}


def test_no_code_is_left_out():
    assert set(CODES) <= expand(CODES_ANSWERED).keys() | expand(CODES_REPORTED).keys()


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        ("queued", "sent", None),
        ("sent", "sent", None),
        ("delivered", "delivered", None),
        ("read", "delivered", None),
        ("failed", "undeliverable", "RECIPIENT_REFUSED"),
        ("canceled", "undeliverable", "CANCELLED_BY_PERSON"),
    ],
)
def test_every_status_that_is_reported(texts, status, state, reason):
    assert texts.told(MessageStatus=status) == Then(1, state, reason, 4)


def test_every_other_answer(texts):
    assert {name: texts.then(said) for name, (said, _) in ANSWERS.items()} == {
        name: then for name, (_, then) in ANSWERS.items()
    }


def test_whatever_comes_instead_of_an_answer(texts, web):
    assert {name: texts.at(web(**server)) for name, (server, _) in LINES.items()} == {
        name: then for name, (_, then) in LINES.items()
    }


def test_a_certificate_that_is_to_be_refused(texts, web, bad_certificates):
    found = {name: texts.at(web(tls=context)) for name, context in bad_certificates.items()}
    assert found == dict.fromkeys(bad_certificates, set_up_wrongly("TLS", arrived=0))


def test_nobody_there(texts):
    assert texts.then(endpoint=f"http://127.0.0.1:{free_port()}") == later("CONNECT_REFUSED", arrived=0)


@pytest.mark.parametrize(
    "wrong", [{"auth_token": "0" * 32}, {"account_sid": f"AC{'0' * 32}"}, {"endpoint": "http://169.254.169.254"}]
)
def test_what_is_set_up_wrongly(texts, wrong):
    reason, arrived = ("BLOCKED_TARGET", 0) if "endpoint" in wrong else ("AUTH", 1)
    assert texts.then(**wrong) == set_up_wrongly(reason, arrived=arrived)


@pytest.mark.parametrize("status", [429, 503])
def test_who_asks_to_be_left_alone_is(texts, world, status):
    assert texts.then(refusal(status, 20429, "Slowly", {"Retry-After": "120"})) == later("SERVER_BUSY")
    row = texts.trial.row
    assert row.due_at - row.failed_at == timedelta(seconds=120)
    assert texts.trial.health.rests_until - world.clock.now() == timedelta(seconds=120)


def test_a_token_that_is_wrong_is_not_tried_again_and_again(texts):
    assert texts.trial.first_minute("twilio", texts.twilio.typed(auth_token="0" * 32)) == {("held", 4)}
    assert 1 <= len(texts.twilio.requests) <= 3
