"""Doubts: what is known of a try that may have arrived, and how a person settles it."""

import pytest

from webapp.database import writing
from webapp.delivery.claim import sweep
from webapp.delivery.lot import EngineSettings, Kind
from webapp.delivery.pipeline import Pipeline
from webapp.delivery.routes import media_routes
from webapp.domain.envelope import Certainty, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.services.queue import doubts, queue

LOST = TemporaryFailure(Reason.TIMEOUT_AFTER_DATA, "It closed.", certainty=Certainty.MAY_HAVE_ARRIVED)


@pytest.fixture
def lose(world):
    """Post to Emil, and have the far side take it without a word."""

    def post(channel="team.once", answer=LOST):
        world.mail.answer = answer
        world.post(channel=channel)
        world.dispatch()
        return world.row

    return post


@pytest.fixture(autouse=True)
def once(world):
    return world.channel("team.once", at_most_once=True)


def test_what_is_known_of_a_try_that_nobody_confirmed(world, lose):
    row = lose()
    assert row.state == "unknown"
    it = doubts.known(ids=[row.id, "0" * 26])[row.id]
    assert (it.at, it.crashed, it.at_most_once) == (world.attempts()[-1].started_at, False, True)
    assert (it.envelope, it.address, it.provider) == (row.envelope_id, "emil@example.com", "email-main")
    assert it.reply == "It closed."
    assert it.promise.text == "Its channel says at most once: it is not repeated by itself."


def test_of_a_process_that_was_killed_nothing_more_is_known(world):
    killed, settings = Pipeline(world.engine()), EngineSettings()
    world.mail.hold()
    world.post(channel="team.once")
    killed.wake(Kind.FRESH)
    while not world.mail.held:
        killed.turn()
    began = world.clock.now()
    world.clock.advance(settings.lease_s)
    with writing(world.session) as session:
        sweep(session, now=world.clock.now(), settings=settings, process="another", routes=media_routes(session))
    row = world.row
    it = doubts.known(ids=[row.id])[row.id]
    assert (row.state, it.crashed, it.at, it.envelope) == ("unknown", True, began, row.envelope_id)
    assert (it.provider, it.far, it.phase, it.reply) == ("", "", "", "")
    assert it.sentence.text.startswith("A process began to send it at %(at)s, and ended before")
    world.mail.release()
    killed.close()


def test_what_is_sure_is_in_no_doubt(world, lose):
    row = lose(answer=TemporaryFailure(Reason.SERVER_BUSY, "451 later"))
    assert doubts.known(ids=[row.id]) == {}


def test_at_least_once_it_was_tried_to_the_end(world, lose):
    row = lose(channel="team.news")
    for _ in range(3):
        world.clock.advance(3600)
        world.retry()
    it = doubts.known(ids=[row.id])[row.id]
    assert world.row.state == "unknown"
    assert it.at == world.attempts()[-1].started_at
    assert it.promise.text == "Its channel says at least once: it was tried again until no try was left."


def test_it_costs_one_statement(world, lose, statements):
    row = lose()
    with statements() as asked:
        doubts.known(ids=[row.id])
    assert len(asked) == 1


def test_it_arrived(world, lose):
    row = lose()
    assert queue.mark_arrived(ids=[row.id], by="olaf", now=world.clock.now()).done == (row.id,)
    assert world.row.state == "delivered"
    assert world.ledger()[-1].by == "olaf"


def test_sent_again_it_is_a_new_envelope_that_names_the_old_one(world, lose):
    row = lose()
    queue.send_again(ids=[row.id], by="olaf", now=world.clock.now())
    world.mail.answer = type(world.mail)().answer
    world.dispatch()
    again = world.row
    assert (again.state, again.generation, again.replaces) == ("sent", 2, row.envelope_id)
    assert again.envelope_id != row.envelope_id
