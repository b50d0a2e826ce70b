"""One map of what every template knows."""

import pytest
from flask import render_template_string
from jinja2 import UndefinedError
from markupsafe import Markup

from webapp.views import Templates
from webapp.views._templates import written


def test_the_application_has_them(app):
    assert type(app.jinja_env) is Templates
    assert app.jinja_env.get_template("inbox/index.html").globals is app.jinja_env.globals


def test_what_one_template_makes_is_not_known_to_others(app):
    with app.test_request_context("/"):
        assert render_template_string("{% set found = 1 %}{{ found }}") == "1"
        assert render_template_string("{{ found is defined }}") == "False"
    assert "found" not in app.jinja_env.globals


def test_globals_of_its_own_stay_with_it(app):
    own = app.jinja_env.from_string("{{ mine }}", globals={"mine": "yes"})
    with app.test_request_context("/"):
        assert own.render() == "yes"
        assert render_template_string("{{ mine is defined }}") == "False"


@pytest.mark.parametrize(
    ("value", "html"),
    [("a", "a"), ("<a>", "&lt;a&gt;"), (Markup("<a>"), "<a>"), ("\"'&", "&#34;&#39;&amp;"), (7, "7"), (None, "None")],
)
def test_what_is_written_is_escaped_once(app, value, html):
    assert written(value) == html
    with app.test_request_context("/"):
        assert render_template_string("{{ value }}", value=value) == html
        assert render_template_string("{{ nothing }}{{ 1 if value is undefined }}", value=value) == ""


def test_a_call_gets_what_stands_there_and_no_more(app):
    def told(*given, **named):
        return f"{given} {named}"

    with app.test_request_context("/"):
        assert render_template_string("{{ told(1, *[2], class='a', **{'b': 3}) }}", told=told).startswith(
            "(1, 2) {&#39;"
        )
        bold = "{% macro bold() %}<b>{{ caller() }}</b>{% endmacro %}"
        assert (
            render_template_string(bold + "{% for n in [1] %}{% call bold() %}&{% endcall %}{% endfor %}") == "<b>&</b>"
        )
        assert render_template_string("{{ ngettext('%(num)s <a>', '%(num)s <b>', 2) }}") == "2 <b>"
        with pytest.raises(UndefinedError):
            render_template_string("{{ nobody(1) }}")


def test_a_template_is_found_once_unless_it_may_change(app):
    once = app.jinja_env.get_template("layout/base.html")
    assert app.jinja_env.get_template("layout/base.html") is once
    app.jinja_env.auto_reload = True
    app.jinja_env.cache.clear()
    assert app.jinja_env.get_template("layout/base.html") is not once
