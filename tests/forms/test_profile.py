"""The forms for a person's details and password."""

import pytest

from webapp.forms.profile import DetailsForm, OwnPasswordForm

DETAILS = {"display_name": " Edith ", "email": " ", "phone": "", "tz": "Europe/Paris", "locale": "de_AT"}


@pytest.fixture
def filled(app):
    def fill(kind, data):
        with app.test_request_context("/", method="POST", data=data):
            form = kind(meta={"csrf": False})
            form.validate()
            return form

    return fill


def test_values_are_named_as_the_service_names_them(filled):
    form = filled(DetailsForm, DETAILS)
    assert form.errors == {}
    assert form.values() == {"display_name": "Edith", "email": "", "phone": "", "tz": "Europe/Paris", "locale": "de_AT"}


@pytest.mark.parametrize(("field", "typed"), [("tz", "Mars"), ("locale", "xx")])
def test_what_cannot_be_chosen(field, typed, filled):
    assert set(filled(DetailsForm, DETAILS | {field: typed}).errors) == {field}


def test_zones_stand_below_their_regions(app):
    with app.test_request_context("/"):
        html = DetailsForm(data={"tz": "Europe/Paris"}).tz()
    assert '<optgroup label="Europe">' in html
    assert '<option selected value="Europe/Paris">Paris</option>' in html
    assert '<option value="America/Argentina/Buenos_Aires">Argentina/Buenos Aires</option>' in html
    assert html.index('value="UTC"') < html.index("<optgroup")


def test_what_is_kept_stays_a_choice_however_rare(app):
    with app.test_request_context("/"):
        form = DetailsForm(data={"tz": "EST5EDT", "locale": "gsw_CH"})
        assert '<option selected value="EST5EDT">EST5EDT</option>' in form.tz()
        assert '<option selected value="gsw_CH">Swiss German (Switzerland)</option>' in form.locale()


def test_a_new_password_is_typed_twice(filled):
    typed = {"current": "old", "new": "quite another one", "again": "quite another one"}
    assert filled(OwnPasswordForm, typed).errors == {}
    wrong = filled(OwnPasswordForm, typed | {"again": "not the same"}).errors
    assert wrong == {"again": ["This is not the same as the one above."]}
    assert set(filled(OwnPasswordForm, {}).errors) == {"current", "new", "again"}


def test_passwords_are_never_in_the_page_again(filled):
    form = filled(OwnPasswordForm, {"current": "s3cret-word", "new": "s3cret-word", "again": ""})
    assert "s3cret-word" not in "".join(str(field()) for field in form)
