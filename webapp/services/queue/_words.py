"""Why an act failed for one delivery, as a sentence for the person who wanted it."""

from collections.abc import Mapping

from webapp.domain.delivery_state import DeliveryState as S

GONE = "There is no such delivery."
CHANGED = "It has changed since you saw it: look at it again."

_ON_ITS_WAY = "It is already on its way."
_HANDED_OVER = "It has been handed over already."
_ARRIVED = "It has arrived already."
_LEFT_OUT = "The channel's formatter left it out: there is nothing to send."

SEND_AGAIN: Mapping[S, str] = {
    S.QUEUED: "It waits to be sent already.",
    S.SENDING: _ON_ITS_WAY,
    S.RETRYING: "It is being tried again already: “retry now” does that at once.",
    S.HELD: "It has not been given up: it goes out by itself when what it waits for has come.",
    S.DELIVERED: _ARRIVED,
    S.FOLDED: _LEFT_OUT,
}
RETRY_NOW: Mapping[S, str] = {
    S.QUEUED: "It waits for its first try: there is nothing to retry yet.",
    S.SENDING: _ON_ITS_WAY,
    S.SENT: _HANDED_OVER,
    S.DELIVERED: _ARRIVED,
    S.FOLDED: _LEFT_OUT,
    S.FILTERED: "It was decided not to send it: “send again” decides that anew.",
    S.CANCELLED: "It has been cancelled: “send again” takes it up anew.",
    S.UNDELIVERABLE: "It has been given up: “send again” takes it up anew.",
    S.UNKNOWN: "It may have arrived: find out, or “send again”.",
}
CANCEL: Mapping[S, str] = {
    S.SENDING: _ON_ITS_WAY,
    S.SENT: _HANDED_OVER,
    S.DELIVERED: _ARRIVED,
    S.FOLDED: _LEFT_OUT,
    S.FILTERED: "It is not going to be sent anyway.",
    S.CANCELLED: "It has been cancelled already.",
    S.UNDELIVERABLE: "It has been given up already.",
    S.UNKNOWN: "It is not going to be tried again, but may have arrived.",
}
ARRIVED: Mapping[S, str] = {
    **dict.fromkeys(S, "Its outcome is not unknown: nothing is left to be found out."),
    S.SENDING: _ON_ITS_WAY,
    S.DELIVERED: "It is known to have arrived already.",
}
