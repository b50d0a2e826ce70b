"""What templates say, in the reader's language."""

import pytest
from flask import render_template_string

from webapp.views import _reader, _words


class Shouting:
    """A language."""

    def ugettext(self, sentence):
        return sentence.upper().replace("%(WHO)S", "%(who)s")


@pytest.fixture(autouse=True)
def _request(app):
    with app.test_request_context("/"):
        yield


def test_values_are_escaped_and_the_sentence_is_not():
    assert render_template_string("{{ _('<b>%(who)s</b>: 100%%', who='<i>') }}") == "<b>&lt;i&gt;</b>: 100%"
    assert render_template_string("{{ _('100%% <b>') }}") == "100% <b>"


def test_each_request_has_its_language(monkeypatch):
    assert render_template_string("{{ _('Hello %(who)s', who='Ada') }}") == "Hello Ada"
    shouting = Shouting()
    monkeypatch.setattr(_reader, "_catalogue", lambda locale: shouting)
    assert render_template_string("{{ _('Hello %(who)s', who='Ada') }} {{ gettext('bye') }}") == "HELLO Ada BYE"
    assert _words.translated("Hello %(who)s", who="Bo") == "HELLO Bo"
    assert _words.said("Hello %(who)s", who="<Bo>") == "HELLO <Bo>"
    assert _words.said("100%") == "100%"
