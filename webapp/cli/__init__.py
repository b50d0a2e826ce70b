"""The operator's commands: one module, one subject; each command is one call into a service."""

from flask import Flask

from webapp.domain.registry import discover


def register(app: Flask) -> None:
    """Register every module's ``commands`` with ``flask``."""
    for module in discover(__name__):
        for command in module.commands:
            app.cli.add_command(command)
