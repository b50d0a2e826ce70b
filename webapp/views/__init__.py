"""Screens: one module, one screen. A module here that has a ``screen`` is registered by being there."""

from flask import Flask

from webapp.domain.registry import discover
from webapp.views import _context, _errors, _identity, _stale_form
from webapp.views._templates import Templates

__all__ = ["Templates", "register"]


def register(app: Flask) -> None:
    """Register the current user, the template context, the error pages, and every screen's blueprint."""
    _identity.install(app)
    _stale_form.install()
    _context.install(app)
    _errors.install(app)
    for module in discover(__name__):
        app.register_blueprint(module.screen)
