"""Posters are told what becomes of what they post: each move leaves news, and the sweep takes them to their address."""

import pytest
from sqlalchemy import delete, select, update

from tests.support.rivals import Rival
from tests.support.subscribers import queued_for, subscriber
from tests.support.world import WITHIN
from webapp.database import writing
from webapp.delivery import telling
from webapp.delivery.lot import Kind
from webapp.domain.envelope import PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.models import usage
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.endpoint import standing
from webapp.models.message import Message
from webapp.models.provider import ProviderHealth
from webapp.models.state_news import StateNews
from webapp.models.subscriber import Subscriber
from webapp.services.queue import queue

BUSY = TemporaryFailure(Reason.SERVER_BUSY, "451 later")
REFUSED = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 No such user")


@pytest.fixture
def ediths(world):
    """Edith's own subscriber."""
    return subscriber(world, name="states-of-edith", owner="edith", filters={})


@pytest.fixture
def tell(world):
    def go():
        with writing(world.session) as session:
            return telling.tell(session, now=world.clock.now())

    return go


@pytest.fixture
def told(world):
    """What was posted on the channel of states, oldest first."""

    def look():
        world.session.rollback()
        theirs = select(Message).join(Channel, Channel.id == Message.channel_id).where(Channel.name == telling.CHANNEL)
        return list(world.session.scalars(theirs.order_by(Message.id)))

    return look


def states(message):
    return [(one["recipient"], one["medium"], one["state"], one["reason"]) for one in message.attributes["deliveries"]]


def kept(world):
    world.session.rollback()
    return list(world.session.scalars(select(StateNews.state).order_by(StateNews.id)))


def test_nothing_is_kept_where_nobody_wants_it(world):
    world.post()
    world.dispatch()
    assert kept(world) == []


def test_what_became_of_a_message_is_one_delivery_to_its_poster(world, ediths, tell, told):
    world.person("ada")
    posted = world.post("emil", "ada")
    world.dispatch()
    assert kept(world) == ["sent", "sent"]
    assert tell() == 2
    [message] = told()
    assert sorted(states(message)) == [("ada", "email", "sent", None), ("emil", "email", "sent", None)]
    assert (message.attributes["message"], message.system_sender, message.states_to) == (posted.id, "Belfry", None)
    [row] = world.rows(message_id=message.id)
    assert (row.subscriber_id, row.user_id, row.medium, row.state, row.retries_left) == (
        ediths, None, "webhook", "queued", 8,
    )  # fmt: skip
    assert message.counted == {"webhook": 1}


def test_each_is_told_once(world, ediths, tell, told):
    world.post()
    world.dispatch()
    assert (tell(), tell(), len(told())) == (1, 0, 1)


def test_in_a_senders_words_and_the_order_of_time(world, ediths, tell, told):
    world.mail.answer = [BUSY, REFUSED]
    world.post()
    world.dispatch()
    world.clock.advance(60)
    world.retry()
    tell()
    news = [one for message in told() for one in message.attributes["deliveries"]]
    assert [(one["state"], one["reason"]) for one in news] == [
        ("retrying", "SERVER_BUSY"), ("undeliverable", "RECIPIENT_REFUSED"),
    ]  # fmt: skip
    assert news[0]["at"] < news[1]["at"]
    assert news[1]["sentence"] == "This could not be sent to Emil by e-mail. It is in their inbox."


def test_what_a_recipient_chose_is_not_told(world, ediths, tell, told):
    world.prefer("emil", wanted=False)
    world.post()
    world.dispatch()
    tell()
    [message] = told()
    assert states(message) == [("emil", "email", "filtered", None)]
    assert "chose not to get this" in message.attributes["deliveries"][0]["sentence"]


def test_what_persons_do_is_told_too(world, ediths, tell, told):
    world.post()
    queue.cancel(ids=[world.row.id], by="olaf", now=world.clock.now())
    tell()
    assert states(told()[0]) == [("emil", "email", "cancelled", "CANCELLED_BY_PERSON")]


def test_of_subscribers_only_the_name(world, ediths, tell, told):
    archive = subscriber(world)
    [id] = queued_for(world, archive)
    queue.cancel(ids=[id], by="olaf", now=world.clock.now())
    tell()
    assert states(told()[0]) == [("archive", "webhook", "cancelled", "CANCELLED_BY_PERSON")]
    assert "example.com" not in str(told()[0].attributes)


def test_each_message_apart_and_of_many_recipients_in_parts(world, ediths, tell, told, monkeypatch):
    monkeypatch.setattr(telling, "TOGETHER", 2)
    for subject in ("One", "Two"):
        world.clock.advance(1)
        world.post("emil", "edith", *world.crowd(1) if subject == "One" else (), subject=subject)
    world.dispatch()
    tell()
    assert sorted((len(states(message)), message.subject) for message in told()) == [
        (1, "What became of “One”"), (2, "What became of “One”"), (2, "What became of “Two”"),
    ]  # fmt: skip


def test_nobody_is_told_of_the_telling(world, ediths, tell, told):
    world.post()
    world.dispatch()
    tell()
    [row] = world.rows(medium="webhook")
    queue.cancel(ids=[row.id], by="olaf", now=world.clock.now())
    assert (kept(world), tell()) == ([], 0)


def test_what_is_posted_for_others_is_not_told(world, ediths):
    world.post("edith", sender="emil")
    world.dispatch()
    assert kept(world) == []


@pytest.mark.parametrize("gone", ["subscriber", "delivery"])
def test_what_is_gone_is_told_to_nobody(world, ediths, tell, told, gone):
    world.post()
    world.dispatch()
    if gone == "subscriber":
        world.execute(update(Subscriber).values(removed_at=world.clock.now(), owner_id=None))
    else:
        world.execute(delete(Delivery))
    assert (tell(), told(), kept(world)) == (1, [], [])


def test_the_sweep_tells_and_it_goes_out(world, ediths, told):
    world.post()
    world.dispatch()
    world.retry()
    assert len(told()) == 1


def test_who_tells_waits_for_nobody_who_writes_how_endpoints_fare(world, app, ediths, told, by_hand):
    """Another process holds a provider, then asks for the subscriber, while this one writes of both: each would wait
    for the other, had it told within its turn."""
    world.post()
    world.dispatch()
    world.post(subject="Held")
    world.mail.hold()
    process = by_hand()
    process.until(lambda: world.mail.held)
    world.mail.release()
    process.pipeline.news.wait(WITHIN)
    process.pipeline.wake(Kind.LATER)
    rival = Rival(app, process.pipeline.turn)
    with writing(world.session) as session:
        usage.lock(session, session.scalars(select(ProviderHealth.provider_id)).all())
        rival.begin()
        assert [one.id for one in standing(session, [ediths])] == [ediths]
    rival.end()
    assert set(world.states()) <= {"sent", "queued"}
    assert "What became of “Lunch”" in [message.subject for message in told()]


def test_that_telling_fails_takes_nothing_from_the_turn(world, ediths, told, by_hand, monkeypatch):
    world.post()
    world.dispatch()
    world.post(subject="More")
    process, failing = by_hand(), pytest.MonkeyPatch()
    with failing.context() as patch:
        patch.setattr(telling, "_post", lambda *_args: 1 / 0)
        process.until_at_rest()
        process.until_at_rest(Kind.LATER)
    assert (world.states(), told(), len(kept(world))) == (["sent", "sent"], [], 2)
    world.clock.advance(10)
    world.retry()
    assert len(told()) == 2


def test_what_is_rolled_back_was_not_told(world, ediths, tell, told):
    """A process that dies within has told nothing; the next one does."""
    world.post()
    world.dispatch()
    with writing(world.session) as session:
        telling.tell(session, now=world.clock.now())
        session.rollback()
    assert (kept(world), told()) == (["sent"], [])
    assert tell() == 1
