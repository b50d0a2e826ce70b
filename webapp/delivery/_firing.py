"""Fires the signals that follow from what a transaction has written."""

from webapp.delivery.lot import Written
from webapp.domain import signals
from webapp.domain.delivery_state import DeliveryState as S

_SIGNALS = {
    S.SENT: signals.sent,
    S.DELIVERED: signals.delivered,
    S.RETRYING: signals.retry_requested,
    S.UNDELIVERABLE: signals.undeliverable,
    S.FILTERED: signals.filtered,
    S.CANCELLED: signals.cancelled,
}


def fire(written: Written) -> None:
    """Fire the signals of the states reached, and the alerts. Call it after the commit."""
    for state, signal in _SIGNALS.items():
        if ids := written.ids.get(state):
            signals.tell(signal, ids=tuple(ids))
    for alert in written.alerts:
        signals.tell(signals.alerted, alert=alert)
