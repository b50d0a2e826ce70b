"""create_app: settings → extensions → models → screens → commands."""

import pytest
from click import Context
from flask import request

from webapp import create_app
from webapp.config import BadSetting, Settings
from webapp.extensions import db
from webapp.runtime import runtime


def test_it_is_made_of_all_its_parts(app):
    assert {"login", "inbox", "compose", "sent", "jobs", "health", "users"} <= set(app.blueprints)
    assert {"users", "post", "inbox", "dispatch", "db"} <= set(app.cli.list_commands(Context(app.cli)))
    with app.app_context():
        assert {"message", "delivery", "user_account"} <= set(db.metadata.tables)


def test_the_settings_and_the_clock_are_those_it_was_given(app, settings, clock):
    with app.app_context():
        assert runtime().settings is settings
        assert runtime().now() == clock.now()
        clock.advance(60)
        assert runtime().now() == clock.now()


def test_two_of_them_share_nothing_but_code(app, environment, tmp_path):
    other = create_app(Settings.read(environment | {"BELFRY_DATABASE_URL": f"sqlite:///{tmp_path}/other.sqlite3"}))
    with app.app_context():
        first = db.engine.url
    with other.app_context():
        assert db.engine.url != first
        db.engine.dispose()


def test_bad_settings_make_none(environment, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BadSetting, match="BELFRY_INSTANCE"):
        create_app(Settings.read(environment | {"BELFRY_INSTANCE": str(tmp_path / "file")}))


@pytest.mark.parametrize(("size", "status"), [(1024, 200), (1025, 413)])
def test_a_request_larger_than_allowed_is_refused(size, status, environment):
    app = create_app(Settings.read(environment | {"BELFRY_MAX_BODY": "1024"}))
    app.config["WTF_CSRF_ENABLED"] = False
    app.add_url_rule("/length", "length", lambda: str(len(request.get_data())), methods=["POST"])
    assert app.test_client().post("/length", data=b"x" * size).status_code == status
    with app.app_context():
        db.engine.dispose()


def test_making_one_asks_nothing_of_the_database(environment, tmp_path):
    nowhere = f"sqlite:///{tmp_path}/no folder/belfry.sqlite3"
    app = create_app(Settings.read(environment | {"BELFRY_DATABASE_URL": nowhere}))
    with app.test_client().get("/static/css/base.css") as answer:
        assert answer.status_code == 200
    assert app.test_client().get("/healthz").status_code == 503
