"""Rows at once: the same as row by row."""

import random
from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, select

from webapp.database import reading, writing
from webapp.models._at_once import rows_of
from webapp.models._columns import table_of
from webapp.models.delivery import Delivery
from webapp.models.user import User

_user, _delivery = table_of(User), table_of(Delivery)
AT = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)


def same(world, statement, **given):
    with reading(world.session) as session:
        assert rows_of(session, statement, given) == [tuple(row) for row in session.execute(statement, given)]


def test_people(world):
    for name, phone in (("ines", '+43 1 "quoted"'), ("zoë", None)):
        world.person(name, phone=phone, phone_verified_at=AT if phone else None)
    same(world, select(_user).order_by(_user.c.display_name.desc()))
    same(world, select(_user.c.username, bindparam("word")).order_by(_user.c.id).limit(2), word="two\nlines")


def test_nobody_at_all(world):
    same(world, select(_user).where(_user.c.id < 0))


def test_what_is_json_stays_what_it_is(world):
    world.post("emil", "edith")
    world.dispatch()
    same(world, select(_delivery).order_by(_delivery.c.id))


@pytest.mark.one_database
def test_fractions_keep_their_last_digit(world):
    world.post(*world.crowd(200))
    drawn = random.Random(7)
    with writing(world.session) as session:
        for (id_,) in session.execute(select(_delivery.c.id)).all():
            delay = drawn.choice([drawn.random(), drawn.uniform(0, 1e6), 0.1 + 0.2, 5e-324, 1e300])
            session.execute(_delivery.update().where(_delivery.c.id == id_).values(last_delay_s=delay))
    same(world, select(_delivery.c.id, _delivery.c.last_delay_s).order_by(_delivery.c.last_delay_s))
