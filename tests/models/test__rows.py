"""Many rows by one statement and two parameters, on both databases."""

from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import FromClause, Select, select
from sqlalchemy.exc import IntegrityError

from webapp.database import reading, writing
from webapp.models._columns import table_of
from webapp.models._rows import asked_of_rows, insert_rows, update_rows
from webapp.models.job import JobRun
from webapp.models.user import User

AT = datetime(2026, 3, 2, 9, 0, 0, 7, tzinfo=timezone(timedelta(hours=2)))
TEXTS = ["", "plain", 'it\'s "so" \\ {a,b} [1] %s :name ?', "ö \u2028 \U0001f600", "a\nb\tc", "null", "17", "true"]
_user, _run = table_of(User), table_of(JobRun)


def names(given: FromClause) -> Select[tuple[str]]:
    return select(_user.c.display_name).where(_user.c.username == given.c.username).order_by(_user.c.username)


def changed(world, username, **values):
    with writing(world.session) as session:
        [id_] = session.scalars(select(_user.c.id).where(_user.c.username == username))
        update_rows(session, _user, [{"id": id_, **values}])
    with reading(world.session) as session:
        return session.execute(select(*(_user.c[name] for name in values)).where(_user.c.id == id_)).one()


@pytest.mark.parametrize("text", TEXTS)
def test_texts_come_back_as_they_were(world, text):
    assert changed(world, "emil", display_name=text) == (text,)


def test_so_do_times_numbers_truths_and_nothing(world):
    values = {"created_at": AT, "unread_after_s": 2**31 - 1, "active": False, "email": None}
    assert changed(world, "emil", **values) == tuple(values.values())


def test_a_time_is_stored_as_every_other_way_of_writing_stores_it(world):
    changed(world, "emil", created_at=AT)
    with reading(world.session) as session:
        assert session.scalars(select(_user.c.username).where(_user.c.created_at == AT)).all() == ["emil"]


@pytest.mark.parametrize("value", [AT.replace(tzinfo=None), object()])
def test_what_nobody_knows_how_to_store_is_refused(world, value):
    with pytest.raises(TypeError):
        changed(world, "emil", created_at=value)


def test_all_of_them_or_none(world):
    new = {"display_name": "X", "role": "reader", "created_at": AT}
    rows = [{"username": name, **new} for name in ("anna", "emil")]
    with pytest.raises(IntegrityError), writing(world.session) as session:
        insert_rows(session, _user, rows)
    with reading(world.session) as session:
        assert asked_of_rows(session, _user, [{"username": "anna"}], names) == []


def test_what_is_there_already_is_left_as_it_is(world):
    started = {"job": "dispatcher", "started_at": AT, "ended_at": AT, "trigger": "tick", "process": "p"}
    with writing(world.session) as session:
        insert_rows(session, _run, [{"id": 1, **started}])
        insert_rows(session, _run, [{"id": 1, **started, "process": "q"}, {"id": 2, **started}], unless_there=True)
    with reading(world.session) as session:
        assert session.execute(select(_run.c.id, _run.c.process).order_by(_run.c.id)).all() == [(1, "p"), (2, "p")]


def test_a_question_about_rows(world):
    rows = [{"username": name} for name in ("emil", "nobody", "edith")]
    with reading(world.session) as session:
        assert asked_of_rows(session, _user, rows, names) == ["Edith", "Emil"]
        assert asked_of_rows(session, _user, [], names) == []


def test_half_of_a_character_is_refused(world):
    with pytest.raises(TypeError, match="surrogates"):
        changed(world, "emil", display_name="\ud83d")


def test_rows_of_other_columns_are_refused(world):
    with pytest.raises(ValueError, match="same columns"), writing(world.session) as session:
        update_rows(session, _user, [{"id": 1, "role": "reader"}, {"id": 2}])


def test_rows_whose_columns_stand_in_another_order_are_written_all_the_same(world):
    with writing(world.session) as session:
        ids = dict(map(tuple, session.execute(select(_user.c.username, _user.c.id))))
        first = {"id": ids["emil"], "display_name": "E. M.", "role": "admin"}
        update_rows(session, _user, [first, {"role": "reader", "id": ids["edith"], "display_name": "E. D."}])
    with reading(world.session) as session:
        found = select(_user.c.username, _user.c.display_name, _user.c.role).where(_user.c.id.in_(ids.values()))
        rows = {name: tuple(rest) for name, *rest in session.execute(found)}
    assert (rows["emil"], rows["edith"]) == (("E. M.", "admin"), ("E. D.", "reader"))


def test_none_at_all(world):
    with writing(world.session) as session:
        insert_rows(session, _user, [])
        update_rows(session, _user, [])
