"""Screens are registered by being there, each with its guard."""

import re

import pytest

from webapp.domain.role import Role
from webapp.views._blueprint import Screen


def test_every_module_with_a_screen_is_registered(app):
    assert {"login", "profile", "theme", "users"} <= {
        name for name, screen in app.blueprints.items() if isinstance(screen, Screen)
    }


@pytest.mark.parametrize("role", ["editor", "operator", "admin"])
def test_every_screen_is_open_to_its_role_and_to_no_other(role, app, browser_of):
    somebody = browser_of("somebody", role=role)
    for rule in app.url_map.iter_rules():
        screen = app.blueprints.get(rule.endpoint.partition(".")[0])
        if not isinstance(screen, Screen) or screen.role is None or "GET" not in (rule.methods or ()):
            continue
        path = re.sub("<[^>]*>", "nothing", re.sub("<int:[^>]*>", "1", rule.rule))
        answer = somebody.get(path)
        may = Role(role).includes(screen.role)
        assert (answer.status_code != 403) is may, path
        assert app.test_client().get(path).status_code == 303, f"{path} without having signed in"
