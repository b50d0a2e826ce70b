"""Plugins by name, found by being there."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from webapp.domain import registry
from webapp.domain.registry import Registry, discover


@pytest.fixture
def birds() -> Registry[str]:
    known: Registry[str] = Registry("bird")
    for name in ("rook", "dove"):
        known.add(name, name.upper())
    return known


def test_plugins_are_kept_in_the_order_of_their_names(birds):
    assert list(birds) == ["dove", "rook"]
    assert birds.items() == [("dove", "DOVE"), ("rook", "ROOK")]


def test_one_is_found_by_its_name(birds):
    assert birds["rook"] == birds.get("rook") == "ROOK"
    assert birds.get("owl") is None
    assert "rook" in birds
    assert "owl" not in birds
    with pytest.raises(KeyError):
        birds["owl"]


def test_two_of_one_name_are_a_mistake(birds):
    with pytest.raises(ValueError, match="two bird plugins named 'rook'"):
        birds.add("rook", "another")


@pytest.fixture
def flock(tmp_path, monkeypatch):
    folder = tmp_path / "flock"
    folder.mkdir()
    for name in ("__init__", "dove", "rook", "_feathers"):
        (folder / f"{name}.py").write_text(f"WHO = {name!r}\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield "flock"
    for name in [module for module in sys.modules if module.startswith("flock")]:
        del sys.modules[name]


def test_a_plugin_is_found_by_being_there_and_shared_code_is_none(flock):
    assert [module.WHO for module in discover(flock)] == ["dove", "rook"]


@pytest.fixture
def installed(birds, monkeypatch):
    """``installed(owl="flock.rook:WHO")``: with these entry points, what is known."""

    def look(**entries):
        found = [EntryPoint(name=name, value=value, group="birds") for name, value in entries.items()]
        monkeypatch.setattr(registry, "entry_points", lambda group: found if group == "birds" else [])
        birds.add_installed("birds", lambda word: (word.lower(), word.upper()))
        return birds.items()

    return look


def test_an_installed_one_is_found_too(flock, birds, installed):
    Path(sys.path[0], "flock", "owl.py").write_text("WHO = 'Owl'\n")
    assert installed(owl="flock.owl:WHO") == [("dove", "DOVE"), ("owl", "OWL"), ("rook", "ROOK")]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("flock.none:WHO", "ModuleNotFoundError: No module named 'flock.none'"),
        ("flock.rook:NOBODY", "AttributeError: module 'flock.rook' has no attribute 'NOBODY'"),
        ("flock.rook", "AttributeError: module 'flock.rook' has no attribute 'lower'"),
        ("flock.rook:WHO", "ValueError: There are two bird plugins named 'rook'."),
        ("flock.exits:WHO", "SystemExit: not here"),
        ("flock.long:WHO", "RuntimeError: one two " + "x" * 292),
    ],
)
def test_a_broken_one_is_left_out_in_one_line_of_the_log(flock, birds, installed, caplog, value, words):
    folder = Path(sys.path[0], "flock")
    (folder / "exits.py").write_text("raise SystemExit('not here')\n")
    (folder / "long.py").write_text("raise RuntimeError('one\\ntwo ' + 'x' * 1000)\n")
    assert installed(owl=value) == [("dove", "DOVE"), ("rook", "ROOK")]
    assert [record.getMessage() for record in caplog.records] == [f"The bird plugin owl ({value}) is left out: {words}"]


def test_after_a_broken_one_the_next_is_found(flock, birds, installed):
    Path(sys.path[0], "flock", "wren.py").write_text("WHO = 'wren'\n")
    assert ("wren", "WREN") in installed(owl="flock.none:WHO", wren="flock.wren:WHO")
