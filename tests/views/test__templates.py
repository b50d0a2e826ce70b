"""One map of what every template knows."""

from flask import render_template_string

from webapp.views import Templates


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
