"""Posting once: by whoever is first, whatever the others do meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from webapp.database import writing
from webapp.domain.refusal import InFlight, Refused
from webapp.extensions import db
from webapp.models.message import Message, PostingKey
from webapp.services.posting._once import Key, Posted, alone

KEY = Key("user:1", "k", "asked", waits=False)


def test_who_does_not_wait_is_told_that_another_posts_under_the_key():
    with alone(KEY):
        with pytest.raises(InFlight) as caught, alone(KEY):
            pass
        with alone(Key("user:2", "k", "asked", waits=False)), alone(Key("user:1", "k", "asked")), alone(None):
            pass
    assert (caught.value.status, caught.value.code, caught.value.retry_after) == (409, "in_flight", 1)
    with alone(KEY):
        pass


def test_another_process_knows_too_or_is_not_let_in(app, session):
    """SQLite's writers are alone: the other one would wait for its turn."""

    def take():
        with app.app_context(), writing(db.session) as other:
            KEY.take(other)

    with writing(db.session) as mine, ThreadPoolExecutor(1) as another:
        KEY.take(mine)
        if mine.get_bind().dialect.name == "postgresql":
            with pytest.raises(InFlight):
                another.submit(take).result()
    take()


def test_twenty_at_once_post_once_and_count_once(app, world):
    barrier, answers = Barrier(20), []

    def post(_):
        with app.app_context():
            barrier.wait()
            return world.post(key="k")

    with ThreadPoolExecutor(20) as together:
        answers = list(together.map(post, range(20)))
    assert len({answer.id for answer in answers}) == 1
    assert sorted(answer.replayed for answer in answers) == [False, *[True] * 19]
    assert (world.count(Message), world.count(PostingKey)) == (1, 1)


def test_what_is_kept_of_an_answer_says_nothing_of_a_replay():
    assert KEY.row(Posted("id", 1, 2))["answer"] == {"id": "id", "recipients": 1, "deliveries": 2}


@pytest.mark.parametrize("word", ["", "k" * 201, "a\nb"], ids=ascii)
def test_what_is_no_key(word):
    with pytest.raises(Refused):
        Key("user:1", word, "asked").check()
