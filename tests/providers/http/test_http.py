"""The provider ``http``, through its door: what a service gets to see, and what it never gives away."""

import json
import time
from base64 import b64encode

import pytest

from tests.support import ROOT
from tests.support.web import answer
from webapp.domain.envelope import Blame, ConfigurationFailure, Failure, PermanentFailure
from webapp.domain.reason import Reason
from webapp.providers import Surroundings, kinds
from webapp.providers.http._body import written

SCHEMA = json.loads((ROOT / "docs/providers/http-body.schema.json").read_text())
SECRET = "Token-9-äöü"
JOERG = b64encode(f"jörg:{SECRET}".encode()).decode()
FULL = {
    "subject": "Grüße 🎉 \u200f",
    "text": 'Line\r\n"quoted" \\ \u2028 \x7f\n',
    "replaces": "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "message_id": "<01ARZ@example.com>",
    "unsubscribe": "https://belfry.example.com/u/x",
    "headers": {"X-Priority": "1"},
}
JSON_TYPES = {"string": str, "null": type(None), "object": dict}


def test_the_body_is_what_the_envelope_says(web, make_http, envelope, transcript):
    server, mail = web(), envelope(**FULL)
    make_http(server.url("/send?tenant=blue")).send(mail, transcript)
    (asked,) = server.requests
    assert (asked.method, asked.path) == ("POST", "/send?tenant=blue")
    assert asked.headers["content-type"] == "application/json"
    assert json.loads(asked.body.decode("utf-8")) == {
        "id": mail.id,
        "medium": "email",
        "to": "emil@example.com",
        "recipient": "emil",
        "sender": "edith",
        "channel": "team.news",
        "html": "<p>Lunch is at noon.</p>\n",
        "created_at": "2026-03-01T12:30:00+00:00",
        **FULL,
    }


@pytest.mark.parametrize(
    "different",
    [{}, FULL, {"medium": "sms", "address": "+4915112345678", "html": None}, {"text": "half \ud800 a sign"}],
)
def test_the_body_keeps_to_its_schema(envelope, different):
    body = json.loads(written(envelope(**different)))
    assert set(body) == set(SCHEMA["properties"]) == set(SCHEMA["required"])
    for name, value in body.items():
        wanted = SCHEMA["properties"][name]
        types = wanted["type"] if isinstance(wanted["type"], list) else [wanted["type"]]
        assert isinstance(value, tuple(JSON_TYPES[each] for each in types)), name
        assert "enum" not in wanted or value in wanted["enum"]


@pytest.mark.parametrize(
    ("typed", "header"),
    [
        ({}, None),
        ({"auth": "bearer", "secret": "Token-9"}, "Bearer Token-9"),
        ({"auth": "basic", "username": "jörg", "secret": SECRET}, f"Basic {JOERG}"),
    ],
)  # fmt: skip
def test_it_signs_in_as_it_was_told(web, make_http, envelope, transcript, typed, header):
    server = web()
    make_http(server.url(), headers="X-Tenant: blue\nUser-Agent: Ours", **typed).send(envelope(), transcript)
    headers = server.requests[0].headers
    assert (headers.get("authorization"), headers["x-tenant"], headers["user-agent"]) == (header, "blue", "Ours")


@pytest.mark.parametrize("typed", [{"auth": "basic", "username": "emil"}, {"auth": "bearer"}])
@pytest.mark.parametrize("status", [200, 302, 401, 410, 500])
def test_a_service_that_echoes_all_it_heard_gives_no_secret_away(
    web, make_http, envelope, transcript, caplog, typed, status
):
    provider = make_http(web(200).url(), **typed, secret=SECRET)
    key = provider._account.credentials.keys[0]
    heard = {**provider._account.headers, "key": key, "again": SECRET}
    echo = json.dumps(heard).encode() + json.dumps(heard, ensure_ascii=False).encode()
    server = web(answer(status, echo, Location="https://a.example/" + SECRET))
    provider = make_http(server.url(), **typed, secret=SECRET, signing_key=key)
    try:
        outcome = provider.send(envelope(), transcript)
    except Failure as failure:
        outcome = failure
    told = [repr(provider), repr(outcome), str(outcome), outcome.reply, caplog.text]
    told += [phase.words for phase in transcript.phases]
    secrets = [
        SECRET,
        json.dumps(SECRET)[1:-1],
        provider._account.credentials.keys[0],
        provider._account.credentials.keys[0][6:],
    ]
    secrets.append(provider._account.headers["Authorization"].split()[1])
    assert "•••" in outcome.reply
    assert not [secret for secret in secrets for words in told if secret in words]


def test_an_address_that_is_none_never_leaves(web, make_http, envelope, transcript):
    server = web()
    with pytest.raises(PermanentFailure) as caught:
        make_http(server.url()).send(envelope(address="nobody"), transcript)
    assert (caught.value.reason, caught.value.blame) == (Reason.RECIPIENT_REFUSED, Blame.RECIPIENT)
    assert not server.connections


def test_nothing_is_sent_unsigned(web, make_http, envelope, transcript):
    server = web()
    with pytest.raises(ConfigurationFailure, match="unsigned"):
        make_http(server.url(), signing_key="no key").send(envelope(), transcript)
    assert not server.connections


def test_a_target_that_is_not_listed_is_not_dialled(web, make_http, envelope, transcript, tmp_path):
    server = web()
    provider = make_http(server.url())
    guarded = kinds()["http"]("Relay", provider.settings, Surroundings(tmp_path))
    with pytest.raises(ConfigurationFailure) as caught:
        guarded.send(envelope(), transcript)
    assert caught.value.reason is Reason.BLOCKED_TARGET
    assert not server.connections


def test_connections_are_kept_until_the_sender_ends(web, make_http, envelope, transcript):
    server = web()
    provider = make_http(server.url())
    for _ in range(3):
        provider.send(envelope(), transcript)
    assert server.connections == 1
    provider.close()
    provider.send(envelope(), transcript)
    assert server.connections == 2


def test_its_timeout_is_the_whole_trys(web, make_http, envelope, transcript):
    provider = make_http(web(answer(200)).url(), timeout="2.5")
    assert provider.timeout == 2.5
    begun = time.monotonic()
    provider.send(envelope(), transcript)
    assert time.monotonic() - begun < 2.5


def test_each_culprit_is_one_of_its_fields():
    kind = kinds()["http"]
    assert set(kind.culprits.values()) <= {field.name for field in kind.fields}
