"""Doubts: what is known of the last try of a delivery that may or may not have arrived."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, func, or_, select

from webapp.domain.envelope import Certainty
from webapp.domain.reason import Reason
from webapp.domain.wording import Sentence
from webapp.extensions import db
from webapp.models._columns import table_of
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.envelope import Attempt, Envelope
from webapp.models.provider import Provider
from webapp.models.subscriber import Subscriber
from webapp.services.queue._tries import far_side, host_of

_delivery, _envelope, _attempt = table_of(Delivery), table_of(Envelope), table_of(Attempt)
_channel, _provider, _subscriber = table_of(Channel), table_of(Provider), table_of(Subscriber)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """The last try of a delivery that may have arrived, for whoever has to find out.

    ``envelope`` is the id that the far side saw, ``address`` where it went (an endpoint's host). It was sent by
    ``provider``, or to a subscriber, at the server ``far``; the try got as far as ``phase``, and ``reply`` is the last
    answer. After a crash these four are empty.
    """

    at: datetime
    took: timedelta
    crashed: bool
    at_most_once: bool
    envelope: str
    address: str
    provider: str
    far: str
    phase: str
    reply: str

    @property
    def sentence(self) -> Sentence:
        """When it was tried, by whom, and how far it got."""
        if self.crashed:
            words = "A process began to send it at %(at)s, and ended before it wrote down how far it got."
            return Sentence(words, {"at": self.at})
        values = {"at": self.at, "far": self.far, "provider": self.provider, "phase": self.phase, "took": self.took}
        if not self.phase:
            return Sentence("%(provider)s began to hand it to %(far)s at %(at)s; it took %(took)s.", values)
        words = "%(provider)s began to hand it to %(far)s at %(at)s; it got as far as “%(phase)s” and took %(took)s."
        return Sentence(words, values)

    @property
    def promise(self) -> Sentence:
        """Why Belfry does nothing more about it by itself."""
        if self.at_most_once:
            return Sentence("Its channel says at most once: it is not repeated by itself.")
        return Sentence("Its channel says at least once: it was tried again until no try was left.")


def known(*, ids: Iterable[str]) -> Mapping[str, Doubt]:
    """The doubt about each of these that may have arrived, by id; in one statement."""
    rows = db.session.execute(_statement().where(_delivery.c.id.in_(ids)).order_by(_attempt.c.id))
    return {row.delivery: _doubt(row) for row in rows}  # later rows replace earlier ones, so the last try counts


def _statement() -> Select[*tuple[Any, ...]]:
    """The tries of each delivery's present envelope; a try of a whole envelope names no delivery."""
    its = or_(_attempt.c.delivery_id.is_(None), _attempt.c.delivery_id == _delivery.c.id)
    tries = _delivery.join(_attempt, and_(_attempt.c.envelope_id == _delivery.c.envelope_id, its))
    there = tries.join(_envelope, _envelope.c.id == _delivery.c.envelope_id)
    told = there.join(_channel, _channel.c.id == _delivery.c.channel_id)
    told = told.outerjoin(_provider, _provider.c.id == _attempt.c.provider_id)
    told = told.outerjoin(_subscriber, _subscriber.c.id == _delivery.c.subscriber_id)
    return (
        select(
            _delivery.c.id.label("delivery"),
            _envelope.c.address,
            and_(_channel.c.at_most_once, _delivery.c.subscriber_id.is_(None)).label("at_most_once"),
            func.coalesce(_provider.c.name, _subscriber.c.name).label("provider"),
            _subscriber.c.settings.label("endpoint"),
            _provider.c.settings,
            *(_attempt.c[name] for name in ("envelope_id", "started_at", "ms", "phase", "reason", "reply")),
        )
        .select_from(told)
        .where(_attempt.c.certainty == Certainty.MAY_HAVE_ARRIVED.value)
    )


def _doubt(row: Row[*tuple[Any, ...]]) -> Doubt:
    return Doubt(
        at=row.started_at,
        took=timedelta(milliseconds=row.ms),
        crashed=row.reason == Reason.PROCESS_DIED.value,
        at_most_once=bool(row.at_most_once),
        envelope=row.envelope_id,
        address=host_of(row.endpoint) or row.address,
        provider=row.provider or "",
        far=host_of(row.endpoint) or (far_side(row.settings, row.provider) if row.provider else ""),
        phase=row.phase,
        reply=row.reply,
    )
