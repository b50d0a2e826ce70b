"""A provider's form is drawn from its kind's Fields."""

import pytest
from bs4 import BeautifulSoup
from werkzeug.datastructures import MultiDict

from webapp.domain.field import Field
from webapp.forms.providers import edit_form, new_form
from webapp.services.providers import provider_setup

FIELDS = (
    Field("host", "Server", required=True, help="Its name."),
    Field("port", "Port", "number", 25, least=1, most=65535),
    Field("auth", "Sign-in", "choice", "none", choices=(("none", "None"), ("plain", "PLAIN"))),
    Field("password", "Password", "secret", required=True, only_if=("auth", ("plain",))),
    Field("loud", "Loud", "switch"),
    Field("reply_to", "Replies to", "email"),
)


@pytest.fixture(autouse=True)
def request_context(app):
    with app.test_request_context():
        yield


def drawn(form, name):
    return BeautifulSoup(str(form[name]()), "html.parser").find(True)


def test_each_field_has_its_control():
    form = edit_form(FIELDS)(formdata=None)
    kinds = {name: drawn(form, name).get("type", drawn(form, name).name) for name in form.settings}
    assert kinds == {
        "host": "text",
        "port": "number",
        "auth": "select",
        "password": "password",
        "loud": "checkbox",
        "reply_to": "email",
    }
    assert (drawn(form, "port")["min"], drawn(form, "port")["max"], drawn(form, "port")["value"]) == (
        "1",
        "65535",
        "25",
    )
    assert form.host.description == "Its name."
    assert form.host.flags.required
    assert not form.reply_to.flags.required


def test_a_field_that_counts_only_sometimes_says_when_in_words_and_for_scripts():
    form = edit_form(FIELDS)(formdata=None)
    assert form.password.description == "Only where “Sign-in” is “PLAIN”."
    password = drawn(form, "password")
    assert (password["data-only-if"], password["data-only-if-values"]) == ("auth", "plain")


def test_a_secret_is_never_put_back_into_the_page():
    form = edit_form(FIELDS)(formdata=MultiDict({"password": "hush"}), data={"password": "hush"})
    assert "hush" not in str(form.password())
    assert form.raw()["password"] == "hush"


def test_what_was_typed_is_handed_on_as_it_is():
    form = edit_form(FIELDS)(formdata=MultiDict({"host": "a", "port": "x", "auth": "oauth", "loud": "y"}))
    assert form.raw() == {
        "host": "a",
        "port": "x",
        "auth": "oauth",
        "password": "",
        "loud": "on",
        "reply_to": "",
    }


def test_what_was_saved_is_shown():
    form = edit_form(FIELDS)(formdata=None, data={"host": "a", "port": 2525, "auth": "plain", "version": 3})
    assert drawn(form, "port")["value"] == "2525"
    assert drawn(form, "auth").select_one("[selected]")["value"] == "plain"
    assert drawn(form, "version")["value"] == "3"


def test_a_new_one_has_a_name_and_a_medium():
    form = new_form(FIELDS, ["email", "sms"])(formdata=None)
    assert [option["value"] for option in drawn(form, "medium").select("option")] == ["email", "sms"]
    assert drawn(form, "name")["type"] == "text"


@pytest.mark.parametrize("name", ["name", "medium", "version", "to", "data"])
def test_a_kind_must_not_take_our_names(name):
    with pytest.raises(ValueError, match=name):
        new_form([Field(name, "X")], ["email"])


def test_every_kind_can_be_drawn():
    for kind in provider_setup.kinds():
        form = new_form(kind.fields, kind.media)(formdata=None)
        assert [str(form[field.name]()) for field in kind.fields if not field.make]


def test_what_belfry_makes_itself_is_nothing_to_fill_in():
    form = edit_form((*FIELDS, Field("key", "Key", "secret", make=lambda: "made")))(formdata=None)
    assert "key" not in form
    assert "key" not in form.raw()


def test_lines_have_room():
    form = edit_form((Field("headers", "Headers", "lines"),))(formdata=MultiDict({"headers": "A: 1\r\nB: 2"}))
    assert drawn(form, "headers").name == "textarea"
    assert form.raw() == {"headers": "A: 1\r\nB: 2"}
