"""CloudEvents: which context attributes are as they have to be."""

import pytest

from webapp.domain.cloud_event import read
from webapp.domain.refusal import Refused

LEAST = {"specversion": "1.0", "id": "1", "source": "/", "type": "x"}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"source": "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66"},
        {"source": "../relative?q=1#a"},
        {"subject": "caf\u00e9 \U0001f600", "time": "2026-03-02t09:00:00.123456789+01:00"},
        {"dataschema": "https://a.b/c", "datacontenttype": 'multipart/mixed; boundary="a b"'},
        {"subject": None, "ext": None},
        {"a1": True, "b": -(2**31), "c": ""},
    ],
    ids=ascii,
)
def test_what_the_specification_allows(more):
    event = read({**LEAST, **more}, {"a": 1})
    assert (event.id, event.type, event.data) == ("1", "x", {"a": 1})


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"specversion": "1.1"}, "specversion"),
        ({"specversion": 1.0}, "specversion"),
        ({"id": 7}, "id"),
        ({"id": "a\nb"}, "id"),
        ({"type": "\ufffe"}, "type"),
        ({"type": "x" * 201}, "type"),
        ({"source": "a b"}, "source"),
        ({"source": ""}, "source"),
        ({"subject": ""}, "subject"),
        ({"time": "yesterday"}, "time"),
        ({"time": "2026-02-30T09:00:00Z"}, "time"),
        ({"dataschema": "relative"}, "dataschema"),
        ({"datacontenttype": "json"}, "datacontenttype"),
        ({"data": "x"}, "data"),
        ({"": "x"}, ""),
        ({"a" * 51: "x"}, "a" * 50),
        ({"ext": [1]}, "ext"),
        ({"ext": "\ud800"}, "ext"),
        ({"ext": 1e300}, "ext"),
    ],
    ids=ascii,
)
def test_what_it_does_not(wrong, field):
    with pytest.raises(Refused) as caught:
        read({**LEAST, **wrong}, None)
    assert list(caught.value.problems) == [field]


def test_extensions_are_what_is_left():
    assert read({**LEAST, "subject": "s", "tenant": "acme", "n": 1}, None).extensions == {"tenant": "acme", "n": 1}
