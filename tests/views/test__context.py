"""What every template knows."""

import pytest
from flask import render_template_string, url_for

from webapp.views._context import asset, fresh_asset


def test_the_address_of_a_static_file_carries_its_content(app):
    with app.test_request_context("/"):
        first = asset("css/base.css")
        assert first.startswith("/static/css/base.css?v=")
        assert asset("css/layout.css").partition("=")[2] != first.partition("=")[2]


def test_another_content_is_another_address(app, tmp_path):
    app.static_folder = str(tmp_path)
    file = tmp_path / "a.css"
    with app.test_request_context("/"):
        file.write_text("a {}")
        first = fresh_asset("a.css")
        file.write_text("b {}")
        assert fresh_asset("a.css") != first
        assert fresh_asset("missing.css") == url_for("static", filename="missing.css")


def test_macros_have_it_although_they_are_imported_without_a_context(app):
    with app.test_request_context("/"):
        shown = render_template_string("{% from 'parts/icon.html' import icon %}{{ icon('inbox') }}")
    assert "/static/vendor/bootstrap-icons.svg" in shown


def test_whoever_is_not_signed_in(app):
    with app.test_request_context("/"):
        words = "{{ person }} {{ menu.groups|list }} {{ menu.bar|list }} {{ theme }} {{ is_demo }}"
        assert render_template_string(words) == "None [] [] auto False"


@pytest.mark.parametrize("filter_", ["datetime", "moment", "clock", "day", "duration", "number"])
def test_filters_are_there(filter_, app):
    assert filter_ in app.jinja_env.filters


def test_the_zone_and_locale_are_the_persons(app, browser_of, clock):
    app.add_url_rule(
        "/when", "when", lambda: render_template_string("{{ now|datetime }} {{ 1204|number }}", now=clock.now())
    )
    assert browser_of("edith").get("/when").text == "2 Mar 2026, 09:00 1,204"
    paris = browser_of("emil", tz="Europe/Paris", locale="fr")
    assert paris.get("/when").text == "2 mars 2026, 10:00 1\u202f204"
    assert app.test_client().get("/when").text == "2 Mar 2026, 09:00 1,204"
