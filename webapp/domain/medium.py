"""Medium: how something is sent."""

from enum import StrEnum


class Medium(StrEnum):
    """``email`` and ``sms`` are for people, ``webhook`` is for subscribers."""

    EMAIL = "email"
    SMS = "sms"
    WEBHOOK = "webhook"

    @property
    def label(self) -> str:
        """The medium as a word inside a sentence, such as "no active provider for e-mail"."""
        return {"email": "e-mail", "sms": "SMS", "webhook": "webhook"}[self.value]


FOR_PEOPLE: tuple[str, ...] = (Medium.EMAIL.value, Medium.SMS.value)
