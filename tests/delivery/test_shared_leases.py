"""Mails of several and processes that die, are late, or claim at the same time."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select, update

from tests.support.together import HIS_BOX_IS_BUSY
from webapp.database import writing
from webapp.delivery.claim import claim
from webapp.delivery.lot import Kind
from webapp.domain.delivery_state import DeliveryState as S
from webapp.extensions import db
from webapp.models import claims
from webapp.models.delivery import Delivery
from webapp.models.provider import Provider

pytestmark = pytest.mark.usefixtures("audited")


def test_what_was_in_flight_when_a_process_died_is_the_same_mail_again(world, post, by_hand):
    post()
    world.mail.hold()
    dead = by_hand()
    dead.until(lambda: world.mail.held)
    world.clock.advance(60)
    world.mail.release()
    world.retry()
    assert {row.state for row in world.rows()} == {"sent"}
    assert len({envelope.id for envelope in world.mail.sent}) == 1
    assert [(row.crashes, row.failures) for row in world.rows()] == [(1, 0)] * 3
    assert [attempt.reason for attempt in world.attempts()] == ["PROCESS_DIED"] * 3 + [None]
    dead.until_at_rest()  # it was only frozen: what it brings is too late, for all of them
    assert {row.state for row in world.rows()} == {"sent"}


def test_a_result_for_a_part_is_a_result_for_nobody(world, post, by_hand):
    ids = post()
    world.mail.hold()
    slow = by_hand()
    slow.until(lambda: world.mail.held)
    world.execute(update(Delivery).where(Delivery.id == ids[0]).values(lease_until=world.clock.now()))
    world.retry()  # sweeps that one
    assert [row.state for row in world.rows()] == ["retrying", "sending", "sending"]
    world.mail.release()
    slow.until_at_rest()
    assert [row.state for row in world.rows()] == ["retrying", "sending", "sending"]
    world.clock.advance(120)
    world.retry()
    assert [(row.state, row.crashes) for row in world.rows()] == [("sent", 1)] * 3
    assert len({envelope.id for envelope in world.mail.sent}) == 1


def test_a_large_group_by_two_processes_is_sent_once(world, post, by_hand):
    post(50)
    one, other = by_hand(dispatch_batch=20), by_hand(dispatch_batch=20)
    for process in (one, other):
        process.pipeline.wake(Kind.FRESH)
    while not (one.pipeline.at_rest and other.pipeline.at_rest):
        one.pipeline.turn()
        other.pipeline.turn()
    assert {row.state for row in world.rows()} == {"sent"}
    assert len(world.mail.sent) == 1, "the first claim took it whole"


def test_processes_that_claim_at_once_get_whole_envelopes(world, log, app):
    world.mail.answer = HIS_BOX_IS_BUSY
    names = world.crowd(10)
    for _ in range(4):
        world.post(*names, channel="team.log")
    assert world.dispatch() == {"retrying": 40}
    world.clock.advance(60)
    taken = at_once(app, lambda session: take(session, world, Kind.LATER, limit=3))
    assert len(taken) == len({leased.id for leased, _ in taken}) == 40
    assert len({(leased.envelope_id, who) for leased, who in taken}) == 10
    world.clock.advance(60)
    assert world.retry() == {"retrying": 80}, "given back by the sweep, and tried"


@pytest.fixture
def three_each(world, log):
    """Four people's mails of three, each failed once and due again."""
    world.mail.answer = HIS_BOX_IS_BUSY
    names = world.crowd(4)
    for _ in range(3):
        world.post(*names, channel="team.log")
    assert world.dispatch() == {"retrying": 12}
    world.clock.advance(60)


@pytest.mark.parametrize(("bound", "claims_of"), [(2, [3, 3, 3, 3]), (7, [6, 6]), (12, [12])])
def test_envelopes_are_claimed_whole_up_to_a_bound(world, three_each, monkeypatch, bound, claims_of):
    """One that is larger than the bound is taken as it is."""
    monkeypatch.setattr(claims, "AT_ONCE", bound)
    lots = []
    for _ in range(len(claims_of) + 1):
        with writing(db.session) as session:
            lots.append(take(session, world, Kind.LATER, limit=200))
    assert [len(lot) for lot in lots] == [*claims_of, 0]
    assert all(len({one.envelope_id for one in lot}) == len(lot) / 3 for lot in lots)


def test_what_is_out_of_reach_does_not_keep_others_waiting(world, three_each, monkeypatch):
    """However much of it there is before them."""
    monkeypatch.setattr(claims, "AT_ONCE", 1)
    *_, last = {row.envelope_id: None for row in world.rows()}
    taken = select(func.min(Delivery.id)).where(Delivery.envelope_id != last).group_by(Delivery.envelope_id)
    now = world.clock.now()
    made = claims.Claim(due=now, now=now, token="T" * 26, until=now + timedelta(seconds=60), by="resender")
    with writing(db.session) as session:
        claims._claim_wanted(session, S.RETRYING, select(Delivery.id).where(Delivery.id.in_(taken)), made, {})
        lot = take(session, world, Kind.LATER, limit=1)
    assert [one.envelope_id for one in lot] == [last] * 3


def test_processes_that_claim_at_once_share_a_group_and_get_nothing_twice(world, post, app):
    ids = post(40)
    taken = at_once(app, lambda session: take(session, world, Kind.FRESH, limit=3))
    assert sorted(leased.id for leased, _ in taken) == ids


def take(session, world, kind, *, limit):
    now = world.clock.now()
    until = now + timedelta(seconds=60)
    return claim(
        session, kind, due=now, now=now, until=until, limit=limit, busy=set(), shares={}, in_use={"email", "sms"}
    ).leased


def at_once(app, take):
    """By four threads, until there is nothing left: what each claimed, and which."""
    taken, begin = [], Barrier(4)

    def work(who):
        with app.app_context():
            begin.wait()
            idle = 0
            while idle < 3:  # what another one holds just now may come free
                with writing(db.session) as session:
                    lot = take(session)
                taken.extend((leased, who) for leased in lot)
                idle = 0 if lot else idle + 1
            db.session.remove()

    threads = [Thread(target=work, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken


def test_a_group_counts_as_one_for_the_pace(world, post):
    world.execute(update(Provider).values(settings={"sender": "belfry@example.com", "per_minute": 60}))
    world.person("ines")
    post(5)
    post(5, "ines")
    assert world.dispatch() == {"sent": 10}
    assert len(world.mail.sent) == 2
