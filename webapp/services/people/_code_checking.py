"""Checking a typed code. A guess is counted before it is checked, and a far side is called with no transaction open."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from webapp.database import writing
from webapp.delivery import verify
from webapp.domain.masked import masked
from webapp.domain.refusal import Refused
from webapp.domain.verification import MOST_TRIES, Verdict, code_as_typed
from webapp.extensions import db
from webapp.models import verification as rows
from webapp.models.verification import Verification
from webapp.services._bench import Bench
from webapp.services.people._code_sending import MINUTES, bound
from webapp.services.people._sms_accounts import in_doubt, note_try, that_sent

_ANOTHER = "Please ask for another one."
# A far side sends the same code again until it expires, so asking for another would not help.
_LATER = f"Please wait {MINUTES} minutes, then ask for another one."
NOT_SENT = "No code has been sent yet. Please ask for one."
USED = "This code has been used already."
EXPIRED = f"This code has expired: it was good for {MINUTES} minutes. {_ANOTHER}"
EXHAUSTED = "This code has been tried too often. {next}"
GONE = f"This code has expired, or it has been used already. {_ANOTHER}"
WRONG = "This is not the code. {left} left."
LAST_WRONG = "This is not the code, and that was the last try at it. {next}"
UNCHECKABLE = f"The provider that sent this code has been removed or changed, so nobody can check it. {_ANOTHER}"
UNCHECKED = "The code could not be checked just now. Please try again in a minute: it may still be good."


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What a page may show about a code: how long ago it was sent (if it was), and whether it may still be right."""

    phone: str
    sent_ago: timedelta | None
    good: bool


@dataclass(frozen=True, slots=True)
class _Guess:
    """What one guess is compared with; ``number`` is its number, counted from 1."""

    verification: str
    user_id: int
    number: int
    provider_id: int | None
    far_id: str | None
    code_hash: str | None


def waiting(row: Verification, now: datetime) -> Waiting:
    """Shows just enough of the phone number for its owner to recognise it."""
    ago = max(now - row.sent_at, timedelta()) if row.sent_at else None
    return Waiting(phone=masked(row.phone), sent_ago=ago, good=ago is not None and _problem(row, now) is None)


def verify_code(verification: str, *, typed: str, bench: Bench) -> None:
    """Returns where ``typed`` is the code. The code stays valid until the caller ends it, which only one of several
    can.

    Raises Refused with a sentence for each way in which it is not the code.
    """
    guess = _take(verification, bench.clock.now())
    verdict = _verdict(guess, code_as_typed(typed), bench)
    if verdict is Verdict.RIGHT:
        return
    if verdict is Verdict.WRONG:
        raise Refused({"code": _wrong(guess)})
    if verdict is Verdict.TOO_MANY:
        _change(guess, tries=MOST_TRIES)
        raise Refused({"code": EXHAUSTED.format(next=_LATER)})
    _change(guess, expires_at=bench.clock.now())
    raise Refused({"code": GONE})


def _take(verification: str, now: datetime) -> _Guess:
    """Count one more guess, under a lock: many guesses at once get no more tries than one after the other."""
    with writing(db.session) as session:
        row = rows.locked(session, verification)
        if row is None or row.sent_at is None:
            raise Refused({"code": NOT_SENT})
        if problem := _problem(row, now):
            raise Refused({"code": problem})
        row.tries += 1
        return _Guess(row.id, row.user_id, row.tries, row.provider_id, row.far_id, row.code_hash)


def _problem(row: Verification, now: datetime) -> str | None:
    """Why no further guess at this code can succeed, or None."""
    if row.ended_at:
        return USED
    if row.expires_at <= now:
        return EXPIRED
    return EXHAUSTED.format(next=_next(row.far_id)) if row.tries >= MOST_TRIES else None


def _verdict(guess: _Guess, code: str, bench: Bench) -> Verdict:
    if guess.far_id:
        return _far_verdict(guess, guess.far_id, code, bench)
    return Verdict.RIGHT if bench.vault.recognises(guess.code_hash or "", bound(guess.user_id, code)) else Verdict.WRONG


def _far_verdict(guess: _Guess, far_id: str, code: str, bench: Bench) -> Verdict:
    """The verdict of the provider that sent the code. Raises Refused where it is gone, no longer verifies, or cannot
    answer just now."""
    account = that_sent(guess.provider_id, bench)
    verifier = verify.verifier(account.provider) if account else None
    if account is None or verifier is None:
        raise Refused({"code": UNCHECKABLE})
    try:
        asked = verify.check(verifier, far_id=far_id, code=code, clock=bench.clock)
    finally:
        account.provider.close()
    note_try(account, asked.result, bench)
    if asked.said is not None:
        return asked.said
    if not in_doubt(asked.result):
        _give_back(guess)
    raise Refused({"code": UNCHECKED})


def _wrong(guess: _Guess) -> str:
    left = MOST_TRIES - guess.number
    if left == 0:
        return LAST_WRONG.format(next=_next(guess.far_id))
    return WRONG.format(left="One try is" if left == 1 else f"{left} tries are")


def _next(far_id: str | None) -> str:
    return _LATER if far_id else _ANOTHER


def _give_back(guess: _Guess) -> None:
    """Take the guess back, since nobody has checked it. Other guesses made meanwhile still count."""
    with writing(db.session) as session:
        if row := _same_code(session, guess):
            row.tries = max(row.tries - 1, 0)


def _change(guess: _Guess, **columns: object) -> None:
    with writing(db.session) as session:
        if row := _same_code(session, guess):
            for name, value in columns.items():
                setattr(row, name, value)


def _same_code(session: Session, guess: _Guess) -> Verification | None:
    """The row that the guess was at; None where another code has been sent meanwhile."""
    row = rows.locked(session, guess.verification)
    return row if row and row.far_id == guess.far_id else None
