"""A channel's form: its media are boxes in an order."""

import pytest
from werkzeug.datastructures import MultiDict

from webapp.forms.channels import ChannelForm, NewChannelForm


@pytest.fixture(autouse=True)
def request_context(app):
    with app.test_request_context():
        yield


def form(media=(), **data) -> ChannelForm:
    typed = MultiDict([("title", " News "), *(("media", medium) for medium in media), *data.items()])
    return ChannelForm(formdata=typed, meta={"csrf": False})


def shown(filled: ChannelForm) -> list[tuple[str, bool]]:
    return [(choice.data, choice.checked) for choice in filled.media]


def test_boxes_come_back_in_the_order_in_which_they_were_sent():
    assert form(["sms", "email"]).media.data == ["sms", "email"]
    assert shown(form(["sms", "email"])) == [("sms", True), ("email", True)]


def test_ticked_ones_stand_first():
    assert shown(form(["sms"])) == [("sms", True), ("email", False)]
    assert shown(form()) == [("email", False), ("sms", False)]


@pytest.mark.parametrize(
    ("step", "order"),
    [
        ("sms up", ["sms", "email"]),
        ("email down", ["sms", "email"]),
        ("email up", ["email", "sms"]),
        ("sms down", ["email", "sms"]),
        ("fax up", ["email", "sms"]),
        ("sms", ["email", "sms"]),
        ("", ["email", "sms"]),
    ],
)
def test_a_medium_moves_by_one_place(step, order):
    filled = form(["email", "sms"])
    filled.media.move(step)
    assert filled.media.data == order


def test_a_medium_that_is_none_is_refused():
    filled = form(["pigeon"])
    assert not filled.validate()
    assert list(filled.errors) == ["media"]


def test_spaces_at_the_ends_are_dropped_and_a_title_is_needed():
    assert form().title.data == "News"
    assert form().validate()
    empty = NewChannelForm(formdata=MultiDict({"title": ""}), meta={"csrf": False})
    assert not empty.validate()
    assert set(empty.errors) == {"title", "name"}
