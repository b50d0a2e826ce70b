"""Lists among very many rows: whatever is asked again and again looks at no more rows than it shows, whether or not the
database has counted what there is."""

import pytest
from sqlalchemy.orm import Session

from tests.soak.lists import LISTS, List, Seen
from tests.support.clock import FakeClock
from tests.support.looking import Looked, analyze, looked_at
from tests.support.plenty import Plenty
from tests.support.soak import Soak
from webapp.services.auditing import audit

_CHEAPER = 10  # times as many rows as the index has, which it may pass over


@pytest.mark.both_databases
def test_no_list_looks_at_more_than_it_shows(session: Session, clock: FakeClock, soak: Soak) -> None:
    now = clock.now()
    made = Plenty(session, now, soak.size("rows", short=8000, full=1_000_000), seed=soak.seed).make()
    soak.told(f"{made.deliveries} deliveries, {len(made.people)} people")
    seen, wrong = Seen.of(session, now), list[str]()
    for counted in (False, True):
        if counted:
            analyze(session)
        by_cost = soak.full and session.get_bind().dialect.name == "postgresql"
        if by_cost and not counted:
            continue  # it counts by itself within a minute, and at once after a very large post
        for one in LISTS:
            found = looked_at(session, lambda session, one=one: one.work(seen, session), few=not soak.full)
            told = _wrong(one, found, by_cost=by_cost)
            wrong += [f"{one.name}, {'counted' if counted else 'not counted'}: {why}" for why in told]
    assert not wrong, "\n\n".join(wrong)
    if not soak.full:
        assert audit.check(now=now) == [], "Rows that do not fit together show nothing."


def _wrong(one: List, found: list[Looked], *, by_cost: bool) -> list[str]:
    """In words: too many rows, or not by its index. Among very many PostgreSQL goes ``by_cost``: it takes another index
    where it thinks that as cheap, or the table itself for a count that soon stops, and tells some rows twice."""
    most = one.most * (_CHEAPER if by_cost else 1)
    looked = sum(statement.rows for statement in found)
    told = [f"{looked} rows, more than {most}\n{max(found, key=lambda it: it.rows)}"] if looked > most else []
    if not by_cost and one.index and not any(one.index in statement.plan for statement in found):
        told.append(f"not by {one.index}\n{found[0]}")
    return told
