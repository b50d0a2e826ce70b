"""docs/webhooks.md: the receiver that it shows receives, and its examples and numbers are those of the code."""

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.support import ROOT
from tests.support.cloudevents import faults
from webapp import retries
from webapp.domain.duration import spelled
from webapp.domain.envelope import TemporaryFailure, Transcript
from webapp.domain.event import Event, Form
from webapp.domain.retry_policy import DEFAULT_FOR_WEBHOOKS
from webapp.domain.retry_presets import PRESETS
from webapp.providers import kinds
from webapp.providers._signing import make_key, signatures
from webapp.providers._transport import Request

PAGE = (ROOT / "docs/webhooks.md").read_text()
KEY, NEW = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", make_key()


def shown(language: str) -> str:
    """The piece of that language on the page."""
    found = re.search(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The one that the page shows, running, with KEY: its address."""
    names = dict[str, Any](__name__="receiver")
    monkeypatch.setenv("SIGNING_KEY", KEY)
    exec(compile(shown("python"), "webhooks.md", "exec"), names)
    server = make_server("127.0.0.1", 0, names["app"], threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook"
    server.shutdown()
    thread.join(30)
    server.server_close()


def now(**earlier: float) -> Transcript:
    return Transcript(time.monotonic, datetime.now(UTC) - timedelta(**earlier))


@pytest.fixture
def send(receiver: str, make_webhook: Callable[..., Any]) -> Iterator[Callable[..., str]]:
    """Send to it what is signed with these keys; gives what it said."""
    made = []

    def to_receiver(envelope: Any, transcript: Transcript | None = None, **keys: str) -> str:
        made.append(make_webhook(receiver, **keys))
        return made[-1].send(envelope, transcript or now()).reply

    yield to_receiver
    for provider in made:
        provider.close()


def test_it_is_fifteen_lines():
    lines = [line for line in shown("python").splitlines() if line.strip()]
    assert len(lines) == 15


@pytest.mark.parametrize(
    "keys",
    [{"signing_key": KEY}, {"signing_key": NEW, "former": KEY}, {"signing_key": KEY, "former": NEW}],
    ids=["one key", "before the receiver changes over", "after it has"],
)
@pytest.mark.parametrize("form", Form)
def test_the_receiver_takes_what_is_signed_once(send, event_envelope, capsys, keys, form):
    sent = event_envelope(form)
    for earlier in (30, 0):
        assert send(sent, now(seconds=earlier), **keys).startswith("204 ")
    told = json.loads(sent.text)
    assert capsys.readouterr().out == f"{told['id']} Grüße 🎉\n"


def test_what_a_person_sends_again_gets_past_it(send, event_envelope, capsys):
    first = event_envelope()
    for sent in (first, event_envelope(replaces=first.id)):
        send(sent, signing_key=KEY)
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.parametrize(
    ("transcript", "keys"),
    [
        (now, {"signing_key": NEW}),
        (lambda: now(minutes=6), {"signing_key": KEY}),
        (lambda: now(minutes=-6), {"signing_key": KEY}),
    ],
    ids=["another key", "too old", "too new"],
)
def test_it_refuses_forgeries_and_old_ones(send, event_envelope, capsys, transcript, keys):
    with pytest.raises(TemporaryFailure, match=r"401 .*(\n.*)*not from Belfry"):
        send(event_envelope(), transcript(), **keys)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,ä"},
        {"webhook-signature": "v1a,AAAA"},
        {"webhook-id": "another"},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "nan"},
        {},
    ],
)
def test_nor_is_it_thrown_by_what_is_no_signature(receiver, event_envelope, transport, transcript, capsys, change):
    body = event_envelope().text.encode()
    signed = signatures("01ID", datetime.now(UTC), body, (KEY,)) if change else {}
    headers = {**signed, **change, "Content-Type": "application/json"}
    asked = Request("POST", receiver, headers, body if change else b"\xff")
    assert transport.ask(asked, transcript).status == 401
    assert capsys.readouterr().out == ""


def test_it_passes_the_callback_check(receiver, make_webhook, event_envelope):
    steps = make_webhook(receiver, signing_key=KEY).check(event_envelope(), event_envelope(), now())
    assert [(step.status, step.ok) for step in steps] == [(401, True), (204, True)]


def test_the_examples_are_what_is_posted():
    plain, cloud = json.loads(shown("json")), json.loads(shown("json cloudevents"))
    times = {name: datetime.fromisoformat(plain[name]) for name in ("created_at", "visible_at")}
    event = Event(**{**plain, **times})
    assert json.loads(event.text(Form.PLAIN, source="")) == plain
    source = cloud["source"].removesuffix("/channels/news.releases")
    text = event.text(Form.CLOUDEVENTS, source=source)
    assert (json.loads(text), list(json.loads(text))) == (cloud, list(cloud))
    assert faults(cloud) == []


def test_the_headers_are_those_that_sign_the_example():
    body = json.dumps(json.loads(shown("json")), ensure_ascii=False, separators=(",", ":")).encode()
    sending = re.findall(r"^    webhook-id: (\S+)$", PAGE, re.MULTILINE)[0]
    at = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    for name, value in signatures(sending, at, body, (KEY,)).items():
        assert f"    {name}: {value}\n" in PAGE


def test_the_times_of_its_tries_are_those_of_the_policy():
    policy, elapsed = PRESETS[DEFAULT_FOR_WEBHOOKS], 0.0
    rows = ["| 1 | | |"]
    for failures in range(1, policy.max_attempts):
        delay = retries.next_delay(policy, "message", failures, 0, lambda low, high: low)
        assert delay
        elapsed += delay
        rows.append(f"| {failures + 1} | {spelled(delay)} | {spelled(elapsed)} |")
    assert "\n".join(rows) + "\n\n" in PAGE
    assert f"`{DEFAULT_FOR_WEBHOOKS}`" in PAGE


def test_what_the_page_calls_by_name_is_on_the_form():
    labels = {field.label for field in kinds()["webhook"].all_fields()}
    named = set(re.findall(r"\*\*([A-Z][^*.]+)\*\*", PAGE))
    assert named - labels == {"Send again"}, "which is what people do on the queue"
    assert {"Sign-in", "Body", "Timeout", "Sends at once"} <= named
