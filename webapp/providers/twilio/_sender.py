"""The possible senders of an SMS: a phone number, a short code, a name, or a messaging service that chooses among
them."""

import re
from dataclasses import dataclass

from webapp.domain.phone import international

LONGEST_NAME = 11  # letters, the limit of the SMS network
_SERVICE = re.compile("MG[0-9a-f]{32}")
_OTHER_SID = re.compile("[A-Z]{2}[0-9a-f]{32}")
_SHORT_CODE = re.compile("[0-9]{3,8}")
_NAME = re.compile("[A-Za-z0-9 +_&-]+")


@dataclass(frozen=True, slots=True)
class Sender:
    """``what`` names which of the four it is, as the end of a sentence."""

    text: str
    what: str

    @property
    def parameters(self) -> dict[str, str]:
        """How a message's parameters name this sender."""
        return {"messaging_service_sid" if _SERVICE.fullmatch(self.text) else "from_": self.text}

    def __str__(self) -> str:
        return f"{self.text}: {self.what}"


def sender(text: str) -> Sender:
    """The sender that ``text`` names. Raises ValueError with a sentence that says what is wrong with it."""
    if text.startswith("MG") and len(text) > LONGEST_NAME:
        return _service(text)
    if _OTHER_SID.fullmatch(text):
        raise ValueError("Of the SIDs only a messaging service's (MG…) can send. For a number, enter the number.")
    if text.startswith("+"):
        return Sender(international(text), "a phone number")
    if text.isdecimal():
        return _short_code(text)
    return _name(text)


def _service(text: str) -> Sender:
    if not _SERVICE.fullmatch(text):
        raise ValueError(f"A messaging service is MG and 32 of 0–9 and a–f; here {len(text) - 2} signs follow the MG.")
    return Sender(text, "a messaging service, which chooses the sender")


def _short_code(text: str) -> Sender:
    if not _SHORT_CODE.fullmatch(text):
        raise ValueError("A phone number begins with + and its country's code; a short code has 3 to 8 digits.")
    return Sender(text, "a short code")


def _name(text: str) -> Sender:
    if not _NAME.fullmatch(text):
        raise ValueError("A name has letters and digits from A–Z and 0–9, spaces and + - _ & only.")
    if len(text) > LONGEST_NAME:
        raise ValueError(f"A name has at most {LONGEST_NAME} signs: this has {len(text)}.")
    if not any(sign.isalpha() for sign in text):
        raise ValueError("A name has at least one letter, a phone number begins with +, a short code is only digits.")
    return Sender(text, "a name, which cannot be answered")
