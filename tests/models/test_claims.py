"""Claims: the longest due first, each by one process, and what goes out together whole."""

from datetime import timedelta
from threading import Barrier, Thread

from sqlalchemy import text, update

from tests.models.conftest import LEASE
from tests.support.subscribers import queued_for, subscriber
from tests.support.world import wait_for
from webapp.database import writing
from webapp.domain.delivery_state import DeliveryState as S
from webapp.extensions import db
from webapp.models import claims
from webapp.models.arrows import move_where
from webapp.models.delivery import Delivery


def test_the_longest_due_are_claimed_first_and_no_more_than_asked_for(world, claim):
    for wait in (30, 10, 20):
        world.post(at=world.clock.now() + timedelta(seconds=wait), subject=str(wait))
    ids = {wait: row.id for wait, row in zip((30, 10, 20), world.rows(), strict=True)}
    assert claim() == []
    world.clock.advance(9.999)
    assert claim() == []
    world.clock.advance(21)
    assert [leased.id for leased in claim(limit=2)] == [ids[10], ids[20]]
    assert [leased.id for leased in claim()] == [ids[30]]


def test_a_claim_is_due_at_its_very_second(world, claim):
    world.post(at=world.clock.now() + timedelta(seconds=60))
    world.clock.advance(59)
    assert claim() == []
    world.clock.advance(1)
    [leased] = claim()
    row = world.row
    assert (row.state, row.lease_token, row.lease_until) == ("sending", leased.lease_token, world.clock.now() + LEASE)
    entry = world.ledger()[-1]
    assert (entry.was, entry.became, entry.lease_until) == ("queued", "sending", row.lease_until)


def test_the_crashed_and_the_busy_are_claimed_only_where_wanted(world, claim):
    world.channel("team.texts", "sms")
    world.post()
    world.post(channel="team.texts")
    mail, text = world.rows()
    assert [leased.id for leased in claim(only="sms")] == [text.id]
    world.execute(update(Delivery).values(state="retrying", crashes=1))
    assert claim(S.RETRYING) == []
    now = world.clock.now()
    with writing(world.session) as session:
        made = claims.Claim(due=now, now=now, token="B" * 26, until=now + LEASE, by="test")
        assert claims.claim_crashed(session, S.RETRYING, made, busy={"email", "sms"}) == []
        assert claims.crashed_are_due(session, before=now) == {"email": 1, "sms": 1}
        assert [leased.id for leased in claims.claim_crashed(session, S.RETRYING, made)] == [mail.id]


def test_two_claims_at_once_never_get_the_same(world, app):
    world.crowd(200)
    world.post(*[f"p{number:05}" for number in range(200)])
    now, taken, begin = world.clock.now(), [], Barrier(4)

    def work(token):
        with app.app_context():
            begin.wait()
            while True:
                with writing(db.session) as session:
                    made = claims.Claim(due=now, now=now, token=token * 26, until=now + LEASE, by=token)
                    lot = claims.claim(session, S.QUEUED, made, limit=7, only="email")
                if not lot:
                    break
                taken.extend((leased.id, token) for leased in lot)
            db.session.remove()

    threads = [Thread(target=work, args=(token,)) for token in "ABCD"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len({id_ for id_, _ in taken}) == 200
    assert {(row.id, row.lease_token[0]) for row in world.rows()} == set(taken)


# Subscribers that are not read before nobody else has lock 77.
_SLOWLY = """
    CREATE SCHEMA slowly;
    CREATE FUNCTION slowly.waits(id integer) RETURNS boolean VOLATILE LANGUAGE plpgsql
        AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(77); RETURN true; END';
    CREATE VIEW slowly.subscriber AS SELECT * FROM public.subscriber WHERE slowly.waits(id);
"""
_WAITING = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")


def test_what_is_cancelled_while_a_claim_looks_for_it_stays_cancelled(world, app):
    """On SQLite nobody can write meanwhile."""
    if db.engine.dialect.name == "sqlite":
        return
    [delivery_id] = queued_for(world, subscriber(world))
    now, found = world.clock.now(), []
    world.execute(text(_SLOWLY))

    def work():
        with app.app_context(), writing(db.session) as session:
            session.execute(text("SET LOCAL search_path = slowly, public"))
            made = claims.Claim(due=now, now=now, token="B" * 26, until=now + LEASE, by="test")
            found.extend(claims.seek(session, made, limit=7, only="webhook"))
            claims.claim_found(session, found, made)

    claiming = Thread(target=work)
    with writing(world.session) as session:
        session.execute(text("SELECT pg_advisory_xact_lock(77)"))
        claiming.start()
        wait_for(lambda: session.scalar(_WAITING))
        move_where(session, S.QUEUED, S.CANCELLED, Delivery.id == delivery_id, at=now, by="ada")
    claiming.join()
    world.execute(text("DROP SCHEMA slowly CASCADE"))
    assert (found, world.row.state) == ([], "cancelled")
