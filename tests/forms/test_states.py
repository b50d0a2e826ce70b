"""One's own address for states, as a form."""

import pytest

from webapp.forms.states import own_form
from webapp.services.subscribers import subscriber_setup


@pytest.mark.one_database
def test_it_asks_for_the_settings_of_the_kind_and_not_for_its_key(app):
    with app.test_request_context():
        form = own_form(subscriber_setup.fields())(formdata=None, data={"url": "https://example.com"})
        assert form.raw()["url"] == "https://example.com"
        assert "signing_key" not in form.raw()
