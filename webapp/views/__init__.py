"""Screens: one module, one screen. A module here that has a ``screen`` is registered by being there."""

from flask import Flask

from webapp.domain.registry import discover


def register(app: Flask) -> None:
    """Register every screen's blueprint."""
    for module in discover(__name__):
        app.register_blueprint(module.screen)
