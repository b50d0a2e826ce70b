"""Pieces of pages that are kept: the same is made once, and nobody reads what was made for somebody else."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader, TemplateSyntaxError
from markupsafe import Markup, escape

from webapp.views import Templates
from webapp.views._keeping import _MOST

ROW = "{% macro row(it, told) %}{% keep it, told %}<li>{{ it.word }} {{ made() }}</li>{% endkeep %}{% endmacro %}"
LIST = "{% from 'row.html' import row %}{% for it in its %}{{ row(it, told) }}{% endfor %}"
TWO = "{% keep it %}<a>{{ made() }}</a>{% endkeep %}{% keep it %}<b>{{ made() }}</b>{% endkeep %}"


AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Thing:
    word: str


@pytest.fixture
def made(app):
    """How often anything was made, while nobody is signed in."""
    times = iter(range(10**6))
    with app.test_request_context("/"):
        yield lambda: next(times)


@pytest.fixture
def templates(app, made) -> Templates:
    files = {"row.html": ROW, "list.html": LIST, "two.html": TWO, "told.html": "{% keep it %}{{ it }}{% endkeep %}"}
    own = Templates(Flask(__name__), loader=DictLoader(files), autoescape=True, auto_reload=False)
    own.globals["made"] = made
    return own


def test_what_is_made_of_the_same_is_made_once(templates):
    its = [Thing("a"), Thing("<b>"), Thing("a")]
    first = templates.get_template("list.html").render(its=its, told=1)
    assert first == "<li>a 0</li><li>&lt;b&gt; 1</li><li>a 0</li>"
    assert templates.get_template("list.html").render(its=[Thing("a")], told=1) == "<li>a 0</li>"
    assert templates.get_template("list.html").render(its=[Thing("a")], told=2) == "<li>a 2</li>"


def test_two_pieces_of_a_file_are_two(templates):
    assert templates.get_template("two.html").render(it=1) == "<a>0</a><b>1</b>"


@pytest.mark.parametrize(("one", "other"), [(True, 1), (1, 1.0), (Markup("<b>"), "<b>")])
def test_what_is_equal_and_not_written_alike_is_two(templates, one, other):
    assert one == other
    told = [templates.get_template("told.html").render(it=it) for it in (one, other, one)]
    assert told == [str(escape(one)), str(escape(other)), str(escape(one))]


def test_each_reader_has_their_own(app, browser_of):
    """In their language and zone; and under an address that a proxy has put before all of them, another one."""
    words = "{% keep at %}{{ at|clock }} {{ url_for('inbox.index') }}{% endkeep %}"
    app.jinja_env.loader = ChoiceLoader([DictLoader({"at.html": words}), app.jinja_env.loader])
    app.add_url_rule("/at", "at", lambda: app.jinja_env.get_template("at.html").render(at=AT))
    assert browser_of("edith", tz="UTC").get("/at").text == "09:00 /inbox"
    assert browser_of("emil", tz="Asia/Tokyo").get("/at").text == "18:00 /inbox"
    assert browser_of("edith").get("/at", base_url="http://localhost/below").text == "09:00 /below/inbox"
    assert browser_of("edith").get("/at").text == "09:00 /inbox"


def test_what_is_said_of_a_moment_is_said_anew_the_next_day(app, clock, browser_of):
    words = {"at.html": "{% keep at %}{{ at|day }}{% endkeep %}"}
    app.jinja_env.loader = ChoiceLoader([DictLoader(words), app.jinja_env.loader])
    app.add_url_rule("/at", "at", lambda: app.jinja_env.get_template("at.html").render(at=AT))
    edith = browser_of("edith", tz="UTC")
    assert edith.get("/at").text == "Today"
    clock.advance(timedelta(days=1))
    assert edith.get("/at").text == "Yesterday"


def test_room_is_made_for_others(templates):
    rows = templates.get_template("list.html")
    rows.render(its=[Thing(str(n)) for n in range(_MOST)], told=1)
    assert rows.render(its=[Thing("0")], told=1) == "<li>0 0</li>"
    rows.render(its=[Thing("one more")], told=1)
    assert rows.render(its=[Thing("0")], told=1) == f"<li>0 {_MOST + 1}</li>"


def test_nothing_is_kept_where_templates_may_change(templates):
    templates.auto_reload = True
    assert templates.get_template("two.html").render(it=1) == "<a>0</a><b>1</b>"
    assert templates.get_template("two.html").render(it=1) == "<a>2</a><b>3</b>"


def test_only_files_keep(templates):
    with pytest.raises(TemplateSyntaxError, match="only a template with a name may keep something"):
        templates.from_string(TWO)
