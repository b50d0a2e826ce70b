"""What the screens' tests share."""

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from webapp.extensions import db


@pytest.fixture
def every_row(app: Flask) -> Callable[[], dict[str, list[Any]]]:
    """All that is in the database, by table: what a GET leaves as it is."""

    def look() -> dict[str, list[Any]]:
        with app.app_context():
            tables = db.metadata.sorted_tables
            return {table.name: sorted(map(repr, db.session.execute(select(table)))) for table in tables}

    return look


@pytest.fixture
def soup() -> Callable[[Any], BeautifulSoup]:
    """An answer as a page to look things up in."""
    return lambda answer: BeautifulSoup(answer.text, "html.parser")
