"""Plugins by name, found by being there."""

import sys
from importlib.metadata import EntryPoint

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


def test_an_installed_one_is_found_too(flock, monkeypatch):
    owl = EntryPoint(name="owl", value="flock.rook:WHO", group="birds")
    monkeypatch.setattr(registry, "entry_points", lambda group: [owl] if group == "birds" else [])
    assert list(discover(flock, group="birds"))[-1] == "rook"
