"""Proofs that somebody holds a phone: codes that were sent, and recovery codes for a phone that is lost."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, String, delete, func, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.domain.verification import Purpose
from webapp.extensions import db
from webapp.models._columns import IntKey, UlidKey
from webapp.models._ids import new_id


class Verification(db.Model):
    """A phone that is being verified, by the newest code sent to it.

    ``far_id`` names a code that the provider made (it is the phone number where the provider's id was lost);
    ``code_hash`` is the hash of one of our own; neither is set before the first code. ``sent_at``, ``expires_at`` and
    ``tries`` belong to the code, ``created_at`` and ``token_hash`` to the browser that signs in with it.
    """

    __tablename__ = "verification"
    __table_args__ = (Index("ix_verification_user_id", "user_id"),)

    id: Mapped[UlidKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(String(10))
    phone: Mapped[str] = mapped_column(String(20))
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("provider.id"))
    far_id: Mapped[str | None] = mapped_column(String(64))
    code_hash: Mapped[str | None] = mapped_column(String(200))
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    tries: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RecoveryCode(db.Model):
    """A code that replaces a phone that is lost; each works once."""

    __tablename__ = "recovery_code"
    __table_args__ = (Index("ix_recovery_code_user_id", "user_id"),)

    id: Mapped[IntKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


def begin(
    session: Session, *, user_id: int, purpose: Purpose, phone: str, now: datetime, token: str | None = None
) -> str:
    """Begin the verification of a phone, for a person and a purpose; returns its id.

    If one for the same phone is still open, it goes on, so its code stays good, but only for the browser with
    ``token``. All others of this person and purpose are deleted.
    """
    theirs = Verification.user_id == user_id, Verification.purpose == purpose.value
    going_on = session.scalar(select(Verification).where(*theirs, _open(), Verification.phone == phone))
    kept = going_on.id if going_on else ""
    session.execute(delete(Verification).where(*theirs, Verification.id != kept))
    if going_on is None:
        going_on = Verification(id=new_id(now), user_id=user_id, purpose=purpose.value, phone=phone, expires_at=now)
        session.add(going_on)
    going_on.created_at, going_on.token_hash = now, _hash(token) if token else None
    session.flush()
    return going_on.id


def of_person(session: Session, *, user_id: int, purpose: Purpose) -> Verification | None:
    """A person's newest verification for that purpose."""
    theirs = Verification.user_id == user_id, Verification.purpose == purpose.value
    return session.scalar(select(Verification).where(*theirs).order_by(Verification.id.desc()).limit(1))


def of_browser(session: Session, *, token: str, since: datetime) -> Verification | None:
    """The verification of a sign-in that began after ``since`` in the browser with this token."""
    theirs = Verification.token_hash == _hash(token), Verification.created_at > since
    return session.scalar(select(Verification).where(*theirs))


def locked(session: Session, id_: str) -> Verification | None:
    """The verification with that id, locked for this transaction."""
    return session.scalar(select(Verification).where(Verification.id == id_).with_for_update())


def keep_code(
    session: Session,
    *,
    id_: str,
    provider_id: int,
    far_id: str | None,
    code_hash: str | None,
    sent_at: datetime,
    until: datetime,
) -> None:
    """Store the code that was sent, in place of the one before. Nothing is stored where the verification has ended."""
    made = {"provider_id": provider_id, "far_id": far_id, "code_hash": code_hash, "tries": 0}
    sent = update(Verification).where(Verification.id == id_, _open())
    session.execute(sent.values(sent_at=sent_at, expires_at=until, **made))


def end(session: Session, *, id_: str, phone: str | None, now: datetime) -> bool:
    """The code was right: end the verification. Returns whether it was still open, and for this ``phone``."""
    theirs = Verification.id == id_, Verification.phone == phone
    ended = update(Verification).where(*theirs, _open()).values(ended_at=now)
    return session.scalar(ended.returning(Verification.id)) is not None


def forget(session: Session, *, user_id: int, purpose: Purpose | None = None) -> None:
    """Delete all verifications of a person, or those for one purpose."""
    theirs = delete(Verification).where(Verification.user_id == user_id)
    session.execute(theirs.where(Verification.purpose == purpose.value) if purpose else theirs)


def replace_recovery_codes(session: Session, *, user_id: int, codes: Iterable[str], now: datetime) -> None:
    """Replace all recovery codes of a person by these (as they are typed)."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.add_all(RecoveryCode(user_id=user_id, code_hash=_hash(code), created_at=now) for code in codes)
    session.flush()


def use_recovery_code(session: Session, *, user_id: int, code: str, now: datetime) -> bool:
    """Use up a recovery code. Returns whether it was one of the person's and still unused.

    It is found by its hash. A code is 80 random bits, which nobody guesses, so one plain round is as safe as many, and
    the time of the look-up reveals nothing to whoever does not know the code.
    """
    unused = RecoveryCode.user_id == user_id, RecoveryCode.code_hash == _hash(code), RecoveryCode.used_at.is_(None)
    used = update(RecoveryCode).where(*unused).values(used_at=now)
    return session.scalar(used.returning(RecoveryCode.id)) is not None


def recovery_codes_left(session: Session, *, user_id: int) -> int:
    """How many of a person's recovery codes are unused."""
    unused = RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
    return session.scalar(select(func.count()).select_from(RecoveryCode).where(*unused)) or 0


def _open() -> ColumnElement[bool]:
    return Verification.ended_at.is_(None)


def _hash(secret: str) -> str:
    """What is stored of a token or a recovery code: both are long and random, so one round is enough."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
