"""The tools every part shares, made here unbound; create_app binds them to an application."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask_babel import Babel
from flask_login import LoginManager
from flask_mail import Mail
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import JSON, MetaData
from sqlalchemy.orm import DeclarativeBase, Session, registry

from webapp.database import UTCDateTime

MIGRATIONS = Path(__file__).parent.parent / "migrations"
_NAMES = {  # named constraints, so that a migration can change them on any database
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base class of all tables. Flask-SQLAlchemy copies it, so the types are given by the registry."""

    registry = registry(
        metadata=MetaData(naming_convention=_NAMES),
        type_annotation_map={datetime: UTCDateTime, dict[str, Any]: JSON, list[str]: JSON, list[Any]: JSON},
    )


class Database(SQLAlchemy):
    """Flask-SQLAlchemy, with types for the type checker."""

    if TYPE_CHECKING:
        Model: type[Base]
        session: Session


db = Database(model_class=Base, disable_autonaming=True)
login = LoginManager()
csrf = CSRFProtect()
mail = Mail()
babel = Babel()


class _Migrations:
    """Takes Flask-Migrate's place in an application until it is used: loading it loads all of Alembic, and a process
    whose database is up to date does not need that."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def __getattr__(self, name: str) -> Any:
        """Load Flask-Migrate, which replaces this object, and return its attribute."""
        from flask_migrate import Migrate

        # Batches make migrations possible on SQLite, which cannot alter a column.
        Migrate().init_app(self._app, db, directory=str(MIGRATIONS), render_as_batch=True)
        return getattr(self._app.extensions["migrate"], name)


def bind(app: Flask) -> None:
    """Bind the extensions to ``app``, except Babel: its language and time zone are chosen by the views."""
    db.init_app(app)
    login.init_app(app)
    csrf.init_app(app)
    mail.init_app(app)
    app.extensions["migrate"] = _Migrations(app)
