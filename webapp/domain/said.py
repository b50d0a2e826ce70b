"""What the sender and the recipient of a delivery are told about it: a table for each kind of situation.

The sentences have places for ``who``, ``medium`` and ``channel``, and for the times ``at`` (due) and ``since``.
"""

from dataclasses import dataclass

from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.reason import Reason

_R = Reason


@dataclass(frozen=True, slots=True)
class Said:
    """The same news, worded for both. ``inbox``: add that there is a copy in the inbox."""

    sender: str
    recipient: str
    inbox: bool = True


CHOSEN_TIMES = frozenset({_R.QUIET_HOURS, _R.DIGESTED, _R.IF_UNREAD})  # a sender is told neither which, nor when
_NOT_WANTED = "%(who)s chose not to get this by %(medium)s."
_AS_CHOSEN = "%(who)s chose when to get this by %(medium)s, and that time has not come yet."

# By the reason for waiting until it is due.
WAITING: dict[Reason | None, Said] = {
    _R.QUIET_HOURS: Said(_AS_CHOSEN, "You get this by %(medium)s at %(at)s: your quiet hours are on."),
    _R.DIGESTED: Said(
        _AS_CHOSEN, "You get this by %(medium)s at %(at)s, with what else comes on %(channel)s: you chose a digest."
    ),
    _R.IF_UNREAD: Said(
        _AS_CHOSEN, "You get this by %(medium)s at %(at)s if you have not read it by then: you chose so."
    ),
    None: Said(
        "%(who)s has not got this by %(medium)s yet: it goes out at %(at)s.",
        "You have not got this by %(medium)s yet: it goes out at %(at)s.",
        inbox=False,
    ),
}
TRIED_AGAIN = Said(
    "%(who)s has not got this by %(medium)s yet: the next try is at %(at)s.",
    "You have not got this by %(medium)s yet: the next try is at %(at)s.",
)

# By the reason for which it ended, where that is worth telling.
BY_REASON: dict[Reason, Said] = {
    _R.PREF_OFF: Said(_NOT_WANTED, "You turned %(medium)s off for %(channel)s."),
    _R.MUTED: Said(_NOT_WANTED, "You muted %(muted)s, so this was not sent to you by %(medium)s."),
    _R.ALREADY_READ: Said(
        "%(who)s had read this in the inbox before it was due by %(medium)s.",
        "You had read this in your inbox before it was due by %(medium)s.",
        inbox=False,
    ),
    _R.NO_ADDRESS: Said("%(who)s has no address for %(medium)s.", "Your account has no address for %(medium)s."),
    _R.ADDRESS_UNVERIFIED: Said(
        "%(who)s has not verified the address for %(medium)s.", "You have not verified your address for %(medium)s."
    ),
    _R.RECIPIENT_INACTIVE: Said(
        "%(who)s did not get this by %(medium)s: the account is deactivated.",
        "You did not get this by %(medium)s: your account was deactivated.",
    ),
    _R.EXPIRED: Said(
        "%(who)s did not get this by %(medium)s: it expired before it could be sent.",
        "You did not get this by %(medium)s: it expired before it could be sent.",
    ),
    _R.CANCELLED_BY_PERSON: Said(
        "%(who)s did not get this by %(medium)s: it was cancelled before it was sent.",
        "You did not get this by %(medium)s: it was cancelled before it was sent.",
    ),
}
HELD_FOR: dict[Reason | None, Said] = {
    _R.NO_PROVIDER: Said(
        "%(who)s gets this by %(medium)s once that is set up: nothing can send it yet.",
        "You get this by %(medium)s once that is set up: nothing can send it yet.",
    ),
    _R.AMBIGUOUS_FORMATTER: Said(
        "%(who)s gets this by %(medium)s once the layout of %(channel)s is settled.",
        "You get this by %(medium)s once the layout of %(channel)s is settled.",
    ),
    _R.SUBSCRIBER_OFF: Said(
        "%(who)s gets this once it is switched on again.",
        "You get this once you are switched on again.",
        inbox=False,
    ),
    None: Said(
        "%(who)s gets this by %(medium)s later: sending is paused, and goes on by itself.",
        "You get this by %(medium)s later: sending is paused, and goes on by itself.",
    ),
}
BY_STATE: dict[S, Said] = {
    S.QUEUED: Said(
        "%(who)s has not got this by %(medium)s yet: it is about to go out.",
        "You have not got this by %(medium)s yet: it is about to go out.",
        inbox=False,
    ),
    S.SENDING: Said(
        "%(who)s has not got this by %(medium)s yet: it is being handed over right now.",
        "You have not got this by %(medium)s yet: it is being handed over right now.",
        inbox=False,
    ),
    S.RETRYING: Said(
        "%(who)s has not got this by %(medium)s yet: it is about to be tried again.",
        "You have not got this by %(medium)s yet: it is about to be tried again.",
    ),
    S.HELD: HELD_FOR[None],
    S.SENT: Said(
        "This was handed over for %(who)s by %(medium)s at %(since)s.",
        "This was handed over for you by %(medium)s at %(since)s.",
        inbox=False,
    ),
    S.DELIVERED: Said(
        "%(who)s got this by %(medium)s: that was confirmed at %(since)s.",
        "You got this by %(medium)s: that was confirmed at %(since)s.",
        inbox=False,
    ),
    S.FOLDED: Said(
        "%(who)s did not get this by %(medium)s: other news on %(channel)s took its place.",
        "You did not get this by %(medium)s: other news on %(channel)s took its place.",
    ),
    S.FILTERED: Said("%(who)s did not get this by %(medium)s.", "You did not get this by %(medium)s."),
    S.CANCELLED: Said(
        "%(who)s did not get this by %(medium)s: it was stopped before it was sent.",
        "You did not get this by %(medium)s: it was stopped before it was sent.",
    ),
    S.UNDELIVERABLE: Said(
        "This could not be sent to %(who)s by %(medium)s.", "This could not be sent to you by %(medium)s."
    ),
    S.UNKNOWN: Said(
        "%(who)s may have got this by %(medium)s: that could not be confirmed.",
        "You may have got this by %(medium)s: that could not be confirmed.",
    ),
}
