"""What is read of an event."""

import pytest

from webapp.domain.cloud_event import CloudEvent
from webapp.domain.event_words import attributes_of, body_of, subject_of, type_of
from webapp.domain.message import LARGEST_BODY, NotificationMessage


def event(**told):
    return CloudEvent(**{"id": "1", "source": "/shop", "type": "com.example.Paid", **told})


@pytest.mark.parametrize(
    ("told", "subject"),
    [
        ({"subject": "S", "data": {"subject": "D"}}, "S"),
        ({"data": {"subject": " two\nlines ", "title": "T"}}, "two lines"),
        ({"data": {"subject": 7, "title": "T"}}, "T"),
        ({"data": {"title": " \n"}}, "com.example.Paid"),
        ({"subject": "x" * 201}, "x" * 199 + "…"),
        ({}, "com.example.Paid"),
    ],
)
def test_the_subject(told, subject):
    assert subject_of(event(**told)) == subject


@pytest.mark.parametrize(
    ("data", "body"),
    [
        ("as *it* is", "as *it* is"),
        ({"body": "B", "text": "T"}, "B"),
        ({"body": " ", "message": "M"}, "M"),
        ({"text": "T"}, "T"),
        ({"a_b": "*x*\ny", "n": [1, {"k": None}], "z": None},
         '- **a\\_b**: \\*x\\* y\n- **n**: \\[1, \\{"k": null\\}\\]\n- **z**: –'),
        (["a", 1], "- a\n- 1"),
        ({}, "com.example.Paid, from /shop."),
        (None, "com.example.Paid, from /shop."),
        (0, "0"),
        (True, "true"),
        (b"ab", "com.example.Paid, with 2 bytes of application/octet-stream."),
    ],
)  # fmt: skip
def test_the_body(data, body):
    assert body_of(event(data=data)) == body


@pytest.mark.parametrize("data", [{"a": "ä" * 70_000}, {"a": "\0\ud800"}, {"a\nb": "x"}, ["x" * 70_000]], ids=range(4))
def test_what_is_listed_can_be_posted(data):
    told = event(data=data)
    body = body_of(told)
    assert len(body.encode(errors="replace")) <= LARGEST_BODY
    if "\ud800" not in body:
        NotificationMessage(channel="a.b", subscribers_only=True, subject="s", body=body).check()


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ("com.example.Order.paid", "com_example_order_paid"),
        ("7.x", "x"),
        ("€", "event"),
        ("a" * 60, "a" * 50),
        ("com." + "1" * 60, "event"),
    ],
)
def test_the_type(given, word):
    assert type_of(event(type=given)) == word
    NotificationMessage(channel="a.b", subscribers_only=True, subject="s", body="b", type=word).check()


def test_the_attributes_are_what_fits():
    data = {"source": 1, "yes": True, "none": None, "list": [], "long": "x" * 1001, "two\nwords": "x", "text": "a\nb"}
    told = attributes_of(event(extensions={"tenant": "acme", "yes": False}, data=data))
    assert told == {"type": "com.example.Paid", "source": "1", "tenant": "acme", "yes": "true"}


def test_there_are_never_too_many():
    told = event(data={f"a{n}": "x" for n in range(80)})
    message = NotificationMessage(
        channel="a.b", subscribers_only=True, subject="s", body="b", attributes=attributes_of(told)
    )
    message.check()
    assert len(message.attributes) == 50
