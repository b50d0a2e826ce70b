"""What waits for a provider: held, and let go, all that is meant and nothing else."""

from datetime import timedelta

from sqlalchemy import update

from webapp.database import writing
from webapp.domain.reason import Reason
from webapp.models import holding
from webapp.models.delivery import Delivery


def test_release_and_strand_move_only_what_they_name(world):
    world.channel("team.texts", "sms")
    world.post(subject="due")
    world.post(subject="later", at=world.clock.now() + timedelta(hours=1))
    world.post(channel="team.texts")
    now = world.clock.now()
    with writing(world.session) as session:
        assert holding.strand(session, medium="email", reason=Reason.NO_PROVIDER, now=now, by="ada") == 1
    assert world.states() == ["held", "queued", "queued"]
    assert world.rows()[0].reason == "NO_PROVIDER"
    for medium, reason, moved in (("sms", Reason.NO_PROVIDER, 0), ("email", Reason.PROVIDER_PAUSED, 0)):
        with writing(world.session) as session:
            assert holding.release(session, medium=medium, reason=reason, now=now, by="ada") == moved
    with writing(world.session) as session:
        assert holding.release(session, medium="email", reason=Reason.NO_PROVIDER, now=now, by="ada") == 1
    row = world.rows()[0]
    assert (row.state, row.reason, row.due_at) == ("queued", None, now)
    assert world.moves(row.id) == [(None, "queued"), ("queued", "held"), ("held", "queued")]


def test_many_are_locked_in_the_order_of_their_ids(world, statements, database_kind):
    world.post("emil", "edith")
    locks = ["ORDER BY delivery.id"] + ["FOR UPDATE SKIP LOCKED"] * (database_kind == "postgresql")
    for call in (holding.strand, holding.release):
        with statements() as asked, writing(world.session) as session:
            assert call(session, medium="email", reason=Reason.NO_PROVIDER, now=world.clock.now(), by="ada") == 2
        moves = [" ".join(statement.split()) for statement in asked if "UPDATE delivery" in statement]
        assert len(moves) == 2
        assert all(lock in move for move in moves for lock in locks), moves


def test_what_has_an_envelope_is_released_to_be_tried_again(world, claim):
    world.post()
    world.dispatch()
    later = world.clock.now() + timedelta(hours=1)
    world.execute(update(Delivery).values(state="retrying", due_at=later))
    for call, became in ((holding.strand, "held"), (holding.release, "retrying")):
        with writing(world.session) as session:
            call(session, medium="email", reason=Reason.NO_PROVIDER, now=world.clock.now(), by="ada")
        assert world.row.state == became
    assert world.ledger()[-1].envelope_id == world.row.envelope_id
