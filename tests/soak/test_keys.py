"""Twenty posts at once under each key, to two servers of which one is killed on the way: each is there once."""

import json
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from threading import Lock
from typing import Any
from urllib.error import HTTPError

import pytest
from sqlalchemy import func, select

from tests.support.house import CHANNEL, House
from tests.support.machine import free_port
from tests.support.server import DIRECT, Serve, Server
from tests.support.soak import Soak
from webapp.config import SETTINGS
from webapp.models.message import Message, PostingKey

AT_ONCE, POSTERS = 20, 40
UNLIMITED = {setting.name: "0" for setting in SETTINGS if "_PER_" in setting.name}


class Servers:
    """Two, always at the same addresses. One of them is killed, and started again, at a given number of posts."""

    def __init__(self, serve: Serve, token: str, *, killed_at: int) -> None:
        self._serve, self._token, self._ports = serve, token, [str(free_port()), str(free_port())]
        self._servers: list[Server] = [self._start(port) for port in self._ports]
        self._left, self._lock = killed_at, Lock()

    def post(self, key: str, number: int) -> dict[str, Any] | None:
        """What was answered to a post that was done; None where it is to be sent again."""
        self._count()
        words = {"channel": CHANNEL, "recipients": ["emil"], "subject": f"Under {key}", "body": "Have a look."}
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json", "Idempotency-Key": key}
        address = f"http://127.0.0.1:{self._ports[number % 2]}/api/v1/messages"
        asked = urllib.request.Request(address, json.dumps(words).encode(), headers)
        try:
            with DIRECT.open(asked, timeout=60) as answer:
                assert answer.status == 201
                return {**json.load(answer), "replayed": answer.headers.get("Idempotent-Replayed")}
        except HTTPError as error:
            return _in_flight(error)
        except (OSError, HTTPException):
            time.sleep(0.05)  # the server has died
            return None

    def _start(self, port: str) -> Server:
        return self._serve(PORT=port, JOBS="off", **UNLIMITED)

    def _count(self) -> None:
        with self._lock:
            self._left -= 1
            dies = self._left == 0
        if dies:
            self._servers[0].kill_all()
            self._servers[0] = self._start(self._ports[0])


@pytest.mark.both_databases
def test_a_thousand_keys_are_a_thousand_messages(house: House, serve: Serve, soak: Soak) -> None:
    house.move_in("edith", "emil")
    house.open_channel()
    keys = [f"key {number}" for number in range(soak.size("keys", short=30, full=1000))]
    servers = Servers(serve, house.token("edith"), killed_at=len(keys) * AT_ONCE // 2)
    asked, again, began = [(key, number) for key in keys for number in range(AT_ONCE)], 0, time.monotonic()
    answers = defaultdict(list)

    with ThreadPoolExecutor(POSTERS) as posters:
        while asked:
            done = list(posters.map(lambda one: servers.post(*one), asked))
            for (key, _), answer in zip(asked, done, strict=True):
                answers[key] += [answer] if answer else []
            asked = [one for one, answer in zip(asked, done, strict=True) if answer is None]
            again += len(asked)

    assert house.asked(select(func.count()).select_from(Message))[0][0] == len(keys)
    assert house.asked(select(func.count()).select_from(PostingKey))[0][0] == len(keys)
    assert {key: len(_ids(answers[key])) for key in keys} == dict.fromkeys(keys, 1)
    assert {len(answers[key]) for key in keys} == {AT_ONCE}
    first = [sum(answer["replayed"] is None for answer in answers[key]) for key in keys]
    assert max(first) == 1, "no two of them were the first"
    assert house.answer("audit")["misfits"] == []
    took = time.monotonic() - began
    lost = first.count(0)
    soak.told(f"{len(keys)} keys, {AT_ONCE} posts each in {took:.0f} s; {again} sent again, {lost} first answers lost")


def _in_flight(error: HTTPError) -> None:
    """Nothing else may be wrong."""
    assert (error.code, error.headers["Retry-After"]) == (409, "1"), error.read()


def _ids(answers: Iterable[dict[str, Any]]) -> set[str]:
    return {answer["id"] for answer in answers}
