"""Posting through the API of a served Belfry, as a program does: with a token, and an idempotency key for each post."""

import json
from collections.abc import Callable
from itertools import count
from uuid import uuid4

import pycurl

from bench.asking import handle
from bench.installation import BODY, SENDER, Installation
from tests.support.house import CHANNEL
from tests.support.server import Server

CREATED = 201


def poster(
    installation: Installation, to: str
) -> tuple[Callable[[Server], pycurl.Curl], Callable[[pycurl.Curl], None]]:
    """Two functions: one connects to the server, the other sets a connection up for its next post."""
    token = installation.house.token(SENDER)
    numbers, run = count(), uuid4().hex
    body = json.dumps({"channel": CHANNEL, "recipients": [to], "subject": "Lunch at noon", "body": BODY})

    def connect(server: Server) -> pycurl.Curl:
        return handle(f"{server.url}/api/v1/messages", {})

    def prepare(curl: pycurl.Curl) -> None:
        key = f"Idempotency-Key: {run}-{next(numbers)}"
        curl.setopt(pycurl.HTTPHEADER, [f"Authorization: Bearer {token}", "Content-Type: application/json", key])
        curl.setopt(pycurl.POSTFIELDS, body)

    return connect, prepare
