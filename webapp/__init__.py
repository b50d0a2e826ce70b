"""Belfry: user-to-user notifications that can always tell you why."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from webapp.config import Settings
    from webapp.domain.clock import Clock

__all__ = ["create_app"]


def create_app(settings: "Settings | None" = None, clock: "Clock | None" = None) -> "Flask":
    """The application: settings → extensions → models → screens → commands → installed listeners. Raises BadSetting."""
    # Not at the top: the process that listens on the port imports this package, and should not load all of Belfry.
    from webapp import api, cli, extensions, views, web
    from webapp.config import Settings
    from webapp.database import prepare_engine
    from webapp.domain import signals
    from webapp.runtime import install

    app = web.Application(__name__, template_folder="../templates", static_folder="../static")
    app.jinja_environment = views.Templates
    install(app, settings or Settings.from_environment(), clock)
    extensions.bind(app)
    with app.app_context():
        prepare_engine(extensions.db.engine)
    web.guard(app)
    views.register(app)
    api.register(app)
    cli.register(app)
    signals.listeners()
    return app
