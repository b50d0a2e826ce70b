"""Signatures: verified by the package that receivers use, over the bytes that were sent."""

import re
import time
from base64 import b64decode
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from standardwebhooks import Webhook, WebhookVerificationError

from webapp.domain.envelope import TemporaryFailure, Transcript
from webapp.providers._signing import KEY, make_key, signatures, zitadel_signature

AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
BODY = '{"subject":"Grüße 🎉 \u200fمرحبا"}'.encode()


def test_a_key_is_new_each_time_and_as_the_standard_has_it():
    keys = {make_key() for _ in range(20)}
    assert len(keys) == 20
    assert all(KEY.fullmatch(key) and len(b64decode(key.removeprefix("whsec_"))) == 32 for key in keys)


def test_the_standards_own_example():
    key, at = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", datetime.fromtimestamp(1614265330, UTC)
    signed = signatures("msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}', (key,))
    assert signed == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@time_machine.travel(AT, tick=False)
@pytest.mark.parametrize("body", [BODY, b"{}", b'{"a":"\\u0000"}', b'"%b"' % (b"x" * 10_000)], ids=len)
def test_the_receivers_package_agrees(body):
    key = make_key()
    Webhook(key).verify(body, signatures("01ID", AT, body, (key,)))


@time_machine.travel(AT, tick=False)
@pytest.mark.parametrize(
    "change",
    [
        lambda body, headers: (body + b" ", headers),
        lambda body, headers: (body, headers | {"webhook-id": "another"}),
        lambda body, headers: (body, headers | {"webhook-timestamp": "1772368201"}),
        lambda body, headers: (body, headers | {"webhook-signature": "v1,AAAA"}),
    ],
)
def test_nothing_can_be_changed_on_the_way(change):
    key = make_key()
    body, headers = change(BODY, signatures("01ID", AT, BODY, (key,)))
    with pytest.raises(WebhookVerificationError):
        Webhook(key).verify(body, headers)


def test_zitadels_vector():
    signed = zitadel_signature(datetime.fromtimestamp(1700000000, UTC), b'{"a":1}', ["secret"])
    assert signed == "t=1700000000,v1=49f24e537407743fa4a0242bb63b94b9a47ee99cbbe071ccd8a22550ae411686"


def test_fractions_of_a_second_are_nobodys_business():
    key, later = make_key(), AT + timedelta(milliseconds=999)
    assert signatures("01ID", later, BODY, (key,)) == signatures("01ID", AT, BODY, (key,))


# --- as a receiver sees it ---


@time_machine.travel(AT, tick=False)
def test_every_request_is_signed_over_the_bytes_that_were_sent(web, make_http, envelope, transcript):
    server, key = web(), make_key()
    mail = envelope(subject="Grüße 🎉", text='ضحى\r\n\u2028 \\ " \x7f', html="<p>ü</p>")
    make_http(server.url(), signing_key=key).send(mail, transcript)
    (asked,) = server.requests
    assert Webhook(key).verify(asked.body, asked.headers)["subject"] == "Grüße 🎉"
    assert asked.headers["webhook-id"] == mail.id
    assert "zitadel-signature" not in asked.headers


@time_machine.travel(AT, tick=False)
def test_while_a_key_is_changed_both_receivers_are_served(web, make_http, envelope, transcript):
    server, old, new = web(), make_key(), make_key()
    provider = make_http(server.url(), signing_key=new, former=old, zitadel="yes")
    provider.send(envelope(), transcript)
    (asked,) = server.requests
    for key in (old, new):
        Webhook(key).verify(asked.body, asked.headers)
    assert len(asked.headers["webhook-signature"].split(" ")) == 2
    first = asked.headers["webhook-signature"].split(" ")[0]
    assert first == signatures(asked.headers["webhook-id"], AT, asked.body, (new,))["webhook-signature"]
    assert asked.headers["zitadel-signature"] == zitadel_signature(AT, asked.body, (new, old))
    assert re.fullmatch(r"t=\d+(,v1=[0-9a-f]{64}){2}", asked.headers["zitadel-signature"])


def test_the_id_is_the_same_over_retries_and_the_time_is_that_of_each(web, make_http, envelope):
    server, mail = web([503, 200]), envelope()
    provider = make_http(server.url())
    with pytest.raises(TemporaryFailure):
        provider.send(mail, Transcript(time.monotonic, AT))
    provider.send(mail, Transcript(time.monotonic, AT + timedelta(minutes=5)))
    first, second = (asked.headers for asked in server.requests)
    assert first["webhook-id"] == second["webhook-id"] == mail.id
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 300
    assert first["webhook-signature"] != second["webhook-signature"]
    assert server.requests[0].body == server.requests[1].body
