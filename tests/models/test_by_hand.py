"""What persons do to deliveries: what each arrow moves and what it leaves alone."""

from datetime import timedelta
from threading import Barrier, Thread

from sqlalchemy import update

from webapp.database import writing
from webapp.domain.delivery_state import MOVES
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.envelope import TemporaryFailure
from webapp.domain.reason import Reason
from webapp.extensions import db
from webapp.models import by_hand
from webapp.models.delivery import Delivery
from webapp.models.policy import Policy


def put(world, state, **columns):
    """Every delivery into a state, behind the arrows' back."""
    world.execute(update(Delivery).values(state=state.value, **columns))


def act(world, arrow, *given):
    with writing(world.session) as session:
        return arrow(session, *given, now=world.clock.now(), by="olga")


def again(world, ids):
    with writing(world.session) as session:
        seen = by_hand.look(session, ids)
    return act(world, by_hand.send_again, seen)


ACTS = {
    by_hand.cancel: (by_hand.CANCELLABLE, S.CANCELLED),
    by_hand.retry_now: (by_hand.RETRYABLE, S.RETRYING),
    by_hand.arrived: ({S.UNKNOWN}, S.DELIVERED),
}


def test_each_moves_from_its_states_and_leaves_the_others_alone(world):
    world.post()
    for arrow, (begins, becomes) in ACTS.items():
        for was in S:
            put(world, was, reason="DNS")
            before, known = world.row, len(world.moves())
            moved = act(world, arrow, [before.id])
            if was not in begins:
                assert (moved, world.row, len(world.moves())) == ([], before, known)
                continue
            assert (moved, world.row.state, world.moves()[known:]) == ([before.id], becomes, [(was, becomes)])
            entry = world.ledger()[-1]
            assert (entry.by, entry.at, entry.reason) == ("olga", world.clock.now(), world.row.reason)


def test_what_has_ended_can_be_sent_again_and_nothing_else(world):
    world.post()
    for was in S:
        put(world, was)
        known = len(world.moves())
        moved = again(world, [world.row.id])
        assert bool(moved) is (was in by_hand.SENDABLE)
        assert world.moves()[known:] == ([(was, "queued")] if moved else [])


def test_the_table_of_moves_and_the_arrows_agree():
    drawn = {(move.was, move.became) for move in MOVES if "person" in move.by}
    made = {(was, becomes) for begins, becomes in ACTS.values() for was in begins}
    made |= {(was, S.QUEUED) for was in by_hand.SENDABLE}
    assert drawn - {(S.QUEUED, S.HELD), (S.RETRYING, S.HELD)} == made  # those two: a provider is deactivated


def test_a_new_generation_has_nothing_of_the_last_but_its_envelope_s_id(world):
    world.mail.answer = TemporaryFailure(Reason.SERVER_BUSY, "451 later")
    world.post(type="voicemail", ttl_s=600)
    world.dispatch()
    late = world.clock.advance(500)
    put(world, S.UNDELIVERABLE, crashes=2, raises=3, evidence={"provider": "a"}, ended_at=late, dismissed_at=late)
    world.execute(update(Policy).values(rules={"voicemail": {"more": {"retries": 6}}}))
    old = world.row
    assert old.failures == 1
    assert old.envelope_id
    again(world, [old.id])
    new = world.row
    assert (new.state, new.generation, new.replaces, new.envelope_id) == ("queued", 2, old.envelope_id, None)
    assert (new.failures, new.crashes, new.raises, new.retries_left) == (0, 0, 0, 7)
    told = (new.reason, new.evidence, new.last_error, new.last_delay_s, new.failed_at, new.ended_at, new.dismissed_at)
    assert told == (None,) * 7
    assert (new.due_at, new.expires_at) == (late, late + timedelta(seconds=600))
    entry = world.ledger()[-1]
    assert (entry.was, entry.became, entry.by, entry.at) == ("undeliverable", "queued", "olga", late)


def test_a_generation_that_made_no_envelope_hands_on_the_older_one(world):
    world.post()
    put(world, S.CANCELLED, replaces="E" * 26)
    again(world, [world.row.id])
    assert world.row.replaces == "E" * 26


def test_what_is_sent_again_before_its_time_still_waits_for_it(world):
    at = world.clock.now() + timedelta(hours=1)
    world.post(at=at, ttl_s=300)
    act(world, by_hand.cancel, [world.row.id])
    again(world, [world.row.id])
    assert (world.row.due_at, world.row.expires_at) == (at, at + timedelta(seconds=300))


def test_what_another_has_sent_again_since_it_was_seen_is_left_alone(world):
    world.post()
    put(world, S.UNDELIVERABLE)
    with writing(world.session) as session:
        seen = by_hand.look(session, [world.row.id, "0" * 26])
    assert list(seen) == [world.row.id]
    again(world, [world.row.id])
    put(world, S.SENT)  # it has gone out meanwhile
    assert act(world, by_hand.send_again, seen) == []
    put(world, S.UNDELIVERABLE)  # or has failed once more: that is news
    assert act(world, by_hand.send_again, seen) == []
    assert (world.row.state, world.row.generation) == ("undeliverable", 2)


def test_retrying_now_keeps_the_generation_the_envelope_and_the_time_to_live(world):
    world.mail.answer = TemporaryFailure(Reason.SERVER_BUSY, "451 later")
    world.post()
    world.dispatch()
    old, now = world.row._asdict(), world.clock.advance(1)
    act(world, by_hand.retry_now, [old["id"]])
    assert world.row._asdict() == old | {"due_at": now}
    put(world, S.HELD, reason="NO_PROVIDER")
    act(world, by_hand.retry_now, [old["id"]])
    assert world.row._asdict() == old | {"due_at": now, "reason": None}


def test_what_was_held_before_it_was_formatted_is_formatted_when_it_is_claimed(world):
    world.post()
    put(world, S.HELD)
    act(world, by_hand.retry_now, [world.row.id])
    assert world.row.envelope_id is None
    assert world.retry() == {"sent": 1}


def test_two_acts_over_the_same_in_other_orders_wait_for_each_other_and_not_for_ever(world, app):
    names = world.crowd(1500)  # more than go into one statement
    world.post(*names)
    put(world, S.UNDELIVERABLE)
    ids, now, moved, begin = [row.id for row in world.rows()], world.clock.now(), [], Barrier(2)
    with writing(world.session) as session:
        seen = by_hand.look(session, ids)

    def work(order):
        with app.app_context():
            begin.wait()
            with writing(db.session) as session:
                moved.append(by_hand.send_again(session, {id: seen[id] for id in order}, now=now, by="olga"))
            db.session.remove()

    threads = [Thread(target=work, args=(order,)) for order in (ids, ids[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, moved)) == [0, 1500]
    assert {(row.state, row.generation) for row in world.rows()} == {("queued", 2)}
