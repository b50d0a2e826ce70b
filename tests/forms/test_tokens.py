"""The form of a token: scopes that the role allows, and when it ends."""

from datetime import timedelta

import pytest
from werkzeug.datastructures import MultiDict

from webapp.domain.role import Role
from webapp.forms.tokens import TokenForm


@pytest.fixture
def form(app):
    def made(role=Role.EDITOR, **data):
        with app.test_request_context():
            app.config["WTF_CSRF_ENABLED"] = False
            return TokenForm(role, formdata=MultiDict([(name, one) for name, it in data.items() for one in it]))

    return made


@pytest.mark.parametrize("role", Role)
def test_it_offers_what_the_role_allows(role, form):
    offered = {choice[0] if isinstance(choice, tuple) else choice.value for choice in form(role).scopes.choices}
    assert ("deliveries:read" in offered) == role.includes(Role.OPERATOR)
    assert ("providers:write" in offered) == (role is Role.ADMIN)


@pytest.mark.parametrize(("ends", "days"), [("7", 7), ("90", 90), ("365", 365), ("never", None)])
def test_when_it_ends(ends, days, form, clock):
    filled = form(name=["x"], scopes=["inbox:read"], ends=[ends])
    now = clock.now()
    assert filled.values(now)["expires_at"] == (None if days is None else now + timedelta(days=days))


@pytest.mark.parametrize("data", [{"ends": ["0"]}, {"ends": ["x"]}, {"scopes": ["providers:read"]}, {"name": [""]}])
def test_what_was_not_offered_is_refused(data, form, app):
    filled = form(**{"name": ["x"], "scopes": ["inbox:read"], "ends": ["7"], **data})
    with app.test_request_context():
        assert not filled.validate()
        assert set(filled.errors) == set(data)
