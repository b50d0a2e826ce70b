"""What far sides tell later: kept with the envelope, obeyed by what is in it."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.support.listening import WORDS
from webapp.database import writing
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.envelope import PermanentFailure
from webapp.domain.reason import Reason
from webapp.models import later_word
from webapp.models._columns import table_of
from webapp.models.delivery import Delivery
from webapp.models.envelope import Envelope
from webapp.services.queue import queue


@pytest.fixture
def told(world):
    """``told("delivered")``: the far side says so of the (first) envelope; gives what moved."""

    def tell(status, envelope_id=None):
        envelope_id = envelope_id or world.rows()[0].envelope_id
        with writing(world.session) as session:
            later_word.keep(session, WORDS[status], envelope_id=envelope_id, now=world.clock.now())
            return later_word.obey(session, [envelope_id], now=world.clock.now())

    return tell


@pytest.fixture
def sent(world):
    world.post()
    world.dispatch()
    world.clock.advance(5)
    return world


def kept(world, envelope_id=None):
    envelope = table_of(Envelope)
    names = ("far_state", "far_reason", "far_status", "far_code", "far_words", "far_at")
    wanted = select(*(envelope.c[name] for name in names))
    [row] = world._all(wanted.where(envelope.c.id == (envelope_id or world.row.envelope_id)))
    return tuple(row)


def test_what_arrived_is_delivered(sent, told):
    now = sent.clock.now()
    assert told("delivered") == {S.DELIVERED: [sent.row.id]}
    assert (sent.row.state, sent.row.reason, sent.row.ended_at) == ("delivered", None, now)
    last = sent.ledger()[-1]
    assert (last.was, last.became, last.by, last.envelope_id) == ("sent", "delivered", "callback", sent.row.envelope_id)
    assert kept(sent) == ("delivered", None, "delivered", None, "by pigeon", now)


def test_what_did_not_is_undeliverable_and_says_why(sent, told):
    assert told("undelivered") == {S.UNDELIVERABLE: [sent.row.id]}
    assert (sent.row.state, sent.row.reason) == ("undeliverable", "CONTENT_REFUSED")
    assert sent.ledger()[-1].reason == "CONTENT_REFUSED"
    assert kept(sent)[:5] == ("undeliverable", "CONTENT_REFUSED", "undelivered", "30003", "no such loft")


def test_what_is_under_way_stays_as_it_is(sent, told):
    assert told("queued") == told("sent") == {}
    assert sent.row.state == "sent"
    assert kept(sent)[:3] == (None, None, "sent")


@pytest.mark.parametrize("end", ["delivered", "undelivered"])
def test_the_same_word_again_moves_nothing(sent, told, end):
    told(end)
    moves = sent.moves()
    assert told(end) in ({S.DELIVERED: []}, {S.UNDELIVERABLE: []})
    assert sent.moves() == moves


@pytest.mark.parametrize("late", ["queued", "sent", "undelivered"])
def test_no_later_word_takes_back_an_end(sent, told, late):
    told("delivered")
    before = kept(sent)
    told(late)
    assert sent.row.state == "delivered"
    assert kept(sent) == before


def test_all_of_an_envelope_move_and_nothing_else(world, told):
    for _ in range(3):
        world.post()
    world.dispatch()
    first, second, _ = world.rows()
    world.execute(update(Delivery).where(Delivery.id == second.id).values(envelope_id=first.envelope_id))
    assert set(told("delivered", first.envelope_id)[S.DELIVERED]) == {first.id, second.id}
    assert world.states() == ["delivered", "delivered", "sent"]


def test_what_was_sent_again_is_another_matter(sent, told):
    old = sent.row.envelope_id
    queue.send_again(ids=[sent.row.id], by="olaf", now=sent.clock.now())
    assert told("undelivered", old) == {S.UNDELIVERABLE: []}
    assert sent.row.state == "queued"
    sent.dispatch()
    assert told("undelivered", old) == {S.UNDELIVERABLE: []}
    assert sent.row.state == "sent"
    assert kept(sent, old)[0] == "undeliverable"
    assert kept(sent)[0] is None


@pytest.mark.parametrize("answer", [PermanentFailure(Reason.GONE, "410")])
def test_what_was_not_handed_over_is_not_moved(world, told, answer):
    world.mail.answer = answer
    world.post()
    world.dispatch()
    told("delivered")
    assert world.row.state == "undeliverable"


def test_it_can_be_sent_again_after_it_did_not_arrive(sent, told):
    told("undelivered")
    sent.clock.advance(timedelta(hours=1).total_seconds())
    assert queue.send_again(ids=[sent.row.id], by="olaf", now=sent.clock.now()).done
    assert sent.dispatch() == {"sent": 1}
