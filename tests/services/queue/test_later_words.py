"""What far sides tell later: who may, what becomes of it, and in whatever order things happen."""

import logging
from threading import Barrier, Thread

import pytest
from sqlalchemy import update

from tests.support.listening import TOKEN, Pigeon, dovecote, tell, text
from webapp.database import writing
from webapp.delivery import record
from webapp.domain import signals
from webapp.domain.envelope import Accepted
from webapp.domain.later_word import Forged
from webapp.domain.refusal import Missing
from webapp.extensions import db
from webapp.models import later_word
from webapp.models.provider import Provider as Row
from webapp.services.auditing.audit import check
from webapp.services.queue import deliveries

UNKNOWN = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.fixture
def sent(texting):
    text(texting)
    assert texting.dispatch() == {"sent": 1}
    texting.clock.advance(5)
    return texting


def fits(world):
    return check(now=world.clock.now()) == []


def elsewhere(world, envelope_id, status):
    """The same in another thread, as a server does it."""

    def run():
        with world.app.app_context():
            tell(envelope_id, status)
            db.session.remove()

    thread = Thread(target=run)
    thread.start()
    return thread


# --- who may ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", [UNKNOWN, "", "nothing", "../../etc", "a" * 5000, UNKNOWN.lower(), "é"])
def test_of_an_unknown_envelope_there_is_nothing_to_say(sent, id):
    with pytest.raises(Missing):
        tell(id, "delivered")


def test_nor_of_one_that_left_by_something_that_does_not_listen(world, pigeons):
    world.post()
    world.dispatch()
    with pytest.raises(Missing):
        tell(world.row.envelope_id, "delivered")


@pytest.mark.parametrize("removed", [False, True])
def test_nobody_else_can_say_it(sent, removed):
    if removed:
        other = sent.provider("sms", name="other", role="inactive")
        dovecote(sent, other, "another token")
        sent.execute(update(Row).where(Row.name == "dovecote").values(removed_at=sent.clock.now()))
    with pytest.raises(Forged):
        tell(sent.row.envelope_id, "delivered", token=TOKEN if removed else "guessed")
    assert sent.row.state == "sent"


def test_any_provider_of_the_medium_may_have_sent_it(sent):
    other = sent.provider("sms", name="a former one", role="inactive")
    dovecote(sent, other, "its own token")
    tell(sent.row.envelope_id, "delivered", token="its own token")
    assert sent.row.state == "delivered"


def test_a_provider_whose_key_is_lost_vouches_for_nothing(sent):
    sent.execute(update(Row).where(Row.name == "dovecote").values(secrets="gAAAA"))
    with pytest.raises(Missing):
        tell(sent.row.envelope_id, "delivered")


def test_what_a_plugin_cannot_read_is_no_word(sent, caplog):
    with caplog.at_level(logging.ERROR), pytest.raises(Forged):
        tell(sent.row.envelope_id, "no such status")
    assert "Provider dovecote could not read what was said later" in caplog.text
    assert TOKEN not in caplog.text


def test_what_it_keeps_open_is_closed(sent, monkeypatch):
    closed = []
    monkeypatch.setattr(Pigeon, "close", lambda self: closed.append(self.name))
    tell(sent.row.envelope_id, "delivered")
    assert closed == ["dovecote"]


# --- what becomes of it -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "state"), [("delivered", "delivered"), ("undelivered", "undeliverable")])
def test_who_wants_to_know_is_told_once_and_after_the_commit(sent, status, state):
    heard = []

    def hear(_sender, ids):
        sent.session.rollback()
        heard.append((ids, sent.row.state))

    with getattr(signals, state).connected_to(hear):
        for _ in range(2):
            tell(sent.row.envelope_id, status)
    assert heard == [((sent.row.id,), state)]
    assert fits(sent)


def test_a_command_shows_it(sent):
    tell(sent.row.envelope_id, "undelivered")
    envelope = deliveries.get(id=sent.row.id).envelope
    assert (envelope["far_status"], envelope["far_code"]) == ("undelivered", "30003")
    assert (envelope["far_words"], envelope["far_at"]) == ("no such loft", sent.clock.now())


# --- in whatever order --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "expected"),
    [("delivered", "delivered"), ("undelivered", "undeliverable"), ("sent", "sent")],
)
def test_a_word_that_comes_before_the_answer_is_obeyed_once_that_is_written_down(texting, status, expected):
    heard = []

    def hear(_sender, ids):
        heard.append(ids)

    far = texting.far["sms"]

    def answer(envelope):
        elsewhere(texting, envelope.id, status).join()
        return Accepted("taken")

    far.answer = answer
    text(texting)
    with signals.delivered.connected_to(hear):
        texting.dispatch()
    assert texting.row.state == expected
    assert heard == ([(texting.row.id,)] if expected == "delivered" else [])
    assert fits(texting)


@pytest.mark.parametrize("before", [True, False], ids=["before the word is looked for", "after it"])
def test_a_word_that_comes_while_the_answer_is_being_written_down_is_not_lost(texting, monkeypatch, before):
    threads, obey = [], later_word.obey

    def interrupted(session, envelope_ids, *, now):
        moved = {} if before else obey(session, envelope_ids, now=now)
        monkeypatch.setattr(record.later_word, "obey", obey)
        [id_] = envelope_ids
        threads.append(elsewhere(texting, id_, "delivered"))
        threads[0].join(0.5)  # it ends now, or waits for this transaction
        return obey(session, envelope_ids, now=now) if before else moved

    monkeypatch.setattr(record.later_word, "obey", interrupted)
    text(texting)
    texting.dispatch()
    threads[0].join()
    assert texting.row.state == "delivered"
    assert [move.by for move in texting.ledger() if move.became == "delivered"] == ["callback"]
    assert fits(texting)


def test_words_at_the_same_time_move_it_once(sent):
    together = Barrier(6)

    def run(status):
        with sent.app.app_context():
            together.wait()
            tell(sent.row.envelope_id, status)
            db.session.remove()

    envelope_id = sent.row.envelope_id
    threads = [Thread(target=run, args=(status,)) for status in ("sent", "delivered", "delivered") * 2]
    with writing(sent.session):
        pass
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sent.row.envelope_id == envelope_id
    assert sent.moves().count(("sent", "delivered")) == 1
    assert sent.row.state == "delivered"
    assert fits(sent)
