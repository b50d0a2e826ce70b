"""Having a code sent to a phone: the far side makes it where it verifies phones, otherwise Belfry does."""

from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from webapp.database import writing
from webapp.delivery import verify
from webapp.delivery.send import Result
from webapp.domain.envelope import Blame, Certainty, Envelope, Failure
from webapp.domain.masked import masked
from webapp.domain.refusal import Refused
from webapp.domain.verification import LASTS, new_code
from webapp.extensions import db
from webapp.models import verification as rows
from webapp.models._ids import new_id
from webapp.models.user import User
from webapp.providers import Provider
from webapp.services._bench import Bench
from webapp.services.people import throttle
from webapp.services.people._sms_accounts import MEDIUM, in_doubt, note_try, to_send_by

CHANNEL = "belfry.verification"
MINUTES = int(LASTS.total_seconds() // 60)
TEXT = "{code} is your code for Belfry. It is good for {minutes} minutes. Nobody else has a reason to ask you for it."

REFUSED = "No code could be sent: the number {phone} was refused. Is it right, and can it receive SMS?"
FAILED = "No code could be sent: the provider for SMS did not take it. Please try again in a minute."
UNCERTAIN = "The provider for SMS did not confirm it: a code may be on its way, or not. Please wait a minute for it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who is to show that they hold a phone."""

    user_id: int
    username: str
    phone: str
    locale: str


@dataclass(frozen=True, slots=True)
class _Sent:
    """The result of sending; and what to store of the code, where it was sent or may have been."""

    result: Result
    far_id: str | None = None
    code_hash: str | None = None


def holder(user: User) -> Holder | None:
    """The person with their phone, where they have one."""
    if user.phone is None:
        return None
    return Holder(user_id=user.id, username=user.username, phone=user.phone, locale=user.locale)


def send_code(to: Holder, *, verification: str, bench: Bench, far_words: bool = False) -> None:
    """Have a code sent to the phone, for the verification of that id.

    Takes 20 s at most, with no transaction open meanwhile. Raises Throttled, and Refused where the code could not be
    sent or it is uncertain. With ``far_words`` the refusal quotes the far side.
    """
    account = to_send_by(bench)
    throttle.count_code(phone=to.phone, username=to.username, now=bench.clock.now())
    try:
        sent = _have_sent(account.provider, to, bench)
    finally:
        account.provider.close()
    note_try(account, sent.result, bench)
    if sent.far_id or sent.code_hash:
        _keep(verification, account.id, sent)
    if isinstance(sent.result.outcome, Failure):
        _refuse(sent.result.outcome, to, far_words=far_words)


def bound(user_id: int, code: str) -> str:
    """The text that is hashed for a code: with the user's id, so that the hash is worthless in another person's row."""
    return f"{user_id}:{code}"


def _have_sent(provider: Provider, to: Holder, bench: Bench) -> _Sent:
    if verifier := verify.verifier(provider):
        asked = verify.start(verifier, phone=to.phone, locale=to.locale, clock=bench.clock)
        lost = to.phone if in_doubt(asked.result) else None  # the far side also finds a code by its phone
        return _Sent(asked.result, far_id=asked.said or lost)
    code = new_code()
    result = verify.tell(provider, _envelope(to, code, bench.clock.now()), code=code, clock=bench.clock)
    if isinstance(result.outcome, Failure) and result.outcome.certainty is Certainty.NOT_SENT:
        return _Sent(result)
    return _Sent(result, code_hash=bench.vault.digest(bound(to.user_id, code)))


def _envelope(to: Holder, code: str, now: datetime) -> Envelope:
    return Envelope(
        id=new_id(now),
        medium=MEDIUM,
        address=to.phone,
        recipient=to.username,
        sender="Belfry",
        channel=CHANNEL,
        subject="Your code",
        text=TEXT.format(code=code, minutes=MINUTES),
        html=None,
        created_at=now,
    )


def _keep(verification: str, provider_id: int, sent: _Sent) -> None:
    at = sent.result.started_at
    with writing(db.session) as session:
        rows.keep_code(
            session,
            id_=verification,
            provider_id=provider_id,
            far_id=sent.far_id,
            code_hash=sent.code_hash,
            sent_at=at,
            until=at + LASTS,
        )


def _refuse(failure: Failure, to: Holder, *, far_words: bool) -> NoReturn:
    sentence = UNCERTAIN if failure.certainty is Certainty.MAY_HAVE_ARRIVED else FAILED
    if failure.blame is Blame.RECIPIENT:
        sentence = REFUSED.format(phone=masked(to.phone))
    if far_words:
        sentence += f" {failure.reason.words.label}: “{failure.reply[:300]}”"
    raise Refused({"code": sentence})
