"""One map of what every template knows."""

from enum import StrEnum
from functools import cache
from typing import Any

import pytest
from flask import Flask, render_template_string
from flask.templating import Environment
from flask_babel.speaklater import LazyString
from jinja2 import (
    ChainableUndefined,
    DebugUndefined,
    DictLoader,
    StrictUndefined,
    Undefined,
    UndefinedError,
    pass_context,
)
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


class Text(str):
    """A text of a class of its own, which says how it is as HTML."""

    def __html__(self) -> str:
        return "<i>html</i>"


class Marked(Markup):
    """HTML of a class of its own."""


class Word(StrEnum):
    """A word with something in it that has to be escaped."""

    LESS = "<less>"


class Thing:
    """Something that is no text at all."""

    def __str__(self) -> str:
        return "<thing>"


VALUES: dict[str, Any] = {
    "text": "<b> & \"'",
    "plain": "plain",
    "html": Markup("<b>"),
    "marked": Marked("<b>"),
    "own": Text("<own>"),
    "own, plain": Text("own"),
    "word": Word.LESS,
    "thing": Thing(),
    "lazy": LazyString(lambda: "<lazy>"),
    "error": ValueError("<error>"),
    "bytes": b"<b>",
    "list": ["<a>", Markup("<b>")],
    "map": {"<a>": "<b>"},
    "none": None,
    "yes": True,
    "number": 1.5,
    **{f"undefined_{kind.__name__}": kind(name="<u>") for kind in (Undefined, ChainableUndefined, DebugUndefined)},
    "undefined_strict": StrictUndefined(name="<u>"),
}
MACRO = "{% macro m(x='<d>') %}<u>{{ x }}{{ varargs }}{{ kwargs }}{{ caller(x) if caller }}</u>{% endmacro %}"
WAYS = {
    "written": "{{ it }}{{ it if yes }}{{ it or '<or>' }}{{ ('<or>' if yes) }}",
    "put together": "{{ it ~ '<c>' }}{{ '<c>' ~ it }}{{ html ~ it }}{{ html + it }}",
    "put into": "{{ '<%s>'|format(it) }}{{ ('<%s>'|safe)|format(it) }}{{ '<{}>'.format(it) }}{{ [it]|join('<') }}",
    "filtered": "{{ it|safe }}{{ it|e }}{{ it|string }}{{ it|upper }}{% filter upper %}<f>{{ it }}{% endfilter %}",
    "set": "{% set b %}<q>{{ it }}{% endset %}{{ b }}{{ b ~ '<' }}{{ b|upper }}{{ b|length }}{% set c = it %}{{ c }}",
    "macro": MACRO
    + "{{ m(it) }}{{ m(m(it)) }}{{ m() ~ '<' }}{{ m(1, it, z=it) }}{% set q = m(it) %}{{ [q]|join('<') }}",
    "call": MACRO + "{% call(y) m(it) %}<i>{{ y }}{{ it }}{% endcall %}",
    "not escaped": MACRO + "{% autoescape false %}{{ it }}{{ m(it) }}{% endautoescape %}{{ it }}",
    "perhaps escaped": "{% for on in [1, 0] %}{% autoescape on %}{{ it }}{{ text }}{% endautoescape %}{% endfor %}",
    "imported": "{% import 'lib.html' as l %}{% from 'lib.html' import m, v %}{{ l.m(it) }}{{ m(it) }}{{ l.v }}{{ v }}",
    "included": "<a>{% include 'part.html' %}{% include 'part.txt' %}",
    "extended": "{% extends 'base.html' %}{% block body %}{{ super() }}{{ it }}{{ self.foot() }}{% endblock %}",
    "in a loop": "{% for x in [[it], it] recursive %}{% if loop.first %}<{{ loop(x) if loop.depth < 3 }}>{% endif %}"
    "{{ x }}{{ loop.cycle('<a>', html) }}{% endfor %}",
    "translated": "{{ gettext('<g> %(x)s', x=it) }}{{ ngettext('<g> %(x)s', '<h> %(x)s', 2, x=it) }}"
    "{% trans x=it %}<t> {{ x }}{% endtrans %}",
}
PARTS = {
    "lib.html": MACRO + "{% set v %}<v>{{ 1 }}{% endset %}",
    "part.html": "<p>{{ it }}",
    "part.txt": "<p>{{ it }}",
    "base.html": "<{% block body %}<b>{{ it }}{% endblock %}{% block foot %}<f>{{ it }}{% endblock %}>",
}


@cache
def environment(kind: type[Environment]) -> Environment:
    """Such a one, with nothing of Belfry's in it."""
    ways = {f"{way}.{ending}": source for way, source in WAYS.items() for ending in ("html", "txt")}
    made = kind(
        Flask(__name__),
        loader=DictLoader(PARTS | ways),
        autoescape=lambda name: name.endswith("html"),
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_callables(str, lambda one, many, n: one if n == 1 else many, newstyle=True)
    return made


def rendered(kind: type[Environment], name: str, it: Any) -> str:
    """What such an environment makes of it, or why it makes nothing of it."""
    try:
        return environment(kind).get_template(name).render(VALUES, it=it)
    except (TypeError, UndefinedError) as error:
        return repr(error)


@pytest.mark.parametrize("ending", ["html", "txt"])
@pytest.mark.parametrize("way", WAYS)
def test_a_page_is_what_flask_makes_of_it(way, ending):
    name = f"{way}.{ending}"
    for it in VALUES.values():
        assert rendered(Templates, name, it) == rendered(Environment, name, it)


def test_what_a_template_that_escapes_nothing_has_made_is_escaped_where_it_is_written(app):
    lib = DictLoader({"lib.txt": "{% macro m(x) %}<u>{{ x }}{% endmacro %}"})
    made = Templates(app, loader=lib, autoescape=lambda name: name is None)
    assert made.from_string("{% import 'lib.txt' as l %}{{ l.m('<') }}").render() == "&lt;u&gt;&lt;"


def test_a_function_that_wants_the_context_has_to_be_known_to_all(app):
    @pass_context
    def name_of(context: Any) -> str:
        return context["name"]

    app.jinja_env.globals["name_of"] = name_of
    with app.test_request_context("/"):
        assert render_template_string("{{ name_of() }}", name="<Ada>") == "&lt;Ada&gt;"
        with pytest.raises(TypeError):
            render_template_string("{{ other() }}", name="Ada", other=name_of)
