"""The operator's commands: one module, one subject; each command is one call into a service."""

from click import Command, Context
from flask import Flask
from flask.cli import AppGroup

from webapp.domain.registry import discover


def register(app: Flask) -> None:
    """Register every module's ``commands`` with ``flask``."""
    app.cli = Commands(app.name)


class Commands(AppGroup):
    """Belfry's commands and Flask-Migrate's. They are imported when somebody asks for one: a serving process never
    does."""

    _found = False

    def list_commands(self, ctx: Context) -> list[str]:
        """Their names."""
        self._find()
        return super().list_commands(ctx)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """The one of that name."""
        self._find()
        return super().get_command(ctx, cmd_name)

    def _find(self) -> None:
        if self._found:
            return
        from flask_migrate.cli import db

        for command in (db, *(command for module in discover(__name__) for command in module.commands)):
            self.add_command(command)
        self._found = True
