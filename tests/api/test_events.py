"""Events by HTTP: structured and binary, onto the channel of the first mapping that takes them, once."""

import json

import pytest

from tests.support.subscribers import subscriber
from webapp.domain.event_rule import EventRule
from webapp.models.channel import Channel
from webapp.models.message import Message, UserNotification
from webapp.services.posting import mappings

EVENT = {
    "specversion": "1.0", "id": "7", "source": "https://shop.example/orders", "type": "com.example.Order.paid",
    "subject": "Order 7", "datacontenttype": "application/json", "tenant": "acme", "time": "2026-03-02T09:00:00Z",
    "data": {"message": "It is **paid**.", "level": 3, "express": True, "lines": [1, 2], "note": None},
}  # fmt: skip


@pytest.fixture
def ada(world, program_of):
    world.channel("shop.all", filter_keys=["tenant", "level"])
    return program_of("ada")


@pytest.fixture
def mapped(world, ada):
    def make(**rule):
        told = {"channel": "team.news", "recipients": ("emil",), "type": "com.example.*", **rule}
        return mappings.add(rule=EventRule(**told), by="ada", now=world.clock.now())

    return make


@pytest.fixture
def send(ada):
    def run(body, content_type="application/cloudevents+json", **headers):
        data = json.dumps(body) if isinstance(body, dict | list) else body
        sent = {"Authorization": f"Bearer {ada.token}"} | {name.replace("_", "-"): it for name, it in headers.items()}
        return ada.client.post("/api/v1/events", data=data, content_type=content_type, headers=sent)

    return run


def _fields(answer):
    return sorted(one["field"] for one in answer.json["errors"])


def test_a_structured_event_becomes_a_message(world, mapped, send):
    mapped()
    answer = send(EVENT)
    assert (answer.status_code, answer.json["recipients"], answer.json["deliveries"]) == (202, 1, 1)
    message = world.session.get(Message, answer.json["id"])
    assert (message.subject, message.body, message.type) == ("Order 7", "It is **paid**.", "com_example_order_paid")
    assert message.attributes == {
        "type": "com.example.Order.paid", "source": "https://shop.example/orders", "tenant": "acme",
        "message": "It is **paid**.", "level": "3", "express": "true",
    }  # fmt: skip
    assert message.visible_at == world.clock.now()


@pytest.mark.parametrize("content_type", ["application/json", "application/vnd.shop+json; charset=utf-8"])
def test_a_binary_one_says_the_same_in_headers(world, mapped, send, content_type):
    mapped()
    answer = send(
        json.dumps(EVENT["data"]), content_type, ce_specversion="1.0", ce_id="7", ce_type="com.example.Order.paid",
        ce_source="https://shop.example/orders", ce_subject='"Caf%C3%A9 \\"7\\""', ce_tenant="acme",
    )  # fmt: skip
    assert answer.status_code == 202
    message = world.session.get(Message, answer.json["id"])
    assert (message.subject, message.body) == ('Café "7"', "It is **paid**.")
    assert (message.attributes["tenant"], message.attributes["level"]) == ("acme", "3")


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("just *so*", "text/plain", "just *so*"),
        (b"\x00\x01", "image/png", "com.example.x, with 2 bytes of image/png."),
        ("", "text/plain", "com.example.x, from /shop."),
    ],
)
def test_binary_data_of_other_types(world, mapped, send, body, content_type, text):
    mapped()
    answer = send(body, content_type, ce_specversion="1.0", ce_id="1", ce_type="com.example.x", ce_source="/shop")
    assert world.session.get(Message, answer.json["id"]).body == text


def test_a_repeat_posts_nothing_whatever_it_says(world, mapped, send, ada):
    rule = mapped()
    first = send(EVENT)
    again = send(EVENT | {"data": "something else"})
    mappings.remove(id=rule.id, by="ada", now=world.clock.now())
    late = send(EVENT)
    for answer in (again, late):
        assert (answer.status_code, answer.json) == (first.status_code, first.json)
        assert answer.headers["Idempotent-Replayed"] == "true"
    assert world.count(Message) == 1
    assert send(EVENT | {"source": "elsewhere"}).json["code"] == "no_mapping"


def test_the_first_mapping_that_matches_counts(world, mapped, send):
    mapped(type="*.Order.*", source="https://other/*")
    mapped(channel="shop.all", recipients=("role:editor", "emil"))
    mapped()
    answer = send(EVENT)
    assert world.session.get(Channel, world.session.get(Message, answer.json["id"]).channel_id).name == "shop.all"


def test_without_recipients_only_subscribers_are_told(world, mapped, send):
    subscriber(world, name="big", filters={"shop.all": {"level": "3", "tenant": "acme"}})
    subscriber(world, name="small", filters={"shop.all": {"level": "1"}})
    mapped(channel="shop.all", recipients=())
    answer = send(EVENT)
    assert (answer.json["recipients"], answer.json["deliveries"]) == (0, 1)
    assert world.count(UserNotification) == 0


def test_no_mapping_says_what_to_do(world, send):
    answer = send(EVENT)
    assert (answer.status_code, answer.json["code"]) == (422, "no_mapping")
    assert "/mappings" in answer.json["advice"]
    assert world.count(Message) == 0


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("{", "application/cloudevents+json", 400),
        ("[]", "application/cloudevents+json", 422),
        ("[" * 100_000, "application/cloudevents+json", 400),
        ('{"id": "\\ud800"}', "application/cloudevents+json", 400),
        ("[]", "application/cloudevents-batch+json", 415),
        ("", "application/cloudevents+avro", 415),
        ("{", "application/json", 400),
        (b"\xff", "text/plain", 422),
        ("{}", "application/json", 422),
        ("", "", 422),
    ],
)
def test_what_is_no_event(send, mapped, body, content_type, status):
    mapped()
    answer = send(body, content_type)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert (answer.json["code"] == "not_event") is (status == 415)


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"specversion": "0.3", "id": ""}, "id specversion"),
        ({"id": None, "source": None, "type": None, "specversion": None}, "id source specversion type"),
        ({"data": 1, "data_base64": "MQ=="}, "data"),
        ({"data": None, "data_base64": "%"}, "data_base64"),
        ({"data": "\u0000"}, "data"),
        ({"my_own": "x", "Large": "x"}, "Large my_own"),
        ({"ext": {"a": 1}, "other": 1.5, "big": 2**31}, "big ext other"),
    ],
)
def test_what_is_wrong_with_it_is_said_by_attribute(world, mapped, send, wrong, fields):
    mapped()
    answer = send(EVENT | wrong)
    assert (answer.status_code, _fields(answer)) == (422, fields.split())
    assert world.count(Message) == 0


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        ({"ce_id": "caf\u00e9"}, "ce-id"),
        ({"ce_id": "%FF"}, "ce-id"),
        ({"ce_datacontenttype": "text/plain"}, "datacontenttype"),
        ({"ce_my_own": "x"}, "my-own"),
        ({"ce_data": "x"}, "data"),
    ],
)
def test_what_is_wrong_with_a_header_is_said(mapped, send, headers, fields):
    mapped()
    usual = {"ce_specversion": "1.0", "ce_id": "1", "ce_type": "com.example.x", "ce_source": "/shop"}
    answer = send("text", "text/plain", **usual | headers)
    assert (answer.status_code, _fields(answer)) == (422, [fields])
