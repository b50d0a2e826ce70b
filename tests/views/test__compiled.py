"""Compiled templates: kept, known by all that had a part in them, and done without where nothing can be kept."""

import sys

import pytest
from jinja2 import DictLoader, Environment

from webapp.views import _compiled
from webapp.views._compiled import Compiled


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where they are kept."""
    kept = tmp_path / "__pycache__"
    monkeypatch.setattr(_compiled, "_FOLDER", kept)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return kept


@pytest.fixture
def render(monkeypatch):
    """What a new environment makes of a template, and whether it had to compile it."""

    def rendered(source="{{ 1 + 1 }}"):
        templates, compiled = Environment(loader=DictLoader({"a.html": source}), bytecode_cache=Compiled()), []
        compile_ = templates.compile
        monkeypatch.setattr(templates, "compile", lambda *given: compiled.append(given) or compile_(*given))
        return templates.get_template("a.html").render(), bool(compiled)

    return rendered


def test_it_is_compiled_once(folder, render):
    assert [render(), render()] == [("2", True), ("2", False)]
    assert len(list(folder.iterdir())) == 1


def test_whoever_may_look_into_the_folder_may_read_it(folder, render):
    folder.mkdir()
    folder.chmod(0o755)
    render()
    [kept] = folder.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o644


def test_another_text_is_compiled_anew(folder, render):
    assert [render(), render("{{ 2 + 1 }}"), render("{{ 2 + 1 }}")] == [("2", True), ("3", True), ("3", False)]


def test_so_it_is_by_another_compiler(folder, render, monkeypatch):
    render()
    monkeypatch.setattr(_compiled, "_compiler", lambda: "another")
    assert [render(), render()] == [("2", True), ("2", False)]


def test_what_is_upgraded_while_it_runs_is_not_what_it_compiled_by(folder, render, monkeypatch):
    monkeypatch.setattr(_compiled, "_compiler", lambda: "the old one")
    old = Environment(loader=DictLoader({"a.html": "{{ 1 + 1 }}"}), bytecode_cache=Compiled())
    monkeypatch.setattr(_compiled, "_compiler", lambda: "the new one")
    old.get_template("a.html")
    assert render() == ("2", True)


def test_any_line_of_belfrys_is_a_part_of_the_compiler(tmp_path, monkeypatch):
    (module := tmp_path / "a.py").write_text("1")
    monkeypatch.setattr(_compiled, "_PACKAGE", tmp_path)
    seen = {_compiled._compiler.__wrapped__()}
    module.write_text("12")
    seen.add(_compiled._compiler.__wrapped__())
    (tmp_path / "b.py").touch()
    seen.add(_compiled._compiler.__wrapped__())
    assert len(seen) == 3


@pytest.mark.parametrize("why", ["not to", "cannot"])
def test_nothing_is_kept_where_python_keeps_nothing(folder, render, monkeypatch, why):
    if why == "not to":
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
    else:
        monkeypatch.setattr(_compiled, "_FOLDER", folder / "of nothing" / "__pycache__")
    assert [render(), render()] == [("2", True), ("2", True)]
