"""The callback check of a subscriber: does its endpoint accept Belfry, and nobody else?"""

from collections.abc import Mapping
from datetime import datetime

from webapp.domain.callback_check import CheckResult
from webapp.domain.clock import Clock
from webapp.domain.envelope import Envelope, Transcript
from webapp.domain.event import Event, Form
from webapp.domain.field import Value
from webapp.domain.medium import Medium
from webapp.extensions import db
from webapp.models._ids import new_id
from webapp.providers import Checkable, Surroundings, kinds

_CHANNEL = "belfry.check"
_WORDS = "Belfry looks whether this endpoint lets it in, and nobody else. Nothing has happened."


def check(
    *, settings: Mapping[str, Value], secrets: Mapping[str, str], clock: Clock, surroundings: Surroundings
) -> CheckResult:
    """Send the endpoint of these settings two probes: as a stranger, who must be refused, and as Belfry.

    Takes 20 s at most, ends the caller's transaction first and holds none meanwhile. Does not touch the subscriber's
    health. ``secrets`` are in clear. Both probes carry an event marked as a test.
    """
    db.session.rollback()  # no transaction from here on: the far side may take its time
    plugin = kinds()[Medium.WEBHOOK.value]
    defaults = {field.name: field.default for field in plugin.all_fields()}
    endpoint = plugin("check", {**defaults, **settings, **secrets}, surroundings)
    assert isinstance(endpoint, Checkable)  # noqa: S101 — the kind that subscribers are of can be checked
    now = clock.now()
    text = _event(now).text(Form(str(settings.get("body", Form.PLAIN))), source=surroundings.public_url)
    stranger, own = (_envelope(text, str(settings["url"]), now) for _ in range(2))
    try:
        return CheckResult(endpoint.check(stranger, own, Transcript(clock.monotonic, now)))
    finally:
        endpoint.close()


def _event(now: datetime) -> Event:
    return Event(
        id=new_id(now),
        type="callback_check",
        channel=_CHANNEL,
        subject="Test: callback check",
        body=_WORDS,
        sender="Belfry",
        attributes={"test": "true"},
        created_at=now,
        visible_at=now,
    )


def _envelope(text: str, url: str, now: datetime) -> Envelope:
    return Envelope(
        id=new_id(now),
        medium=Medium.WEBHOOK.value,
        address=url,
        recipient="check",
        sender="Belfry",
        channel=_CHANNEL,
        subject="",
        text=text,
        html=None,
        created_at=now,
    )
