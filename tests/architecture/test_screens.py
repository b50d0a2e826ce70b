"""Every page belongs to a screen, and every screen says who may see it."""

import ast
from pathlib import Path

import pytest
from flask import Flask

from tests.support.source import dotted, modules, tree
from webapp.api._door import Door
from webapp.views._blueprint import Screen

NO_PAGES = {"static"}
SCREENS = [path for path in modules("webapp/views") if not path.name.startswith("_")]


@pytest.mark.parametrize("path", SCREENS, ids=lambda path: path.stem)
def test_a_screen_states_its_role(path: Path) -> None:
    made = [node.value for node in tree(path).body if isinstance(node, ast.Assign) and _names_screen(node)]
    assert len(made) == 1, f"{path} must make exactly one screen."
    assert isinstance(made[0], ast.Call)
    assert dotted(made[0].func) == "Screen"
    assert "role" in {keyword.arg for keyword in made[0].keywords}


def test_every_page_belongs_to_a_screen(app: Flask) -> None:
    strangers = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in NO_PAGES
        and not isinstance(app.blueprints.get(rule.endpoint.partition(".")[0]), Screen | Door)
    ]
    assert not strangers


def _blueprint(app: Flask, endpoint: str) -> object:
    return app.blueprints.get(endpoint.partition(".")[0])


def _names_screen(node: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "screen" for target in node.targets)
