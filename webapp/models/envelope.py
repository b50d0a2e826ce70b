"""Envelopes, the bodies they share, and the attempts to send them."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.domain.envelope import Certainty
from webapp.extensions import db
from webapp.models._among import among, among_given
from webapp.models._columns import ChannelRef, IntKey, LedgerKey, UlidKey, insert_or, partial_index, table_of
from webapp.models._rows import insert_rows


class Body(db.Model):
    """Rendered text, stored once however many people receive it."""

    __tablename__ = "body"

    id: Mapped[IntKey]
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    subject: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)


class Envelope(db.Model):
    """What is really sent, committed before its first try and sent again as it is by every automatic retry."""

    __tablename__ = "envelope"

    id: Mapped[UlidKey]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    subscriber_id: Mapped[int | None] = mapped_column(ForeignKey("subscriber.id"))
    channel_id: Mapped[ChannelRef]
    medium: Mapped[str] = mapped_column(String(10))
    address: Mapped[str] = mapped_column(String(2000))
    message_id_header: Mapped[str | None] = mapped_column(String(300))
    body_id: Mapped[int] = mapped_column(ForeignKey("body.id"), index=True)
    variables: Mapped[dict[str, Any]]
    digest: Mapped[str | None] = mapped_column(String(64))
    members: Mapped[int | None]  # how many deliveries it was made of, where that is more than one
    replaces: Mapped[str | None] = mapped_column(String(26))
    created_at: Mapped[datetime]
    far_state: Mapped[str | None] = mapped_column(String(15))  # the state by the far side's later word
    far_reason: Mapped[str | None] = mapped_column(String(30))
    far_status: Mapped[str | None] = mapped_column(String(30))  # that word as it came
    far_code: Mapped[str | None] = mapped_column(String(20))
    far_words: Mapped[str | None] = mapped_column(String(500))
    far_at: Mapped[datetime | None]


class Attempt(db.Model):
    """One try, written once and never changed. ``counted``: whether it spent one of the delivery's tries."""

    __tablename__ = "attempt"
    __table_args__ = (
        Index("ix_attempt_envelope_id_id", "envelope_id", "id"),
        partial_index("ix_attempt_test", "provider_id", "id", where="trigger = 'test'"),
    )

    id: Mapped[LedgerKey]
    envelope_id: Mapped[str | None] = mapped_column(ForeignKey("envelope.id"))
    delivery_id: Mapped[str | None] = mapped_column(String(26))
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("provider.id"))
    provider_version: Mapped[int | None]
    generation: Mapped[int]
    number: Mapped[int]
    started_at: Mapped[datetime]
    ms: Mapped[int]
    phase: Mapped[str] = mapped_column(String(30))
    outcome: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(30))
    certainty: Mapped[str | None] = mapped_column(String(20))
    counted: Mapped[bool]
    reply: Mapped[str] = mapped_column(Text)
    phases: Mapped[list[Any] | None]
    trigger: Mapped[str] = mapped_column(String(20))
    process: Mapped[str] = mapped_column(String(100))


# The columns that a digest covers, beside the body; the second only where they are set: older rows lack them.
SEALED = ("id", "user_id", "channel_id", "medium", "address", "variables", "replaces")
SEALED_IF_THERE = ("subscriber_id", "message_id_header", "members")
_body = table_of(Body)
_BODY_IDS = select(_body.c.hash, _body.c.id).where(among_given(_body.c.hash, "hashes"))
_written = json.JSONEncoder(sort_keys=True).encode


def body_hash(subject: str, text: str, html: str | None) -> str:
    """Equal for equal bodies."""
    return hashlib.sha256("\0".join((subject, text, html or "")).encode()).hexdigest()


def digest(envelope: Mapping[str, Any], body: str) -> str:
    """A checksum of an envelope as it was committed, with the hash of its ``body``: it shows whether anybody changed it
    later."""
    later = {name: envelope[name] for name in SEALED_IF_THERE if envelope.get(name)}
    parts = [*(envelope[name] for name in SEALED), body, *([later] if later else [])]
    return hashlib.sha256(_written(parts).encode()).hexdigest()


def add_envelopes(session: Session, rows: Sequence[Mapping[str, Any]], bodies: Mapping[str, Mapping[str, Any]]) -> None:
    """Write envelopes, and those of their bodies that are not stored yet. ``rows`` name their body by ``body_hash``."""
    # In one order everywhere, or two processes that write the same bodies could deadlock.
    new = [{"hash": key, **body} for key, body in sorted(bodies.items())]
    session.execute(_body_insert(insert_or(session)), new)
    body_ids = {row.hash: row.id for row in session.execute(_BODY_IDS, {"hashes": list(bodies)})}
    written = [{key: value for key, value in row.items() if key != "body_hash"} for row in rows]
    for row, given in zip(written, rows, strict=True):
        row["body_id"] = body_ids[given["body_hash"]]
        row["digest"] = digest(row, given["body_hash"])
    # They exist already where an earlier commit of them succeeded, but its confirmation was lost.
    insert_rows(session, table_of(Envelope), written, unless_there=True)


@cache
def _body_insert(insert: Any) -> Any:
    return insert(_body).on_conflict_do_nothing(index_elements=["hash"])


def add_attempts(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write tries down."""
    insert_rows(session, table_of(Attempt), rows)


def existing(session: Session, envelope_ids: Iterable[str]) -> set[str]:
    """Those of these envelopes that are (still) there."""
    envelope = table_of(Envelope)
    return set(session.scalars(select(envelope.c.id).where(among(envelope.c.id, set(envelope_ids)))))


def doubtful(session: Session, envelope_ids: Iterable[str]) -> set[tuple[str, int]]:
    """Pairs of an envelope's id and a generation in which an earlier try may have arrived: a try of that envelope
    itself, or of one that it takes the place of."""
    if not (ids := set(envelope_ids)):
        return set()
    attempt, envelope = table_of(Attempt), table_of(Envelope)
    own = select(envelope.c.id.label("newest"), envelope.c.id, envelope.c.replaces)
    line = own.where(among(envelope.c.id, ids)).cte("line", recursive=True)
    former = select(line.c.newest, envelope.c.id, envelope.c.replaces).join(envelope, envelope.c.id == line.c.replaces)
    line = line.union(former)
    tried = select(line.c.newest, attempt.c.generation).join(attempt, attempt.c.envelope_id == line.c.id)
    found = session.execute(tried.where(attempt.c.certainty == Certainty.MAY_HAVE_ARRIVED.value).distinct())
    return {(row.newest, row.generation) for row in found}
