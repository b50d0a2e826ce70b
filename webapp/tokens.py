"""Tokens: signed parts of links in messages. Each allows one thing without a sign-in, and nobody can make one up."""

import hashlib
from dataclasses import astuple, dataclass
from typing import Any

from itsdangerous import BadData, URLSafeSerializer


@dataclass(frozen=True, slots=True)
class Subscription:
    """One person's copies of one channel by one medium. It has names, not ids, which another database would give to
    others."""

    username: str
    channel: str
    medium: str


class Tokens:
    """Signs with a key that all processes share. Tokens do not expire: a mail may be read years later."""

    def __init__(self, key: str) -> None:
        digest = {"digest_method": hashlib.sha256}
        self._subscriptions = URLSafeSerializer(key, salt="belfry.unsubscribe", signer_kwargs=digest)

    def of(self, subscription: Subscription) -> str:
        """The token that lets its bearer turn this subscription off and on, and nothing else; always the same."""
        return str(self._subscriptions.dumps(astuple(subscription)))

    def subscription(self, token: str) -> Subscription | None:
        """The subscription that ``of`` was given; None where the token was not made here."""
        try:
            told: Any = self._subscriptions.loads(token)
            return Subscription(*told)
        except (BadData, TypeError):
            return None
