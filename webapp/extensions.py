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
    """What every table has in common. Flask-SQLAlchemy copies this class, so the types are given by the registry."""

    registry = registry(
        metadata=MetaData(naming_convention=_NAMES),
        type_annotation_map={datetime: UTCDateTime, dict[str, Any]: JSON, list[str]: JSON, list[Any]: JSON},
    )


class Database(SQLAlchemy):
    """Flask-SQLAlchemy, told to the type checker as what it is used as."""

    if TYPE_CHECKING:
        Model: type[Base]
        session: Session


db = Database(model_class=Base, disable_autonaming=True)
login = LoginManager()
csrf = CSRFProtect()
mail = Mail()
babel = Babel()


class _Migrations:
    """Stands where Flask-Migrate keeps what it knows of an application, until somebody asks for any of it: all of
    Alembic comes along, and whoever finds the database as it should be has no use for that."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def __getattr__(self, name: str) -> Any:
        """What Flask-Migrate knows by that name, which takes this one's place."""
        from flask_migrate import Migrate

        # Batches make migrations possible on SQLite, which cannot alter a column.
        Migrate().init_app(self._app, db, directory=str(MIGRATIONS), render_as_batch=True)
        return getattr(self._app.extensions["migrate"], name)


def bind(app: Flask) -> None:
    """Bind the extensions to ``app``, all but Babel: whose language and zone it speaks, the views know."""
    db.init_app(app)
    login.init_app(app)
    csrf.init_app(app)
    mail.init_app(app)
    app.extensions["migrate"] = _Migrations(app)
