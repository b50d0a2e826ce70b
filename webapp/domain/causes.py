"""Why a delivery has not arrived, as the end of an operator's sentence: what was decided, and what happened."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.reason import Reason
from webapp.domain.wording import Course, Sentence, muted

_R = Reason

# What happened at a failed try. ``far`` is the far side's host, or its provider's name.
HAPPENED: Mapping[Reason, str] = {
    _R.DNS: "the name %(far)s was not found",
    _R.CONNECT_REFUSED: "%(far)s refused the connection, or closed it",
    _R.CONNECT_TIMEOUT: "%(far)s did not answer in time",
    _R.TLS: "there was no safe connection to %(far)s",
    _R.AUTH: "%(far)s refused the sign-in",
    _R.SENDER_REFUSED: "%(far)s does not accept the sender",
    _R.RECIPIENT_REFUSED: "%(far)s says that it cannot deliver to this address",
    _R.CONTENT_REFUSED: "%(far)s refused the message itself",
    _R.SERVER_BUSY: "%(far)s asked to try again later",
    _R.HTTP_4XX: "%(far)s refused the request",
    _R.HTTP_5XX: "%(far)s had an error of its own",
    _R.GONE: "%(far)s says that this endpoint is gone",
    _R.REDIRECTED: "%(far)s points elsewhere",
    _R.BLOCKED_TARGET: "%(far)s is on a network that is not allowed",
    _R.TIMEOUT_BEFORE_DATA: "%(far)s stopped answering before it had the message",
    _R.TIMEOUT_AFTER_DATA: "%(far)s had the whole message, but did not confirm it",
    _R.PROCESS_DIED: "the process that was sending it ended before it wrote down the outcome",
    _R.FORMATTER_FAILED: "the channel's formatter raised an error",
    _R.RESOLVER_FAILED: "the plugin that looks up the address raised an error",
}

# What was decided, where no more than the reason is known; ``_DETAILED`` says more of some.
DECIDED: Mapping[Reason, str] = {
    _R.PREF_OFF: "%(who)s turned %(medium)s off for %(channel)s",
    _R.MUTED: "%(who)s muted %(muted)s",
    _R.QUIET_HOURS: "%(who)s's quiet hours are on",
    _R.DIGESTED: "%(who)s gets %(channel)s as a digest",
    _R.IF_UNREAD: "%(who)s wants copies only of what stays unread",
    _R.ALREADY_READ: "%(who)s had read it in the inbox by then",
    _R.NO_ADDRESS: "%(who)s's account has no address for %(medium)s",
    _R.ADDRESS_UNVERIFIED: "%(who)s has not verified the address for %(medium)s",
    _R.RECIPIENT_INACTIVE: "%(who)s's account is deactivated",
    _R.EXPIRED: "it expired before it could be sent",
    _R.NOT_YET: "it is not visible before then",
    _R.NO_PROVIDER: "no provider is active for %(medium)s",
    _R.PROVIDER_PAUSED: "its provider is paused after faults of its own",
    _R.RATE_LIMITED: "its provider has been asked to wait",
    _R.AMBIGUOUS_FORMATTER: "more than one formatter fits %(channel)s, and none is named",
    _R.SUBSCRIBER_OFF: "%(who)s is switched off",
    _R.FOLDED: "the formatter of %(channel)s put other news in its place",
    _R.CANCELLED_BY_PERSON: "a person cancelled it",
    _R.EXHAUSTED: "every try that was allowed has failed",
}

# Where no reason was kept at all.
BY_STATE: Mapping[S, str] = {
    S.HELD: "there is nothing to send it with",
    S.FOLDED: DECIDED[_R.FOLDED],
    S.FILTERED: "it was decided not to send it",
    S.CANCELLED: "it was stopped before it was sent",
    S.UNDELIVERABLE: "it was refused for good",
    S.UNKNOWN: "the outcome of its last try is not known",
}


def cause(it: Course) -> Sentence:
    """Why, as a clause without a full stop."""
    reason = it.reason
    if reason and reason in HAPPENED:
        what = _happened(it, reason if it.told_later else it.trouble or reason)
        later = Sentence("it was handed over, but then %(what)s, at %(at)s", {"what": what, "at": it.since})
        return later if it.told_later else what
    if reason:
        more = _DETAILED[reason](it) if reason in _DETAILED else None
        return more or Sentence(DECIDED[reason], _names(it))
    if it.trouble:
        return _happened(it, it.trouble)
    return Sentence(BY_STATE.get(it.state, "its turn has not come"), _names(it))


def _happened(it: Course, what: Reason) -> Sentence:
    return Sentence(HAPPENED[what], {"far": it.far or it.provider or Sentence("the far side")})


def _names(it: Course) -> dict[str, object]:
    return {"who": it.who, "medium": Sentence(it.medium.label), "channel": it.channel, "muted": muted(it)}


# --- what more is known of some reasons ----------------------------------------------------------------------------


def _digested(it: Course) -> Sentence | None:
    """The time of day is in the recipient's zone; all other times are shown in the reader's."""
    digest, zone = it.evidence.digest, it.evidence.zone
    if digest is None:
        return None
    if digest.daily is None:
        return Sentence("%(who)s gets %(channel)s as a digest every hour", _names(it))
    daily = {"time": f"{digest.daily:%H:%M}", "zone": zone}
    return Sentence("%(who)s gets %(channel)s as a digest daily at %(time)s (%(zone)s)", _names(it) | daily)


def _if_unread(it: Course) -> Sentence | None:
    if it.evidence.unread_for is None:
        return None
    kept = {"for": it.evidence.unread_for}
    return Sentence("%(who)s wants copies only of what stays unread for %(for)s", _names(it) | kept)


def _already_read(it: Course) -> Sentence | None:
    if it.evidence.read_at is None:
        return None
    return Sentence("%(who)s had read it in the inbox at %(read)s", _names(it) | {"read": it.evidence.read_at})


def _expired(it: Course) -> Sentence | None:
    """It also says what led to that: what it would have waited for, or how its last try failed."""
    if it.expires_at is None:
        return None
    values: dict[str, object] = {"at": it.expires_at}
    if it.evidence.instead_of:
        waited = replace(it, reason=it.evidence.instead_of, trouble=None)
        text = "%(what)s, and it expires before that is over, at %(at)s"
        return Sentence(text, values | {"what": cause(waited)})
    if it.trouble:
        text = "it expired at %(at)s, and at the last try %(what)s"
        return Sentence(text, values | {"what": _happened(it, it.trouble)})
    return Sentence("it expired at %(at)s, before it could be sent", values)


def _paused(it: Course) -> Sentence | None:
    if it.trouble:
        return _happened(it, it.trouble)
    if not it.evidence.provider:
        return None
    return Sentence("%(provider)s is paused after faults of its own", {"provider": it.evidence.provider})


def _rate_limited(it: Course) -> Sentence | None:
    known = it.evidence
    if not (known.provider and known.until):
        return None
    return Sentence("%(provider)s is to be left alone until %(at)s", {"provider": known.provider, "at": known.until})


def _ambiguous(it: Course) -> Sentence | None:
    if not it.evidence.formatters:
        return None
    named = _names(it) | {"names": it.evidence.formatters}
    return Sentence("more than one formatter fits %(channel)s (%(names)s), and none is named", named)


# Who switched a subscriber off, or what did.
_OFF: Mapping[str, str] = {
    "person": "%(who)s has been switched off since %(at)s",
    "gone": "%(who)s has been switched off since %(at)s, when its endpoint said that it is gone",
    "failing": "%(who)s has been switched off since %(at)s, after days of nothing but failures",
}


def _subscriber_off(it: Course) -> Sentence | None:
    known = it.evidence
    return Sentence(_OFF[known.off], _names(it) | {"at": known.off_since}) if known.off in _OFF else None


def _cancelled(it: Course) -> Sentence | None:
    if not it.by or it.since is None:
        return None
    return Sentence("%(by)s cancelled it at %(at)s", {"by": it.by, "at": it.since})


def _exhausted(it: Course) -> Sentence | None:
    if not it.trouble:
        return None
    gave_up = {"n": it.failures, "what": _happened(it, it.trouble)}
    return Sentence("it was given up after try %(n)s, when %(what)s", gave_up)


_DETAILED: Mapping[Reason, Callable[[Course], Sentence | None]] = {
    _R.DIGESTED: _digested,
    _R.IF_UNREAD: _if_unread,
    _R.ALREADY_READ: _already_read,
    _R.EXPIRED: _expired,
    _R.PROVIDER_PAUSED: _paused,
    _R.RATE_LIMITED: _rate_limited,
    _R.AMBIGUOUS_FORMATTER: _ambiguous,
    _R.SUBSCRIBER_OFF: _subscriber_off,
    _R.CANCELLED_BY_PERSON: _cancelled,
    _R.EXHAUSTED: _exhausted,
}
