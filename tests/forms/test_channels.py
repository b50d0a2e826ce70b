"""A channel's form: its media are boxes in an order."""

import pytest
from werkzeug.datastructures import MultiDict

from webapp.domain.channel_options import ChannelOptions
from webapp.forms.channels import ChannelForm, NewChannelForm


@pytest.fixture(autouse=True)
def request_context(app):
    with app.test_request_context():
        yield


def form(media=(), **data) -> ChannelForm:
    typed = MultiDict([("title", " News "), *(("media", medium) for medium in media), *data.items()])
    return offered(ChannelForm(formdata=typed, meta={"csrf": False}))


def offered(filled: ChannelForm) -> ChannelForm:
    filled.offer(formatters={"plain": "Plain"}, policies={"optimizely": "optimizely"})
    return filled


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
    empty = offered(NewChannelForm(formdata=MultiDict({"title": ""}), meta={"csrf": False}))
    assert not empty.validate()
    assert set(empty.errors) == {"title", "name"}


@pytest.mark.parametrize(
    "options",
    [
        ChannelOptions(title="News"),
        ChannelOptions(title="News", media=(), immediate=True, posters=()),
        ChannelOptions(title="News", every_s=5400, ttl_s=90.0, posters=("role:admin", "ada"), filter_keys=("a", "b")),
    ],
)
def test_a_channel_is_filled_in_and_read_again(options):
    assert offered(ChannelForm.of(options, meta={"csrf": False})).options() == options


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"who": "some"}, "posters"),
        ({"when": "batched"}, "every_s"),
        ({"when": "batched", "every_s": "0"}, "every_s"),
        ({"when": "batched", "every_s": "soon"}, "every_s"),
        ({"when": "batched", "every_s": "0.4 s"}, "every_s"),
        ({"ttl_s": "1 30"}, "ttl_s"),
        ({"keep_months": "x"}, "keep_months"),
    ],
)
def test_what_a_choice_goes_with(typed, field):
    filled = form(**typed)
    assert not filled.validate()
    assert list(filled.errors) == [field]
    assert len(filled.errors[field]) == 1


def test_what_the_choice_does_not_want_does_not_count():
    filled = form(who="everybody", roles="admin", posters="ada", when="once", every_s="1 h")
    assert filled.validate()
    assert (filled.options().posters, filled.options().every_s) == (None, 0)


@pytest.mark.parametrize(("typed", "shown"), [("2 H", "2 H"), ("soon", "soon"), ("", "")])
def test_a_duration_is_shown_as_it_was_typed(typed, shown):
    assert f'value="{shown}"' in form(ttl_s=typed).ttl_s()
