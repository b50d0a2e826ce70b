"""A server is killed while it takes a post: the post is there whole, or not at all; asked again, it is there once."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException

import pytest
from sqlalchemy import func, select

from tests.support.house import CHANNEL, House
from tests.support.machine import free_port
from tests.support.server import Serve, Server
from tests.support.soak import Soak
from tests.support.visitor import Visitor
from webapp.models.delivery import Delivery
from webapp.models.message import Message, UserNotification


class Posts:
    """One poster at a server that is started again whenever it was killed, always at the same address."""

    def __init__(self, house: House, serve: Serve, people: list[str]) -> None:
        self._house, self._people, self._port = house, people, str(free_port())
        self._serve: Callable[[], Server] = lambda: serve(PORT=self._port, JOBS="off")
        self.server = self._serve()
        self._edith = Visitor(self.server.url).sign_in("edith")

    def form(self, subject: str) -> dict[str, str]:
        """What a browser sends, with the key that was drawn with its page."""
        words = {"channel": CHANNEL, "recipients": ",".join(self._people), "subject": subject, "body": "Have a look."}
        return self._edith.get("/compose").form("/compose") | words

    def send(self, form: dict[str, str]) -> bool:
        """Whether it was answered that it has been posted."""
        with suppress(OSError, HTTPException):  # the server has died
            answer = self._edith.post("/compose", form)
            assert answer.status == 303, answer.text
            return True
        return False

    def kill(self) -> None:
        """And start another."""
        self.server.kill_all()
        self.server = self._serve()

    def written(self, subject: str) -> tuple[int, int, int]:
        """How many messages, copies and deliveries there are of it."""
        mine = select(Message.id).where(Message.subject == subject)
        messages = select(func.count()).select_from(Message).where(Message.subject == subject)
        copies = select(func.count()).select_from(UserNotification).where(UserNotification.message_id.in_(mine))
        deliveries = select(func.count()).select_from(Delivery).where(Delivery.message_id.in_(mine))
        one, two, three = (self._house.asked(statement)[0][0] for statement in (messages, copies, deliveries))
        return one, two, three


@pytest.mark.both_databases
def test_killed_at_any_moment_a_post_is_whole_or_not_there(house: House, serve: Serve, soak: Soak) -> None:
    house.move_in("edith")
    house.open_channel()
    people = house.crowd(soak.size("recipients", short=1000, full=10_000))
    moments, chance = soak.size("moments", short=4, full=20), soak.chance()
    posts = Posts(house, serve, people)
    whole = (1, len(people), len(people))
    lasts_s = _seconds(lambda: posts.send(posts.form("Undisturbed")))
    there = 0

    for moment in range(moments):
        form = posts.form(f"Moment {moment}")
        with ThreadPoolExecutor(1) as poster:
            answered = poster.submit(posts.send, form)
            time.sleep(lasts_s * (moment + chance.random()) / moments)
            posts.kill()
        written = posts.written(f"Moment {moment}")
        assert written == whole if answered.result() else written in {whole, (0, 0, 0)}
        there += written == whole
        assert posts.send(form)
        assert posts.written(f"Moment {moment}") == whole, "once, under the same key"

    form = posts.form("Answered")
    assert posts.send(form)
    posts.kill()
    assert posts.written("Answered") == whole, "what was answered is there"
    assert posts.send(form)
    assert posts.written("Answered") == whole
    assert house.answer("audit")["misfits"] == []
    soak.told(f"{moments} kills during a post of {lasts_s:.2f} s to {len(people)}: {there} times whole, else nothing")


def _seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began
