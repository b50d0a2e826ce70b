"""Twilio Verify: it makes a code, sends it, and says what was typed is worth. Never used for anything else."""

from collections.abc import Callable
from typing import Any

from webapp.domain.verification import Verdict
from webapp.providers.twilio._outcome import Refusal, Told, illegible

Ask = Callable[[Callable[[Any], Any]], Told]  # puts a question to the SDK's client

# Asked for another language, Verify refuses; asked for none, it takes that of the phone's country.
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

    A language that Verify does not know after all is answered with 404, as is a service that is gone, which is then
    named; for a language the choice is left to Verify.
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
    """What ``code`` is worth. A wrong one is no refusal: Verify only says that the verification is still pending."""
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
    """What to ask for where somebody reads ``locale`` (de_AT, zh_Hans, …); None where Verify does not write it."""
    parts = locale.replace("_", "-").split("-")
    for tag in ("-".join(parts), "-".join(parts[:2]), parts[0]):
        if (asked_for := _ALSO.get(tag, tag)) in _SPOKEN:
            return asked_for
    return None


def _create(ask: Ask, service: str, what: dict[str, str]) -> Told:
    return ask(lambda client: client.verify.v2.services(service).verifications.create(**what))
