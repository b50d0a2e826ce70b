"""The request that carries an event: its bytes, signed, and the headers that come with them."""

from datetime import datetime

from webapp.domain.envelope import Envelope
from webapp.domain.event import content_type
from webapp.providers._signing import signatures
from webapp.providers._transport import Request
from webapp.providers.webhook._account import Account

REPLACES = "Belfry-Replaces"  # the id of the sending that this one takes the place of


def signed(envelope: Envelope, account: Account, at: datetime) -> Request:
    """For a try at ``at``, with what signs in."""
    body = envelope.text.encode("utf-8", "replace")
    headers = {
        "Content-Type": content_type(envelope.text),
        **({REPLACES: envelope.replaces} if envelope.replaces else {}),
        **account.credentials.headers,
        **signatures(envelope.id, at, body, account.credentials.keys),
    }
    return Request("POST", account.url, headers, body, account.timeout, secret=account.credentials.signs_in)
