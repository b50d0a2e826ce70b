"""Who is asking: as they are now, for every request anew."""

import pytest
from flask import g
from flask_login import current_user

from webapp.services.people import accounts
from webapp.views._identity import present, without_looking


def test_nobody_is_asking(app):
    with app.test_request_context("/"):
        assert present() is None
        assert not current_user.is_authenticated


def test_the_person_is_frozen_and_has_what_screens_ask_for(app, browser_of):
    seen = []
    app.after_request(lambda response: seen.append(present()) or response)
    edith = browser_of("edith", display_name="Edith Hale", tz="Europe/Paris")
    assert edith.get("/profile").status_code == 200
    who = seen[-1]
    assert (who.username, who.display_name, who.initials, who.tz) == ("edith", "Edith Hale", "EH", "Europe/Paris")
    assert who.is_authenticated
    assert who.get_id() == who.token
    with pytest.raises(AttributeError):
        who.role = "admin"


def test_what_was_changed_holds_at_the_next_request(app, browser_of, clock):
    edith = browser_of("edith")
    assert ">Edith</strong>" in edith.get("/profile").text
    with app.app_context():
        changed = {"display_name": "Renamed", "email": None, "phone": None, "tz": "UTC", "locale": "en"}
        accounts.edit(username="edith", **changed, by="ada", now=clock.now())
    assert ">Renamed</strong>" in edith.get("/profile").text


def test_without_looking_nobody_is_asked_for(app, statements):
    with app.test_request_context("/", headers={"Cookie": "belfry=x"}), statements() as asked:
        without_looking()
        assert present() is None
        before = g._login_user
        without_looking()
        assert g._login_user is before
    assert asked == []
