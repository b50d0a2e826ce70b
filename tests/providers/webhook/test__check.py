"""The callback check: what each kind of endpoint is told of itself."""

import json
import time
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.providers.conftest import AT
from tests.support.smtp import drop, hang
from tests.support.web import answer
from webapp.domain.callback_check import LONGEST_S
from webapp.domain.envelope import Transcript
from webapp.providers import Surroundings, kinds
from webapp.providers._signing import make_key
from webapp.providers._transport import Answer

KEY = make_key()
NO = Answer(401, {}, b"", "401 Unauthorized")
SIGN_INS = [
    {"auth": "bearer", "secret": "Token-9"},
    {"auth": "basic", "username": "emil", "secret": "Token-9"},
    {"auth": "header", "header": "X-Api-Key", "secret": "Token-9"},
]


@pytest.fixture
def check(web, make_webhook, event_envelope):
    """Check an endpoint that follows this script; gives the steps and what it was asked."""

    def ask(script, **typed):
        server = web(script)
        provider = make_webhook(server.url(), signing_key=KEY, **typed)
        steps = provider.check(event_envelope(), event_envelope(), Transcript(time.monotonic, datetime.now(UTC)))
        return steps, server.requests

    return ask


@pytest.mark.parametrize("typed", SIGN_INS, ids=lambda typed: typed["auth"])
@pytest.mark.parametrize("refusal", [401, 403])
def test_an_endpoint_that_asks_for_credentials_passes(check, typed, refusal):
    (first, second), (stranger, own) = check([refusal, 204], **typed)
    assert (first.asked, first.status, first.ok) == ("Without credentials", refusal, True)
    assert (second.asked, second.status, second.ok) == ("As Belfry sends", 204, True)
    name = typed.get("header", "Authorization").lower()
    assert name not in stranger.headers
    assert name in own.headers
    for asked in (stranger, own):
        assert Webhook(KEY).verify(asked.body, asked.headers) == json.loads(asked.body)
    assert stranger.headers["webhook-id"] != own.headers["webhook-id"], "or a receiver drops the second as a copy"


def test_one_that_goes_by_the_signature_alone_is_asked_with_a_forged_one(check):
    (first, second), (stranger, own) = check([401, 200])
    assert (first.asked, first.ok, second.ok) == ("With a forged signature", True, True)
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        Webhook(KEY).verify(stranger.body, stranger.headers)
    Webhook(KEY).verify(own.body, own.headers)


@pytest.mark.parametrize(
    ("script", "typed", "oks", "words"),
    [
        ([200, 200], SIGN_INS[0], (False, True), "without the credentials is let in"),
        ([200, 200], {}, (False, True), "anybody could post there"),
        ([400, 200], {}, (False, True), "only 401 or 403"),
        ([404, 404], {}, (False, False), "only 401 or 403"),
        ([401, 401], SIGN_INS[0], (True, False), "are these the credentials"),
        ([401, 401], {}, (True, False), "has the endpoint the signing key?"),
        ([403, 500], {}, (True, False), "only an answer of 2xx"),
        ([403, 410], SIGN_INS[0], (True, False), "only an answer of 2xx"),
        ([301, 301], {}, (False, False), "only 401 or 403"),
    ],
)
def test_every_other_one_is_told_what_is_wrong(check, script, typed, oks, words):
    steps, _ = check(script, **typed)
    assert tuple(step.ok for step in steps) == oks
    assert words in next(step.meaning for step in steps if not step.ok)


def test_a_step_has_the_endpoint_s_words_without_secrets(check):
    (first, second), _ = check([answer(302, Location="/Token-9"), answer(500, b"You said Token-9.")], **SIGN_INS[0])
    assert first.words.startswith("Not followed: it points to /•••.\n302 ")
    assert second.words.endswith("You said •••.")


@pytest.mark.parametrize(("script", "words"), [(drop, "hung up unanswered"), (hang, "no answer came in time")])
def test_where_there_is_no_answer_it_ends(check, script, words):
    begun = time.monotonic()
    (step,), asked = check(script, timeout="0.3")
    assert (step.status, step.ok) == (None, False)
    assert words in step.words
    assert step.meaning
    assert len(asked) == 1
    assert time.monotonic() - begun < 3


def test_nor_is_anything_dialled_that_is_not_allowed(web, make_webhook, event_envelope, transcript, tmp_path):
    server = web()
    guarded = kinds()["webhook"]("Endpoint", make_webhook(server.url()).settings, Surroundings(tmp_path))
    (step,) = guarded.check(event_envelope(), event_envelope(), transcript)
    assert "BELFRY_ALLOWED_NETWORKS" in step.words
    assert not server.connections


def test_both_together_take_no_longer_than_somebody_waits(make_webhook, event_envelope, monkeypatch):
    provider, given = make_webhook("http://127.0.0.1:1/", timeout="30"), []
    monkeypatch.setattr(provider.transport, "ask", lambda request, transcript: given.append(request.timeout) or NO)
    provider.check(event_envelope(), event_envelope(), Transcript(time.monotonic, AT))
    assert sum(given) == LONGEST_S
