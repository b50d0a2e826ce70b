"""Posting: all of it or nothing, once under one key, and only what may be posted."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select, update

from tests.support.world import elapsed
from webapp.domain import signals
from webapp.domain.message import NotificationMessage
from webapp.domain.refusal import Refused
from webapp.extensions import db
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery, Move
from webapp.models.message import Message, PostingKey, UserNotification
from webapp.models.policy import Policy
from webapp.models.user import User
from webapp.services.posting import notifier

TABLES = (Message, PostingKey, UserNotification, Delivery, Move)


@pytest.fixture
def counts(world):
    return lambda: [world.count(table) for table in TABLES]


@pytest.fixture
def refused(world, counts):
    """The problems of a post that writes nothing."""

    def run(*to, **told):
        before = counts()
        with pytest.raises(Refused) as caught:
            world.post(*to, **told)
        assert counts() == before
        return caught.value.problems

    return run


def test_one_transaction_writes_a_message_a_copy_each_and_a_delivery_for_each_medium(world, counts):
    now = world.clock.now()
    world.channel("team.both", "email", "sms")
    posted = world.post("emil", "edith", "emil", channel="team.both", type="voicemail_new", link="https://example.com")
    assert (posted.recipients, posted.deliveries) == (2, 4)
    assert counts() == [1, 0, 2, 4, 4]
    message = world.session.get(Message, posted.id)
    assert (message.counted, message.type) == ({"inbox": 2, "email": 2, "sms": 2}, "voicemail_new")
    assert {(row.state, row.due_at, row.retries_left, row.generation) for row in world.rows()} == {
        ("queued", now, 4, 1)
    }
    assert elapsed(now, message.expires_at) == 30 * 86400


def test_a_channel_of_the_inbox_only_has_no_deliveries(world, counts):
    world.channel("team.quiet", media=())
    posted = world.post(channel="team.quiet")
    assert (posted.recipients, posted.deliveries) == (1, 0)
    assert counts() == [1, 0, 1, 0, 0]


def test_a_post_to_ten_thousand(world):
    names = world.crowd(10_000)
    posted = world.post(*names)
    assert (posted.recipients, posted.deliveries) == (10_000, 10_000)
    assert world.count(UserNotification) == world.count(Delivery) == world.count(Move) == 10_000


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"channel": "no.such"}, "channel"),
        ({"channel": ""}, "channel"),
        ({"channel": "a\0.b"}, "channel"),
        ({"channel": "a.\ud800"}, "channel"),
        ({"sender": "nobody"}, "sender"),
        ({"sender": "\0"}, "sender"),
        ({"subject": "two\nlines"}, "subject"),
        ({"body": ""}, "body"),
        ({"key": ""}, "key"),
        ({"key": "k" * 201}, "key"),
        ({"key": "a\0b"}, "key"),
    ],
    ids=ascii,
)
def test_a_refusal_names_the_field_and_writes_nothing(refused, told, field):
    assert list(refused(**told)) == [field]


def test_unknown_recipients_are_named(refused):
    told = refused("emil", "nobody", "a\0b", "\ud800", *[f"stranger{n}" for n in range(5)])
    assert told == {
        "recipients": "There is nobody named “nobody”, “a\ufffdb”, “\ufffd”, “stranger0”, “stranger1” and 3 more."
    }


def test_a_role_means_those_who_have_exactly_it_and_are_active(world):
    ada, olaf, otto = (
        world.person(name, role=role) for name, role in (("ada", "admin"), ("olaf", "operator"), ("otto", "operator"))
    )
    world.person("gone", role="operator")
    world.execute(update(User).where(User.username == "gone").values(active=False))
    posted = world.post("otto", "emil", roles=("operator", "admin", "operator"))
    assert (posted.recipients, posted.deliveries) == (4, 4)
    why = {row.user_id: row.why for row in world.session.scalars(select(UserNotification))}
    emil = world.session.scalars(select(User.id).where(User.username == "emil")).one()
    assert why == {otto: "named", emil: "named", olaf: "role:operator", ada: "role:admin"}


def test_a_post_to_a_role_that_nobody_has(refused):
    assert refused(recipients=(), roles=("operator", "admin")) == {
        "roles": "Nobody active has the role operator or admin."
    }


def test_a_role_under_a_key_is_the_role_whoever_has_it_meanwhile(world, counts, refused):
    world.person("olaf", role="operator")
    posted, before = world.post(recipients=(), roles=("operator",), key="k"), counts()
    world.person("otto", role="operator")
    assert world.post(recipients=(), roles=("operator",), key="k") == posted
    assert counts() == before
    assert list(refused("olaf", key="k")) == ["key"]


def test_who_has_left_does_not_post(world, refused):
    world.execute(update(User).where(User.username == "edith").values(active=False))
    assert list(refused()) == ["sender"]


def test_a_channel_may_say_who_posts(world, refused):
    world.person("olaf", role="operator")
    world.person("ada", role="admin")
    world.execute(update(Channel).values(posters=["emil", "role:operator"]))
    assert "may not post" in refused(sender="edith")["channel"]
    for sender in ("emil", "olaf", "ada"):
        world.post(sender=sender)
    world.execute(update(Channel).values(posters=[]))
    assert list(refused(sender="ada")) == ["channel"]


def test_belfry_itself_may_post_anywhere(world):
    world.execute(update(Channel).values(posters=[]))
    message = NotificationMessage(channel="team.news", recipients=("emil",), subject="Alarm", body="Look.")
    posted = notifier.post_as_system(message=message, system="Belfry", now=world.clock.now())
    row = world.session.get(Message, posted.id)
    assert (row.sender_id, row.system_sender) == (None, "Belfry")
    assert world.dispatch() == {"sent": 1}
    assert world.mail.sent[0].sender == "Belfry"


# --- when ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wait", "visible"), [(None, 0), (3600, 3600), (-3600, 0)])
def test_when_it_becomes_visible(world, wait, visible):
    start = world.clock.now()
    world.post(**({} if wait is None else {"at": start + timedelta(seconds=wait)}))
    [copy] = world.session.query(UserNotification).all()
    assert elapsed(start, copy.visible_at) == elapsed(start, world.row.due_at) == visible
    assert copy.created_at == start


@pytest.mark.parametrize(("at", "due"), [(0, 0), (1, 900), (899, 900), (900, 900), (901, 1800)])
def test_a_channel_that_batches_waits_for_the_next_multiple(world, at, due):
    world.execute(update(Channel).values(every_s=900))
    start = world.clock.now()
    world.post(at=start + timedelta(seconds=at))
    assert elapsed(start, world.row.due_at) == due


def test_the_nearest_time_to_live_counts(world):
    def lives(**told):
        posted = world.post(**told)
        message = world.session.get(Message, posted.id)
        return elapsed(message.visible_at, message.expires_at)

    assert lives() == 2_592_000
    world.execute(update(Policy).values(ttl_s=300))
    assert lives() == 300
    world.execute(update(Channel).values(ttl_s=200))
    assert lives() == 200
    assert lives(ttl_s=100, at=world.clock.now() + timedelta(hours=1)) == 100


@pytest.mark.parametrize("ttl_s", [300, 900])
def test_what_would_expire_before_the_channel_is_tried_is_refused(world, counts, ttl_s):
    world.execute(update(Channel).values(every_s=1800))
    at, before = world.clock.now() + timedelta(minutes=15), counts()
    with pytest.raises(Refused) as refused:
        world.post(ttl_s=ttl_s, at=at)
    assert "is tried: that is at 2026-03-02 09:30:00 UTC. Give it longer" in refused.value.problems["ttl"]
    assert counts() == before


@pytest.mark.parametrize(("media", "ttl_s"), [(("email",), 901), ((), 300)], ids=["longer", "nothing is sent"])
def test_what_lives_until_then_or_is_not_sent_at_all_is_posted(world, media, ttl_s):
    world.channel("team.slow", media=media, every_s=1800)
    world.post(channel="team.slow", ttl_s=ttl_s, at=world.clock.now() + timedelta(minutes=15))
    world.clock.advance(1800)
    assert world.dispatch() == ({"sent": 1} if media else {})


# --- once ---------------------------------------------------------------------------------------------------------


def test_the_same_request_under_a_key_gets_the_first_answer(world, counts):
    first = world.post(key="k")
    before = counts()
    assert world.post(key="k") == first
    world.clock.advance(3600)
    assert world.post(key="k") == first
    assert counts() == before


def test_a_delay_is_the_same_request_later(world):
    def delayed():
        message = NotificationMessage(channel="team.news", recipients=("emil",), subject="S", body="B")
        now = world.clock.now()
        return notifier.post(
            message=message.delayed(by=timedelta(minutes=5), now=now), sender="edith", now=now, key="k"
        )

    first = delayed()
    world.clock.advance(10)
    assert delayed() == first


def test_another_request_under_a_key_is_refused(world, refused):
    world.post(key="k")
    for other in ({"subject": "Other"}, {"ttl_s": 5}, {"at": world.clock.now()}, {"attributes": {"a": "b"}}):
        assert list(refused(key="k", **other)) == ["key"]
    assert list(refused("emil", "edith", key="k")) == ["key"]


def test_each_poster_has_keys_of_their_own(world):
    assert world.post(key="k").id != world.post(key="k", sender="emil").id


def test_twenty_at_once_post_once(world, app):
    now, answers, begin = world.clock.now(), [], Barrier(20)
    message = NotificationMessage(channel="team.news", recipients=("emil",), subject="S", body="B")

    def work():
        with app.app_context():
            begin.wait()
            answers.append(notifier.post(message=message, sender="edith", now=now, key="k"))
            db.session.remove()

    threads = [Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 20
    assert len(set(answers)) == 1
    assert [world.count(table) for table in TABLES] == [1, 1, 1, 1, 1]


# --- who hears of it ----------------------------------------------------------------------------------------------


def test_the_signals_come_after_the_commit_and_once(world, app):
    heard = []

    def hear(_sender, message_id, **more):
        with app.app_context():  # another session sees what has been committed only
            heard.append((db.session.get(Message, message_id) is not None, more))

    with signals.saved.connected_to(hear), signals.posted.connected_to(hear):
        world.post(key="k")
        world.post(key="k")
        world.execute(update(Channel).values(immediate=True))
        world.post()
    assert heard == [(True, {}), (True, {"immediate": False}), (True, {}), (True, {"immediate": True})]


def test_a_listener_that_raises_does_not_undo_a_post(world, caplog):
    def fail(_sender, **_more):
        raise ZeroDivisionError

    with signals.saved.connected_to(fail), signals.posted.connected_to(fail):
        assert world.post().recipients == 1
    assert "A receiver of the signal saved raised" in caplog.text


def test_what_a_post_asks_of_the_database(world, statements):
    """Three to find out who and for whom, where, and which subscribers are told; four to write it."""
    world.post()
    with statements() as asked:
        world.post()
    assert sum("INSERT INTO" in one for one in asked) == 4
    assert len(asked) == 7


def test_once_it_is_posted_nothing_more_is_asked_of_the_database(world, statements):
    with statements() as asked:
        world.post()
    assert "INSERT INTO move" in asked[-1]
