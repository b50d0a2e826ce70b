"""Messages: takes an SMS, and reports its later status."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from tests.support.twilio._wire import No, Said, post, sid, signature
from webapp.domain.segments import segments

LONGEST = 1600
PHONE = re.compile(r"\+[1-9]\d{6,14}")


class Messages:
    """The messages of one account: ``taken``, the latest last, and their ``callbacks`` by SID."""

    def __init__(self, account_sid: str, service: str) -> None:
        self._account_sid, self._service = account_sid, service
        self.taken: list[dict[str, Any]] = []
        self.callbacks: dict[str, str] = {}

    def create(self, form: Mapping[str, str]) -> Said:
        """POST …/Messages.json"""
        self._check(form)
        message = self._resource(form)
        self.taken.append(message)
        if "StatusCallback" in form:
            self.callbacks[message["sid"]] = form["StatusCallback"]
        return Said(201, message)

    def report(self, token: str, status: str, error_code: int | None, more: Mapping[str, str]) -> int:
        """Call the callback of the latest message, signed with ``token``."""
        of = self.taken[-1]
        of |= {"status": status, "error_code": error_code}
        form = {
            "AccountSid": self._account_sid,
            "ApiVersion": "2010-04-01",
            "From": of["from"] or "",
            "MessageSid": of["sid"],
            "MessageStatus": status,
            "SmsSid": of["sid"],
            "SmsStatus": status,
            "To": of["to"],
            **({"ErrorCode": str(error_code)} if error_code else {}),
            **more,
        }
        url = self.callbacks[of["sid"]]
        return post(url, form, signature(token, url, form))

    def _check(self, form: Mapping[str, str]) -> None:
        if not form.get("To"):
            raise No(400, 21604, "A 'To' phone number is required.")
        if not form.get("Body"):
            raise No(400, 21602, "Message body is required.")
        if not ({"From", "MessagingServiceSid"} & form.keys()):
            raise No(400, 21603, "A 'From' phone number is required.")
        if not PHONE.fullmatch(form["To"]):
            # Twilio masks the end of the number that it repeats with XXXX.
            raise No(400, 21211, f"Invalid 'To' Phone Number: {form['To'][:7]}XXXX")
        if len(form["Body"]) > LONGEST:
            raise No(400, 21617, "The concatenated message body exceeds the 1600 character limit")
        if form.get("MessagingServiceSid", self._service) != self._service:
            raise No(404, 21701, "The Messaging Service does not exist")

    def _resource(self, form: Mapping[str, str]) -> dict[str, Any]:
        service, this, now = form.get("MessagingServiceSid"), sid("SM"), format_datetime(datetime.now(UTC))
        uri = f"/2010-04-01/Accounts/{self._account_sid}/Messages/{this}"
        return {
            "account_sid": self._account_sid,
            "api_version": "2010-04-01",
            "body": form["Body"],
            "date_created": now,
            "date_sent": None,
            "date_updated": now,
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": form.get("From"),
            "messaging_service_sid": service,
            "num_media": "0",
            "num_segments": "0" if service else str(segments(form["Body"]).count),
            "price": None,
            "price_unit": "USD",
            "sid": this,
            "status": "accepted" if service else "queued",
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": form["To"],
            "uri": f"{uri}.json",
        }
