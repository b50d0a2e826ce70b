"""Verify: makes a code, sends it to a phone, and compares it with what was typed."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.support.twilio._messages import PHONE
from tests.support.twilio._wire import No, Said, sid

MOST_GUESSES = MOST_CODES = 5
_LANGUAGES = (
    "af ar ca cs da de el en en-GB es et fi fr he hi hr hu id it ja kn ko lt mr ms nb nl pl pt pt-BR ro ru sk sv te th "
    "tl tr uk vi zh zh-CN zh-HK"
)


@dataclass
class Verification:
    """One pending verification of a phone. The code stays the same however often it is sent."""

    sid: str
    to: str
    language: str | None
    code: str
    begun: datetime
    sent: int = 0
    guesses: int = 0


class Verify:
    """One Verify service. ``pending`` are its verifications by SID; approved and expired ones are removed."""

    def __init__(self, account_sid: str, service: str) -> None:
        self._account_sid, self._service = account_sid, service
        self.pending: dict[str, Verification] = {}

    def of(self, phone: str) -> Verification | None:
        """The pending verification of ``phone``, if any."""
        return next((each for each in self.pending.values() if each.to == phone), None)

    def create(self, form: Mapping[str, str]) -> Said:
        """POST …/Verifications"""
        if not PHONE.fullmatch(form.get("To", "")):
            raise No(400, 60200, f"Invalid parameter `To`: {form.get('To')}")
        if form.get("Channel") != "sms":
            raise No(400, 60200, f"Invalid parameter: Channel {form.get('Channel')}")
        if form.get("Locale", "en") not in _LANGUAGES.split():
            raise No(404, 20404, "The requested locale is not supported")
        found = self.of(form["To"]) or self._begin(form)
        if found.sent >= MOST_CODES:
            raise No(429, 60203, "Max send attempts reached")
        found.sent += 1
        return Said(201, self._resource(found, "pending") | self._sendings(found))

    def check(self, form: Mapping[str, str]) -> Said:
        """POST …/VerificationCheck"""
        if not 4 <= len(form.get("Code", "")) <= 10:
            raise No(400, 60200, "Invalid parameter: Code")
        found = self.pending.get(form.get("VerificationSid", "")) or self.of(form.get("To", ""))
        if found is None:
            path = f"/Services/{self._service}/VerificationCheck"
            raise No(404, 20404, f"The requested resource {path} was not found")
        if found.guesses >= MOST_GUESSES:
            raise No(429, 60202, "Max check attempts reached")
        found.guesses += 1
        if right := form["Code"] == found.code:
            del self.pending[found.sid]
        return Said(200, self._resource(found, "approved" if right else "pending") | {"sna_attempts_error_codes": []})

    def _begin(self, form: Mapping[str, str]) -> Verification:
        code = f"{secrets.randbelow(10**6):06}"
        made = Verification(sid("VE"), form["To"], form.get("Locale"), code, datetime.now(UTC))
        self.pending[made.sid] = made
        return made

    def _resource(self, of: Verification, status: str) -> dict[str, Any]:
        return {
            "sid": of.sid,
            "service_sid": self._service,
            "account_sid": self._account_sid,
            "to": of.to,
            "channel": "sms",
            "status": status,
            "valid": status == "approved",
            "amount": None,
            "payee": None,
            "date_created": _iso(of.begun),
            "date_updated": _iso(datetime.now(UTC)),
        }

    def _sendings(self, of: Verification) -> dict[str, Any]:
        sent = [{"attempt_sid": sid("VL"), "channel": "sms", "time": _iso(of.begun)} for _ in range(of.sent)]
        url = f"https://verify.twilio.com/v2/Services/{self._service}/Verifications/{of.sid}"
        return {"lookup": {"carrier": None}, "send_code_attempts": sent, "sna": None, "url": url}


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
