"""The request that carries an event: its signed body and the headers that come with it."""

from datetime import datetime

from webapp.domain.envelope import Envelope
from webapp.domain.event import content_type
from webapp.providers._signing import signatures
from webapp.providers._transport import Request
from webapp.providers.webhook._account import Account

REPLACES = "Belfry-Replaces"  # the id of the envelope that this one replaces


def signed(envelope: Envelope, account: Account, at: datetime) -> Request:
    """The request for a try at ``at``, with the account's credentials."""
    body = envelope.text.encode("utf-8", "replace")
    headers = {
        "Content-Type": content_type(envelope.text),
        **({REPLACES: envelope.replaces} if envelope.replaces else {}),
        **account.credentials.headers,
        **signatures(envelope.id, at, body, account.credentials.keys),
    }
    return Request("POST", account.url, headers, body, account.timeout, secret=account.credentials.signs_in)
