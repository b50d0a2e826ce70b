"""Twilio Verify: it makes a code, sends it, and checks what was typed. Used for nothing else."""

from collections.abc import Callable
from typing import Any

from webapp.domain.verification import Verdict
from webapp.providers.twilio._outcome import Acceptance, Refusal, illegible

Ask = Callable[[Callable[[Any], Any]], Acceptance]  # puts a question to the SDK's client

# Verify refuses languages that it does not know; without one, it takes that of the phone's country.
_LANGUAGES = (
    "af ar ca cs da de el en en-GB es et fi fr he hi hr hu id it ja kn ko lt mr ms nb nl pl pt pt-BR ro ru sk sv te th "
    "tl tr uk vi zh zh-CN zh-HK"
)
_SPOKEN = frozenset(_LANGUAGES.split())
_ALSO = {"zh-Hans": "zh-CN", "zh-Hant": "zh-HK", "no": "nb", "nn": "nb", "fil": "tl"}

_BY_STATUS = {
    "approved": Verdict.RIGHT,
    "pending": Verdict.WRONG,
    "max_attempts_reached": Verdict.TOO_MANY,
    "canceled": Verdict.GONE,
    "deleted": Verdict.GONE,
    "expired": Verdict.GONE,
    "failed": Verdict.GONE,
}
_BY_CODE = {
    60200: Verdict.WRONG,  # what was typed cannot be a code
    60202: Verdict.TOO_MANY,
}


def start(ask: Ask, service: str, phone: str, locale: str) -> str:
    """Have a code made and sent to ``phone``. Returns the verification's SID. Raises the failures of ``_outcome``.

    Verify answers 404 for an unknown language, and for a service that is gone, which its words then name. After a 404
    that does not name the service, ask again without a language: Verify then chooses one.
    """
    what, language = {"to": phone, "channel": "sms"}, spoken(locale)
    try:
        told = _create(ask, service, what | ({"locale": language} if language else {}))
    except Refusal as refusal:
        if refusal.answer.status != 404 or language is None or service in refusal.words:
            raise
        told = _create(ask, service, what)
    if told.of is None:
        raise illegible(told.answer)
    return told.of.sid


def check(ask: Ask, service: str, far_id: str, code: str) -> Verdict:
    """Verify's verdict on ``code``. A wrong code is no refusal: Verify only says that the verification is still
    pending."""
    what = {"to" if far_id.startswith("+") else "verification_sid": far_id, "code": code}
    try:
        told = ask(lambda client: client.verify.v2.services(service).verification_checks.create(**what))
    except Refusal as refusal:
        said = Verdict.GONE if refusal.answer.status == 404 else _BY_CODE.get(refusal.code or 0)
        if said is None:
            raise
        return said
    if told.of is None or told.of.status not in _BY_STATUS:
        raise illegible(told.answer)
    return _BY_STATUS[told.of.status]


def spoken(locale: str) -> str | None:
    """Verify's name for the language of ``locale`` (de_AT, zh_Hans, …), or None where Verify does not have it."""
    parts = locale.replace("_", "-").split("-")
    for tag in ("-".join(parts), "-".join(parts[:2]), parts[0]):
        if (asked_for := _ALSO.get(tag, tag)) in _SPOKEN:
            return asked_for
    return None


def _create(ask: Ask, service: str, what: dict[str, str]) -> Acceptance:
    return ask(lambda client: client.verify.v2.services(service).verifications.create(**what))
