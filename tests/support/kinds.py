"""A provider kind that uses everything a kind can declare, which no shipped one does: a key that Belfry makes, a
target, a secret, a text of several lines, presets, and corrections of typed values."""

from collections.abc import Mapping
from itertools import count
from typing import ClassVar

import pytest

from webapp.domain.envelope import Accepted, ConfigurationFailure, Envelope, Transcript
from webapp.domain.field import FORMER, Field
from webapp.domain.guide import Preset
from webapp.domain.reason import Reason
from webapp.providers import Provider, kinds

_numbers = count(1)


def next_key() -> str:
    """A different key each time, easy to recognise."""
    return f"key-of-the-house-{next(_numbers)}"


class Signing(Provider):
    """Reports the keys that it signed with; refuses the password “wrong”."""

    kind, label, summary, media = "signing", "Signing", "A test's.", ("email", "sms")
    fields: ClassVar = (
        Field("host", "Host", required=True, target=True),
        Field("auth", "Sign-in", "choice", "none", choices=(("none", "None"), ("basic", "Basic"))),
        Field("password", "Password", "secret", required=True, only_if=("auth", ("basic",))),
        Field("headers", "Headers", "lines"),
        Field("signed", "Signed", "switch", default=True),
        Field("signing_key", "Signing key", "secret", make=next_key, help="Proves that it was Belfry."),
    )
    presets = (
        Preset("acme", "Acme Mail", {"host": "mail.acme.example", "auth": "basic"}, "Ask Acme for a password."),
        Preset("zenith", "Zenith", {"host": "zenith.example"}),
    )
    culprits: ClassVar = {Reason.AUTH: "password"}

    @classmethod
    def tidied(cls, raw: Mapping[str, str]) -> dict[str, str]:
        """An address may be pasted for the host."""
        return {**raw, "host": raw.get("host", "").strip().removeprefix("https://").rstrip("/")}

    @property
    def timeout(self) -> float:
        return 1.0

    def send(self, envelope: Envelope, transcript: Transcript) -> Accepted:
        with transcript.phase("sign-in"):
            if self.settings.get("password") == "wrong":
                raise ConfigurationFailure(Reason.AUTH, "401 Who are you?")
        used = [self.settings.get("signing_key"), self.settings.get("signing_key" + FORMER)]
        return Accepted(f"signed with {' and '.join(str(key)[-1] for key in used if key)}")


@pytest.fixture
def signing(monkeypatch: pytest.MonkeyPatch) -> type[Signing]:
    """Installs the kind for one test."""
    monkeypatch.setitem(kinds()._plugins, Signing.kind, Signing)
    return Signing
