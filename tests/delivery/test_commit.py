"""Before a lot is sent: what is given back costs nothing, what is started is on record before its bytes leave."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update

from tests.support.world import WITHIN
from webapp.domain.blanks import RECIPIENT
from webapp.domain.envelope import Accepted, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.models.delivery import Delivery
from webapp.models.envelope import Body, Envelope


def test_an_envelope_is_committed_before_it_is_sent(world):
    def look(envelope):
        with world.app.app_context():
            row = world.row
            seen.append((row.state, row.envelope_id == envelope.id, row.started_at is not None))
        return Accepted()

    seen = []
    world.mail.answer = look
    world.post()
    world.dispatch()
    assert seen == [("sending", True, True)]


def test_what_is_kept_of_an_envelope(world):
    world.post()
    world.dispatch()
    [sent] = world.mail.sent
    [envelope] = world.session.query(Envelope).all()
    assert (envelope.id, envelope.address, envelope.created_at) == (sent.id, sent.address, world.clock.now())
    assert envelope.variables == {"recipient": "Emil", "sender": "Edith", "why": "to you by name"}
    body = world.session.get(Body, envelope.body_id)
    kept = sent._replace(subject=body.subject, text=body.text, html=body.html)
    assert (RECIPIENT in kept.text, RECIPIENT in (kept.html or "")) == (True, True)
    filled = kept.personal()
    assert (filled.subject, filled.text, filled.html) == (sent.subject, sent.text, sent.html)


def test_a_new_envelope_after_send_again_names_the_old_one(world):
    world.mail.answer = [TemporaryFailure(Reason.SERVER_BUSY, "451"), Accepted()]
    world.post()
    world.dispatch()
    first = world.row.envelope_id
    world.execute(update(Delivery).values(state="queued", generation=2, due_at=world.clock.now()))
    assert world.dispatch() == {"sent": 1}
    envelope = world.session.get(Envelope, world.row.envelope_id)
    assert (envelope.id != first, envelope.replaces) == (True, first)
    assert [attempt.generation for attempt in world.attempts()] == [1, 2]


def test_a_process_that_was_frozen_between_commit_and_send_gives_back_at_no_cost(world, by_hand):
    world.post()
    process = by_hand()
    made = process.pipeline._engine.make_provider

    def slowly(account):
        world.clock.advance(timedelta(seconds=58))
        return made(account)

    means = process.pipeline._senders._means
    process.pipeline._senders._means = replace(means, make_provider=slowly)
    process.until(lambda: process.pipeline._hand.handed)
    # Before another turn renews the lease of what is in flight.
    process.pipeline._take(process.pipeline._from_senders.get(timeout=WITHIN))
    process.until_at_rest()
    row = world.row
    assert (row.state, row.failures, row.retries_left, row.crashes) == ("retrying", 0, 4, 0)
    assert (world.mail.sent, world.attempts()) == ([], [])
    assert world.retry() == {"sent": 1}
    assert world.mail.sent[0].id == row.envelope_id


def test_what_another_has_by_now_gets_no_envelope(world, by_hand):
    world.post()
    process = by_hand()
    process.until(lambda: process.pipeline._hand.claimed)
    process.pipeline._prepare()
    world.execute(update(Delivery).values(lease_token="B" * 26))
    process.until_at_rest()
    assert (world.row.state, world.row.lease_token, world.row.envelope_id) == ("sending", "B" * 26, None)
    assert (world.mail.sent, world.count(Envelope)) == ([], 0)
