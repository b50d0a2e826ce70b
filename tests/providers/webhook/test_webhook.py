"""The provider ``webhook``, through its door: what an endpoint gets to see, and what it never gives away."""

import json
import time
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook

from tests.providers.conftest import AT, EVENT
from tests.support.web import answer
from webapp.domain.envelope import Blame, Failure, TemporaryFailure, Transcript
from webapp.domain.event import Form
from webapp.domain.field import idle, parse_fields
from webapp.domain.reason import Reason
from webapp.domain.refusal import Refused
from webapp.providers import Surroundings, kinds
from webapp.providers._signing import make_key

KIND = kinds()["webhook"]
SECRET = "Token-9-äöü"
JOERG = b64encode(f"jörg:{SECRET}".encode()).decode()
KEY, OLD = make_key(), make_key()
ADDRESS = "https://hooks.example.com/belfry"
HEADER = {"auth": "header", "header": "X-Api-Key", "secret": "Key-7"}


@pytest.mark.parametrize(
    ("form", "content_type"),
    [(Form.PLAIN, "application/json"), (Form.CLOUDEVENTS, "application/cloudevents+json")],
)
def test_an_event_is_posted_as_it_was_written(web, make_webhook, event_envelope, transcript, form, content_type):
    server, sent = web(), event_envelope(form)
    # What was written before the form was changed is still told as what it is.
    make_webhook(server.url("/hook?tenant=blue")).send(sent, transcript)
    (asked,) = server.requests
    assert (asked.method, asked.path, asked.body.decode()) == ("POST", "/hook?tenant=blue", sent.text)
    assert (asked.headers["content-type"], asked.headers["user-agent"]) == (content_type, "Belfry")
    assert (asked.headers["webhook-id"], asked.headers["webhook-timestamp"]) == (sent.id, "1772368200")
    assert not {"belfry-replaces", "authorization"} & asked.headers.keys()


def test_what_is_sent_again_names_the_one_before(web, make_webhook, event_envelope, transcript):
    server, before = web(), event_envelope()
    make_webhook(server.url()).send(event_envelope(replaces=before.id), transcript)
    assert server.requests[0].headers["belfry-replaces"] == before.id


@time_machine.travel(AT, tick=False)
@pytest.mark.parametrize(("key", "former", "verify"), [(KEY, "", [KEY]), (KEY, OLD, [KEY, OLD])], ids=["one", "two"])
@pytest.mark.parametrize("form", Form)
def test_it_is_signed_by_each_key_that_counts(web, make_webhook, event_envelope, transcript, form, key, former, verify):
    server = web()
    make_webhook(server.url(), signing_key=key, former=former).send(event_envelope(form), transcript)
    (asked,) = server.requests
    assert len(asked.headers["webhook-signature"].split(" ")) == len(verify)
    for each in verify:
        assert Webhook(each).verify(asked.body, asked.headers) == json.loads(asked.body)


@time_machine.travel(AT, tick=False)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters()), attributes=st.dictionaries(st.text(), st.text(), max_size=3))
def test_whatever_was_posted_arrives_signed(web_of_module, make_webhook, event_envelope, text, attributes):
    event = replace(EVENT, subject=text, body=text, attributes=attributes)
    envelope = event_envelope(text=event.text(Form.PLAIN, source=""))
    web_of_module.requests.clear()
    make_webhook(web_of_module.url(), signing_key=KEY).send(envelope, Transcript(time.monotonic, AT))
    (asked,) = web_of_module.requests
    assert Webhook(KEY).verify(asked.body, asked.headers) == json.loads(envelope.text)


@pytest.fixture
def web_of_module(web):
    """One server for all examples."""
    return web()


@pytest.mark.parametrize(
    ("typed", "header", "value"),
    [
        ({"auth": "bearer", "secret": "Token-9"}, "authorization", "Bearer Token-9"),
        ({"auth": "basic", "username": "jörg", "secret": SECRET}, "authorization", f"Basic {JOERG}"),
        (HEADER, "x-api-key", "Key-7"),
        ({"auth": "header", "secret": "Token abc"}, "authorization", "Token abc"),
    ],
)  # fmt: skip
def test_it_signs_in_as_it_was_told(web, make_webhook, event_envelope, transcript, typed, header, value):
    server = web()
    make_webhook(server.url(), **typed).send(event_envelope(), transcript)
    assert server.requests[0].headers[header] == value


def test_the_id_is_the_same_over_tries_and_the_time_is_that_of_each(web, make_webhook, event_envelope):
    server, sent = web([503, 204]), event_envelope()
    provider = make_webhook(server.url(), signing_key=KEY)
    with pytest.raises(TemporaryFailure):
        provider.send(sent, Transcript(time.monotonic, AT))
    provider.send(sent, Transcript(time.monotonic, AT + timedelta(seconds=25)))
    first, second = server.requests
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 25
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


@pytest.mark.parametrize(
    "typed",
    [
        {"auth": "basic", "username": "emil"},
        {"auth": "bearer"},
        {"auth": "header", "header": "X-Api-Key"},
    ],
)
@pytest.mark.parametrize("status", [200, 302, 401, 410, 500])
def test_an_endpoint_that_echoes_all_it_heard_gives_no_secret_away(
    web, make_webhook, event_envelope, transcript, caplog, typed, status
):
    heard = {"sign-in": b64encode(f"emil:{SECRET}".encode()).decode(), "key": KEY, "again": SECRET}
    echo = json.dumps(heard).encode() + json.dumps(heard, ensure_ascii=False).encode()
    server = web(answer(status, echo, Location="https://a.example/" + SECRET))
    provider = make_webhook(server.url(), **typed, secret=SECRET, signing_key=KEY)
    try:
        outcome = provider.send(event_envelope(), transcript)
    except Failure as failure:
        outcome = failure
    told = [repr(provider._account), repr(outcome), str(outcome), outcome.reply, caplog.text]
    told += [phase.words for phase in transcript.phases]
    assert "•••" in outcome.reply
    secrets = (SECRET, json.dumps(SECRET)[1:-1], KEY, KEY[6:], heard["sign-in"])
    assert not [secret for secret in secrets for words in told if secret in words]


def test_nothing_is_sent_unsigned(web, make_webhook, event_envelope, transcript):
    server = web()
    with pytest.raises(TemporaryFailure, match="unsigned") as caught:
        make_webhook(server.url(), signing_key="no key").send(event_envelope(), transcript)
    assert (caught.value.reason, caught.value.blame) == (Reason.AUTH, Blame.TARGET)
    assert not server.connections


def test_a_target_that_is_not_listed_is_not_dialled_and_waits_until_it_is(
    web, make_webhook, event_envelope, transcript, tmp_path
):
    server = web()
    guarded = KIND("Endpoint", make_webhook(server.url()).settings, Surroundings(tmp_path))
    with pytest.raises(TemporaryFailure, match="BELFRY_ALLOWED_NETWORKS") as caught:
        guarded.send(event_envelope(), transcript)
    assert (caught.value.reason, caught.value.blame) == (Reason.BLOCKED_TARGET, Blame.TARGET)
    assert not server.connections


def test_connections_are_kept_until_the_sender_ends(web, make_webhook, event_envelope, transcript):
    server = web()
    provider = make_webhook(server.url())
    for _ in range(3):
        provider.send(event_envelope(), transcript)
    assert server.connections == 1
    provider.close()
    provider.send(event_envelope(), transcript)
    assert server.connections == 2


# --- what is filled in ---


def test_an_address_is_enough():
    values = parse_fields(KIND.all_fields(), {"url": ADDRESS})
    assert KIND.problems(values) == {}
    usual = {"auth": "none", "timeout": 10, "body": "plain", "at_once": 4}
    assert {name: values[name] for name in usual} == usual
    assert {"header", "username", "secret"} <= idle(KIND.fields, values)
    assert "per_minute" not in values


def test_an_address_without_its_beginning_is_encrypted():
    assert KIND.tidied({"url": "hooks.example.com/x", "auth": "none"})["url"] == "https://hooks.example.com/x"


@pytest.mark.parametrize(
    ("typed", "missing"),
    [("header", {"secret"}), ("basic", {"username", "secret"}), ("bearer", {"secret"}), ("none", set())],
)
def test_signing_in_wants_what_it_needs(typed, missing):
    try:
        parse_fields(KIND.fields, {"url": ADDRESS, "auth": typed})
        found = set()
    except Refused as refused:
        found = set(refused.problems)
    assert found == missing


@pytest.mark.parametrize("typed", [HEADER, {"auth": "bearer", "secret": "x"}])
@pytest.mark.parametrize("url", ["http://hooks.example.com/", "http://10.0.0.1/"])
def test_credentials_are_not_to_be_read_on_the_way(url, typed):
    assert "https" in KIND.problems(parse_fields(KIND.fields, {"url": url, **typed}))["url"]
    for safe in ("http://127.0.0.1/", url.replace("http:", "https:")):
        assert KIND.problems(parse_fields(KIND.fields, {"url": safe, **typed})) == {}


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ({"url": "ftp://hooks.example.com/"}, "url"),
        ({"url": "https://[::1"}, "url"),
        ({"url": "https://emil:secret@hooks.example.com/"}, "url"),
        ({"ca": "no certificate"}, "ca"),
        ({**HEADER, "header": "X Api Key"}, "header"),
        ({**HEADER, "header": "Content-Type"}, "header"),
        ({**HEADER, "header": "Webhook-Signature"}, "header"),
        ({**HEADER, "header": "Belfry-Replaces"}, "header"),
        ({**HEADER, "header": "Host"}, "header"),
        ({**HEADER, "secret": "a\r\nX-B: c"}, "secret"),
        ({"auth": "basic", "username": "a:b", "secret": "x"}, "username"),
    ],
)
def test_what_does_not_fit_is_named(typed, named):
    assert set(KIND.problems(parse_fields(KIND.fields, {"url": ADDRESS, **typed}))) == {named}


def test_each_culprit_is_one_of_its_fields():
    assert set(KIND.culprits.values()) <= {field.name for field in KIND.fields}
