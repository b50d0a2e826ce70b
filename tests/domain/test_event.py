"""Events: the JSON that subscribers get, in both forms, whatever was posted."""

import json
import re
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import ROOT
from tests.support.cloudevents import faults
from webapp.domain.blanks import MARK
from webapp.domain.event import Event, Form, content_type

SCHEMA = json.loads((ROOT / "docs/webhook-body.schema.json").read_text())
JSON_TYPES = {"string": str, "null": type(None), "object": dict}
AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
EVENT = Event(
    id="01KJMWG3F0Z7MPSKA15GRMD3RR", type="voicemail_new", channel="team.news", subject="Lunch", body="*Noon*.",
    sender="Edith Hale", attributes={"level": "1", "box": "7"}, created_at=AT, visible_at=AT + timedelta(hours=1),
)  # fmt: skip
PLAIN = {
    "id": "01KJMWG3F0Z7MPSKA15GRMD3RR",
    "type": "voicemail_new",
    "category": None,
    "channel": "team.news",
    "subject": "Lunch",
    "body": "*Noon*.",
    "link": None,
    "sender": "Edith Hale",
    "attributes": {"box": "7", "level": "1"},
    "created_at": "2026-03-01T12:30:00+00:00",
    "visible_at": "2026-03-01T13:30:00+00:00",
}
CLOUD_EVENT = {
    "specversion": "1.0",
    "id": "01KJMWG3F0Z7MPSKA15GRMD3RR",
    "source": "https://belfry.example.com/channels/team.news",
    "type": "belfry.message.voicemail_new",
    "subject": "Lunch",
    "time": "2026-03-01T12:30:00+00:00",
    "datacontenttype": "application/json",
    "data": PLAIN,
}

texts = st.text(st.characters(), max_size=50)  # halves of characters included
events = st.builds(
    Event,
    id=st.just(EVENT.id),
    type=st.from_regex(r"[a-z][a-z0-9_]{0,49}", fullmatch=True),
    category=st.none() | texts,
    channel=st.from_regex(r"[a-z0-9_-]{1,9}\.[a-z0-9_-]{1,9}", fullmatch=True),
    subject=texts,
    body=texts,
    link=st.none() | st.just("https://example.com/?a=ü"),
    sender=texts,
    attributes=st.dictionaries(texts, texts | st.integers() | st.lists(texts), max_size=4),
    created_at=st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    visible_at=st.just(AT),
)


@pytest.mark.parametrize(("form", "written"), [(Form.PLAIN, PLAIN), (Form.CLOUDEVENTS, CLOUD_EVENT)])
def test_it_is_written_as_the_form_has_it_and_always_in_one_order(form, written):
    text = EVENT.text(form, source="https://belfry.example.com/")
    assert text == json.dumps(written, separators=(",", ":"))
    turned = replace(EVENT, attributes={"box": "7", "level": "1"})
    assert turned.text(form, source="https://belfry.example.com") == text


def test_each_field_of_an_event_is_in_its_schema_and_in_its_order():
    assert list(SCHEMA["properties"]) == SCHEMA["required"] == list(PLAIN) == [field.name for field in fields(Event)]


def test_without_a_public_address_the_source_is_a_path():
    assert json.loads(EVENT.text(Form.CLOUDEVENTS, source=""))["source"] == "/channels/team.news"


@pytest.mark.parametrize(
    ("subject", "told"),
    [("a\tb", "a b"), ("\ufffe 🎉\U0001ffff", "🎉"), ("\u0085", None), ("ضحى \u200f", "ضحى \u200f")],
)
def test_a_cloud_event_s_subject_has_only_what_it_may(subject, told):
    written = json.loads(replace(EVENT, subject=subject).text(Form.CLOUDEVENTS, source=""))
    assert (written.get("subject"), written["data"]["subject"]) == (told, subject)


def test_times_are_in_utc():
    east = replace(EVENT, created_at=AT.astimezone(timezone(timedelta(hours=2))))
    assert json.loads(east.text(Form.PLAIN, source=""))["created_at"] == PLAIN["created_at"]


@given(events)
def test_the_plain_form_keeps_to_its_schema_and_tells_what_was_posted(event):
    text = event.text(Form.PLAIN, source="")
    body = json.loads(text.encode())
    assert content_type(text) == "application/json"
    assert set(body) == set(SCHEMA["properties"])
    for name, value in body.items():
        wanted = SCHEMA["properties"][name]
        types = wanted["type"] if isinstance(wanted["type"], list) else [wanted["type"]]
        assert isinstance(value, tuple(JSON_TYPES[each] for each in types)), name
        assert re.search(wanted.get("pattern", ""), value) if name == "type" else True
    assert body["body"] == re.sub("[\ud800-\udfff]", "?", event.body)
    assert MARK not in text, "nothing in it is a blank"


@given(events)
def test_the_other_form_is_a_cloud_event_with_the_plain_one_in_it(event):
    text = event.text(Form.CLOUDEVENTS, source="https://belfry.example.com")
    written = json.loads(text.encode())
    assert content_type(text) == "application/cloudevents+json"
    assert faults(written) == []
    assert written["data"] == json.loads(event.text(Form.PLAIN, source=""))
    assert written["id"] == event.id


@pytest.mark.parametrize(
    ("different", "fault"),
    [
        ({"specversion": "0.3"}, "another specversion"),
        ({"id": ""}, "no id"),
        ({"source": "a b"}, "source is no URI-reference"),
        ({"subject": ""}, "an empty subject"),
        ({"subject": "a\tb"}, "subject has a character that no attribute may have"),
        ({"belfry_channel": "x"}, "name belfry_channel"),
        ({"tags": ["x"]}, "tags is of no type that attributes have"),
        ({"time": "2026-03-01T12:30:00"}, "time is none of RFC 3339"),
        ({"datacontenttype": "json"}, "datacontenttype is no media type"),
        ({"data_base64": ""}, "both data and data_base64"),
    ],
)
def test_what_is_no_cloud_event_is_found(different, fault):
    assert faults({**CLOUD_EVENT, **different}) == [fault]
