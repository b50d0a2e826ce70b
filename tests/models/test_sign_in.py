"""The rows of sessions and of tries."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from webapp.models import sign_in as rows
from webapp.models import user as users
from webapp.models.sign_in import Throttle, UserSession

A_DAY = timedelta(days=1)


@pytest.fixture
def edith(session, clock):
    return users.add(session, username="edith", display_name="Edith", role="editor", created_at=clock.now())


@pytest.fixture
def enter(session, clock, edith):
    def open_one(token, lasts=A_DAY):
        now = clock.now()
        rows.open_session(session, token=token, user_id=edith.id, now=now, until=now + lasts)
        session.flush()

    return open_one


@pytest.fixture
def who(session, clock):
    return lambda token: rows.person_of(session, token=token, now=clock.now())


def test_a_session_is_somebodys_until_it_ends(enter, who, edith, clock):
    enter("one")
    assert who("one").id == edith.id
    assert who("another") is None
    clock.advance(A_DAY - timedelta(seconds=1))
    assert who("one").id == edith.id
    clock.advance(1)
    assert who("one") is None


def test_whoever_is_inactive_has_no_session(enter, who, edith, session):
    enter("one")
    edith.active = False
    session.flush()
    assert who("one") is None


def test_opening_one_forgets_what_has_run_out(enter, session, clock):
    enter("one")
    enter("two", lasts=2 * A_DAY)
    clock.advance(A_DAY)
    enter("three")
    assert len(session.scalars(select(UserSession)).all()) == 2


def test_ending_one_or_all_but_one(enter, who, edith, session):
    for token in ("one", "two", "three", "four"):
        enter(token)
    rows.end_session(session, token="one")
    assert [bool(who(token)) for token in ("one", "two", "three", "four")] == [False, True, True, True]
    rows.end_sessions(session, user_id=edith.id, but="three")
    assert [bool(who(token)) for token in ("one", "two", "three", "four")] == [False, False, True, False]
    rows.end_sessions(session, user_id=edith.id)
    assert who("three") is None


def test_a_session_goes_with_its_person(enter, edith, session):
    enter("one")
    session.delete(edith)
    session.flush()
    session.expunge_all()
    assert session.scalars(select(UserSession)).all() == []


def test_tries_are_counted_by_key_and_forgotten_when_old(session, clock):
    def latest(key, within, most):
        return rows.latest_tries(session, key=key, now=clock.now(), within=timedelta(seconds=within), most=most)

    rows.hold_tries(session)
    started = clock.now()
    rounds = [rows.add_tries(session, keys=["a:1", "b:1"], now=clock.advance(1), within=A_DAY) for _ in range(3)]
    assert [len(ids) for ids in rounds] == [2, 2, 2]
    newest = latest("a:1", 3, 2)
    assert newest == [started + timedelta(seconds=3), started + timedelta(seconds=2)]
    assert latest("a:1", 1, 9) == newest[:1]
    rows.forget_tries(session, rounds[-1][:1])
    assert len(latest("a:1", 3, 9)) == 2
    rows.add_tries(session, keys=["a:2"], now=clock.advance(1), within=timedelta(seconds=1))
    assert {row.key for row in session.scalars(select(Throttle))} == {"b:1", "a:2"}
    assert latest("a:2", 4, 9) == [clock.now()]


def test_tries_that_a_clock_counted_which_has_since_gone_back_do_not_count(session, clock):
    def latest():
        return len(rows.latest_tries(session, key="a:1", now=clock.now(), within=A_DAY, most=9))

    for ahead in (A_DAY, A_DAY + timedelta(seconds=1), timedelta(days=3650)):
        rows.add_tries(session, keys=["a:1"], now=clock.now() + ahead, within=timedelta(days=9999))
    assert latest() == 1, "clocks differ a little"
    rows.add_tries(session, keys=["a:2", "b:1"], now=clock.now(), within=A_DAY)
    assert sorted(row.key for row in session.scalars(select(Throttle))) == ["a:1", "a:2", "b:1"]
