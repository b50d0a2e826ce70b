"""The rows of tokens."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from webapp.database import writing
from webapp.models import api_token as rows
from webapp.models.api_token import ApiToken

A_DAY = timedelta(days=1)


@pytest.fixture
def keep(bare_world, clock):
    def one(name="script", user_id=None, **columns):
        who = user_id or bare_world.person(f"owner-of-{name}")
        now = clock.now()
        with writing(bare_world.session) as session:
            row = ApiToken(token_hash=rows.hash_of(name), begins="bel_", name=name, user_id=who, scopes=["inbox:read"],
                           created_at=now, created_by="test", **columns)  # fmt: skip
            session.add(row)
            session.flush()
            return row.id, who

    return one


def test_it_is_found_by_its_hash_while_it_is_good(keep, session, clock):
    id, who = keep()
    found = rows.caller_of(session, token="script", now=clock.now())
    assert found
    assert (found.token_id, found.id) == (id, who)
    assert rows.caller_of(session, token="scrip", now=clock.now()) is None


@pytest.mark.parametrize("columns", [{"expires_at": 0}, {"expires_at": -1}, {"revoked_at": 0}])
def test_and_not_when_it_has_ended(columns, keep, session, clock):
    keep(**{name: clock.now() + days * A_DAY for name, days in columns.items()})
    assert rows.caller_of(session, token="script", now=clock.now()) is None


def test_only_good_ones_count(keep, session, clock):
    now = clock.now()
    _, who = keep("one", expires_at=now + A_DAY)
    keep("two", user_id=who, expires_at=now)
    keep("three", user_id=who, revoked_at=now)
    keep("four")
    assert rows.live_names(session, user_id=who, now=now) == {"one"}
    assert rows.count_live(session, user_id=who, now=now) == 1
    assert [row.name for row, _ in rows.listed(session, user_id=who, now=now, most=2)] == ["one", "three"]
    assert [row.name for row, _ in rows.listed(session, now=now, most=10)] == ["four", "one", "three", "two"]


def test_a_use_never_runs_back(keep, session, clock):
    id, _ = keep()
    now = clock.now()
    for moment in (now, now - A_DAY):
        with writing(session):
            rows.note_use(session, id=id, now=moment)
    assert session.scalar(select(ApiToken.last_used_at)) == now


def test_all_of_somebody_s_are_revoked_and_nobody_else_s(keep, session, clock):
    now = clock.now()
    _, who = keep("one")
    keep("two", user_id=who, revoked_at=now - A_DAY)
    keep("three")
    with writing(session):
        rows.revoke_all(session, user_id=who, now=now)
    found = dict(session.execute(select(ApiToken.name, ApiToken.revoked_at)).all())
    assert found == {"one": now, "two": now - A_DAY, "three": None}
