"""What Twilio later reports of a message that it took, at the message's callback address."""

from collections.abc import Mapping

from webapp.domain.delivery_state import DeliveryState
from webapp.domain.later_word import Forged, LaterWord
from webapp.domain.reason import Reason
from webapp.providers.twilio._codes import CODES

SIGNATURE = "x-twilio-signature"

# The statuses that are final; all others are stages on the way there.
_ENDS = {
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.DELIVERED,
    "undelivered": DeliveryState.UNDELIVERABLE,
    "failed": DeliveryState.UNDELIVERABLE,
    "canceled": DeliveryState.UNDELIVERABLE,
}
_BY_TEXT = {str(code): meaning for code, meaning in CODES.items()}


def believe(token: str, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> None:
    """Raises Forged unless Twilio signed the form for this address, with the account's auth token."""
    if not token:
        raise Forged("This account's auth token is not known here, so that no callback can be checked.")
    signature = next((value for name, value in headers.items() if name.lower() == SIGNATURE), "")
    if not _signed(token, url, {name: form[name] for name in form}, signature):
        raise Forged("The signature is missing, or not Twilio's for this address and form.")


def understood(form: Mapping[str, str]) -> LaterWord:
    """The form as a LaterWord; where Twilio sends no words, its code's meaning takes their place."""
    status, code = form.get("MessageStatus", ""), form.get("ErrorCode", "")
    state, known = _ENDS.get(status), _BY_TEXT.get(code)
    words = form.get("ErrorMessage") or (known.words if known else "")
    return LaterWord(state, status, code, words, _reason(status, known.reason if known else None, state))


def _reason(status: str, known: Reason | None, state: DeliveryState | None) -> Reason | None:
    if state is not DeliveryState.UNDELIVERABLE:
        return None
    return Reason.CANCELLED_BY_PERSON if status == "canceled" else known or Reason.RECIPIENT_REFUSED


def _signed(token: str, url: str, form: dict[str, str], signature: str) -> bool:
    from twilio.request_validator import RequestValidator

    try:
        return RequestValidator(token).validate(url, form, signature)
    except ValueError:  # a lone surrogate, which nobody can have signed
        return False
