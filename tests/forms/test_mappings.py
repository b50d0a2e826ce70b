"""What is filled in about mappings."""

import pytest
from werkzeug.datastructures import MultiDict

from webapp.domain.event_rule import EventRule
from webapp.forms.mappings import MappingForm

FILLED = {"type": " com.* ", "source": "*", "channel": "a.b", "people": "Emil, edith\nemil", "roles": "admin"}


@pytest.fixture
def form(app):
    def make(**filled):
        with app.test_request_context():
            made = MappingForm(MultiDict(FILLED | filled), meta={"csrf": False})
            made.offer_channels({"a.b": "News"})
            return made, made.validate()

    return make


def test_it_is_read_as_a_rule(form):
    filled, sound = form()
    assert sound
    rule = EventRule(type="com.*", source="*", channel="a.b", recipients=("role:admin", "emil", "edith"))
    assert filled.rule() == rule


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"type": ""}, "type"), ({"source": ""}, "source"), ({"channel": ""}, "channel"), ({"channel": "c.d"}, "channel")],
)
def test_what_is_missing(form, wrong, field):
    filled, sound = form(**wrong)
    assert (sound, list(filled.errors)) == (False, [field])


def test_it_shows_what_there_is(app):
    rule = EventRule(channel="a.b", type="x", recipients=("role:admin", "emil"))
    with app.test_request_context():
        shown = MappingForm.of(rule, version="3")
        assert (shown.roles.data, shown.people.data, shown.version.data) == (["admin"], "emil", "3")
        assert shown.rule() == EventRule(channel="a.b", type="x", recipients=("role:admin", "emil"))
