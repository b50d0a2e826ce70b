"""One sentence about a delivery, for operators and administrators: who did not get it, why, and what happens next."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from webapp.domain.causes import cause
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.medium import Medium
from webapp.domain.reason import Reason
from webapp.domain.said import CHOSEN_TIMES
from webapp.domain.wording import Course, Sentence

_NOT_YET = "%(who)s has not got this by %(medium)s yet: %(why)s. %(next)s"
_NOT = "%(who)s did not get this by %(medium)s: %(why)s. %(next)s"
_AT = "%(who)s gets this by %(medium)s at %(at)s (in %(in)s): %(why)s."
_UNLESS_READ = "%(who)s gets this by %(medium)s at %(at)s (in %(in)s), if it is still unread then: %(why)s."

# What has to happen before a held delivery is released, by the reason for holding it.
RELEASED: Mapping[Reason | None, str] = {
    Reason.NO_PROVIDER: "It goes out by itself when one is activated.",
    Reason.PROVIDER_PAUSED: "It goes out by itself when the provider works again.",
    Reason.RATE_LIMITED: "It goes out by itself when that time is over.",
    Reason.AMBIGUOUS_FORMATTER: "It goes out by itself when the channel names one.",
    Reason.SUBSCRIBER_OFF: "It goes out by itself when it is switched on again.",
    None: "It goes out by itself when nothing stands against it any more.",
}


def truth(it: Course, *, now: datetime) -> Sentence:
    """The sentence for a delivery's present state. A value in it may be a sentence itself, or a timedelta."""
    return _TOLD[it.state](it, now)


def _queued(it: Course, now: datetime) -> Sentence:
    if it.waits(now) and (it.reason in CHOSEN_TIMES or not it.trouble):
        return _waiting(it, now)
    return _again(it, now) if it.trouble else _told(_NOT_YET, it, Sentence("it is due now"), _BY_ITSELF)


def _retrying(it: Course, now: datetime) -> Sentence:
    return _waiting(it, now) if it.reason in CHOSEN_TIMES and it.waits(now) else _again(it, now)


def _waiting(it: Course, now: datetime) -> Sentence:
    text = _UNLESS_READ if it.reason is Reason.IF_UNREAD else _AT
    why = cause(it) if it.reason else Sentence("it is not due before then")
    return Sentence(text, {**_names(it), "why": why, **_next(it, now)})


def _again(it: Course, now: datetime) -> Sentence:
    """For a delivery that has been tried, or was about to be."""
    then = "Try %(n)s of %(all)s is at %(at)s (in %(in)s)." if it.waits(now) else "Try %(n)s of %(all)s is due now."
    over = it.reason in CHOSEN_TIMES  # it no longer waits for that time, so that is not why it has not arrived
    why = cause(replace(it, reason=None) if over else it) if it.trouble else Sentence("its turn has not come")
    return _told(_NOT_YET, it, why, Sentence(then, _next(it, now)))


def _sending(it: Course, _now: datetime) -> Sentence:
    tried = Sentence("it is being handed over, try %(n)s of %(all)s, since %(since)s", _tries(it))
    return _told(_NOT_YET, it, tried, Sentence("What comes of it will stand here."))


def _held(it: Course, _now: datetime) -> Sentence:
    return _told(_NOT_YET, it, cause(it), Sentence(RELEASED.get(it.reason, RELEASED[None])))


def _sent(it: Course, _now: datetime) -> Sentence:
    text = "This was handed over for %(who)s by %(medium)s at %(since)s%(to)s%(tried)s. %(next)s"
    to = Sentence(", to %(provider)s", {"provider": it.provider}) if it.provider else ""
    tried = Sentence(", at try %(n)s of %(all)s", {"n": it.failures + 1, "all": it.tries}) if it.failures else ""
    more = Sentence("Nothing more happens by itself; only the far side knows whether it reached %(who)s.", _names(it))
    return Sentence(text, {**_names(it), "since": it.since, "to": to, "tried": tried, "next": more})


def _delivered(it: Course, _now: datetime) -> Sentence:
    by = it.far if it.told_later else it.by
    text = "%(who)s got this by %(medium)s: %(by)s confirmed it at %(since)s. Nothing more is to be done."
    return Sentence(text, {**_names(it), "by": by, "since": it.since})


def _unknown(it: Course, _now: datetime) -> Sentence:
    text = "%(who)s may have got this by %(medium)s: %(why)s. A person has to find out, and to say so here."
    return Sentence(text, {**_names(it), "why": cause(it)})


def _over(it: Course, _now: datetime) -> Sentence:
    return _told(_NOT, it, cause(it), Sentence(_in_the_end(it)))


def _in_the_end(it: Course) -> str:
    """A subscriber has no inbox to mention."""
    if it.medium is Medium.WEBHOOK:
        return "Nothing more happens by itself."
    if it.upcoming:
        return "Nothing more happens by itself; it appears in their inbox at its time."
    return "Nothing more happens by itself; it is in their inbox."


def _told(text: str, it: Course, why: Sentence, then: Sentence) -> Sentence:
    return Sentence(text, {**_names(it), "why": why, "next": then})


def _names(it: Course) -> dict[str, object]:
    return {"who": it.who, "medium": Sentence(it.medium.label)}


def _next(it: Course, now: datetime) -> dict[str, object]:
    return {**_tries(it), "at": it.due_at, "in": it.due_at - now if it.due_at else None}


def _tries(it: Course) -> dict[str, object]:
    return {"n": it.failures + 1, "all": it.tries, "since": it.since}


_BY_ITSELF = Sentence("It goes out with the dispatcher's next run.")

_TOLD: Mapping[S, Callable[[Course, datetime], Sentence]] = {
    S.QUEUED: _queued,
    S.SENDING: _sending,
    S.RETRYING: _retrying,
    S.HELD: _held,
    S.SENT: _sent,
    S.DELIVERED: _delivered,
    S.FOLDED: _over,
    S.FILTERED: _over,
    S.CANCELLED: _over,
    S.UNDELIVERABLE: _over,
    S.UNKNOWN: _unknown,
}
