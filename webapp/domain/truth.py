"""One sentence of truth about a delivery, for those who run the place: what is so, why, and what comes next."""

from dataclasses import dataclass
from datetime import datetime

from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.reason import Reason
from webapp.domain.wording import Sentence

# What happened at a failed try, as the end of a sentence. ``far`` is the far side's host, or its provider's name.
HAPPENED: dict[Reason, str] = {
    Reason.DNS: "the name %(far)s was not found",
    Reason.CONNECT_REFUSED: "%(far)s refused the connection, or closed it",
    Reason.CONNECT_TIMEOUT: "%(far)s did not answer in time",
    Reason.TLS: "there was no safe connection to %(far)s",
    Reason.AUTH: "%(far)s refused the sign-in",
    Reason.SENDER_REFUSED: "%(far)s does not accept the sender",
    Reason.RECIPIENT_REFUSED: "%(far)s says that it cannot deliver to this address",
    Reason.CONTENT_REFUSED: "%(far)s refused the message itself",
    Reason.SERVER_BUSY: "%(far)s asked to try again later",
    Reason.HTTP_4XX: "%(far)s refused the request",
    Reason.HTTP_5XX: "%(far)s had an error of its own",
    Reason.GONE: "%(far)s says that this endpoint is gone",
    Reason.REDIRECTED: "%(far)s points elsewhere",
    Reason.BLOCKED_TARGET: "%(far)s is on a network that is not allowed",
    Reason.TIMEOUT_BEFORE_DATA: "%(far)s stopped answering before it had the message",
    Reason.TIMEOUT_AFTER_DATA: "%(far)s had the whole message, but did not confirm it",
    Reason.PROCESS_DIED: "the process that was sending it ended before it wrote down the outcome",
    Reason.FORMATTER_FAILED: "the channel's formatter raised an error",
    Reason.RESOLVER_FAILED: "the plugin that looks up the address raised an error",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """How a delivery stands. ``tries`` are those allowed in all, ``trouble`` is why its last try failed, ``far`` who it
    was that spoke, ``provider`` the one that took it, ``by`` who moved it last; ``told_later``: that was the far side,
    after it had taken it."""

    state: S
    reason: Reason | None
    failures: int
    tries: int
    due_at: datetime
    since: datetime
    by: str
    trouble: Reason | None = None
    far: str = ""
    provider: str = ""
    told_later: bool = False


def truth(it: Footing, *, now: datetime) -> Sentence:
    """What is so. A value may be a sentence of its own, or a timedelta."""
    told = _TOLD.get(it.state)
    return told(it, now) if told else _by_reason(it, now)


def _queued(it: Footing, now: datetime) -> Sentence:
    if it.due_at > now:
        return Sentence("Waiting to send: it is due at %(at)s (in %(in)s).", _next(it, now))
    if it.trouble:
        return Sentence("Not sent yet: %(what)s. It is tried again at once.", {"what": _trouble(it)})
    return Sentence("Waiting to send: it is due now.")


def _sending(it: Footing, _now: datetime) -> Sentence:
    counted = {"n": it.failures + 1, "all": it.tries, "at": it.since}
    return Sentence("Being handed over: try %(n)s of %(all)s, since %(at)s.", counted)


def _retrying(it: Footing, now: datetime) -> Sentence:
    values = {"what": _trouble(it), **_next(it, now)}
    if not it.trouble:
        return Sentence("Not sent yet. Try %(n)s of %(all)s is due.", values)
    if it.due_at > now:
        return Sentence("Not sent yet: %(what)s. Try %(n)s of %(all)s at %(at)s (in %(in)s).", values)
    return Sentence("Not sent yet: %(what)s. Try %(n)s of %(all)s is due now.", values)


def _sent(it: Footing, _now: datetime) -> Sentence:
    values = {"provider": it.provider, "at": it.since, "n": it.failures + 1, "all": it.tries}
    if it.failures and it.provider:
        return Sentence("Handed over to %(provider)s at %(at)s, at try %(n)s of %(all)s.", values)
    return Sentence("Handed over to %(provider)s at %(at)s." if it.provider else "Handed over at %(at)s.", values)


def _delivered(it: Footing, _now: datetime) -> Sentence:
    if it.told_later:
        return Sentence("Delivered: %(far)s confirmed it at %(at)s.", {"far": it.far, "at": it.since})
    return Sentence("It arrived: %(by)s said so, %(at)s.", {"by": it.by, "at": it.since})


def _undeliverable(it: Footing, _now: datetime) -> Sentence:
    values = {"n": it.failures, "what": _trouble(it)}
    if it.told_later and it.reason:
        what = Sentence(HAPPENED.get(it.reason, it.reason.words.for_operator.rstrip(".")), {"far": it.far})
        return Sentence("It was handed over, but did not arrive: %(what)s, %(at)s.", {"what": what, "at": it.since})
    if it.reason is Reason.EXHAUSTED and it.trouble:
        return Sentence("Gave up after %(n)s tries: %(what)s.", values)
    return Sentence("Not sent, and not tried again: %(what)s.", values) if it.trouble else _by_reason(it, _now)


def _unknown(it: Footing, now: datetime) -> Sentence:
    if not it.trouble:
        return _by_reason(it, now)
    return Sentence("It may have arrived: %(what)s. A person has to find out.", {"what": _trouble(it)})


def _cancelled(it: Footing, now: datetime) -> Sentence:
    if it.reason is not Reason.CANCELLED_BY_PERSON:
        return _by_reason(it, now)
    return Sentence("Cancelled by %(by)s, %(at)s, before it was sent.", {"by": it.by, "at": it.since})


def _by_reason(it: Footing, _now: datetime) -> Sentence:
    """Why it waits, or was not sent, in the reason's own words."""
    if it.reason is None:
        return Sentence(it.state.sentence)
    said = Sentence(it.reason.words.for_operator)
    return Sentence("Not sent yet. %(why)s", {"why": said}) if it.state is S.HELD else said


def _trouble(it: Footing) -> Sentence:
    return Sentence(HAPPENED.get(it.trouble, ""), {"far": it.far}) if it.trouble else Sentence("")


def _next(it: Footing, now: datetime) -> dict[str, object]:
    return {"n": it.failures + 1, "all": it.tries, "at": it.due_at, "in": it.due_at - now}


_TOLD = {
    S.QUEUED: _queued,
    S.SENDING: _sending,
    S.RETRYING: _retrying,
    S.SENT: _sent,
    S.DELIVERED: _delivered,
    S.UNDELIVERABLE: _undeliverable,
    S.UNKNOWN: _unknown,
    S.CANCELLED: _cancelled,
}
