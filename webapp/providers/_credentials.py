"""How a request signs in and is signed: each way's header, which settings do not fit together, and which secrets are
never shown."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

from webapp.domain.field import FORMER
from webapp.providers._base import Settings
from webapp.providers._headers import problem_in_name
from webapp.providers._masking import masking
from webapp.providers._signing import KEY
from webapp.providers._transport import leaves_in_clear, problem_in_url

_KEYS = ("signing_key", f"signing_key{FORMER}")
_NO_KEY = "A key as Standard Webhooks have it, please: whsec_, and 24 to 64 bytes in base64."


@dataclass(frozen=True, slots=True)
class Credentials:
    """What proves who asks. ``auth`` is none, header, basic or bearer; ``header`` names the header where ``auth`` is
    header.

    ``keys`` are the signing keys, newest first; without any, requests are not signed. The ``repr`` holds no secret.
    """

    auth: str
    username: str
    header: str
    secret: str = field(repr=False)
    keys: tuple[str, ...] = field(repr=False)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """From parsed settings. Values that the form's other fields switch off are left empty."""
        given = {name: str(settings.get(name, "")) for name in ("username", "header", "secret")}
        keys = (str(settings.get(name, "")) for name in _KEYS)
        return cls(str(settings.get("auth", "none")), **given, keys=tuple(key for key in keys if KEY.fullmatch(key)))

    @property
    def signs_in(self) -> bool:
        """Whether a request holds credentials."""
        return self.auth != "none"

    @property
    def headers(self) -> dict[str, str]:
        """The headers that sign in."""
        ways = {
            "header": (self.header, self.secret),
            "basic": ("Authorization", f"Basic {self._basic}"),
            "bearer": ("Authorization", f"Bearer {self.secret}"),
        }
        return dict([ways[self.auth]]) if self.signs_in else {}

    def mask(self) -> Callable[[str], str]:
        """A function that masks the secrets in a text, in any spelling in which a far side could repeat them."""
        lines = (self._basic,) if self.secret else ()
        return masking([self.secret, *self.keys, *(key.removeprefix("whsec_") for key in self.keys)], lines=lines)

    @property
    def _basic(self) -> str:
        return b64encode(f"{self.username}:{self.secret}".encode()).decode()


def problems(settings: Settings) -> dict[str, str]:
    """What does not fit, by field: the address, the credentials and the keys."""
    its, url = Credentials.of(settings), str(settings.get("url", ""))
    secret_problem = None if its.secret.isprintable() else "No line breaks or other signs that cannot be seen, please."
    found = {
        "url": problem_in_url(url) or (_problem_in_clear(url) if its.signs_in else None),
        "secret": secret_problem if its.signs_in else None,
        "username": "No colon, please: it ends the user name." if its.auth == "basic" and ":" in its.username else None,
        "header": problem_in_name(its.header) if its.auth == "header" else None,
        **{name: _NO_KEY for name in _KEYS if (key := str(settings.get(name, ""))) and not KEY.fullmatch(key)},
    }
    return {name: problem for name, problem in found.items() if problem}


def _problem_in_clear(url: str) -> str | None:
    if leaves_in_clear(url):
        return "Signing in needs https: without, everybody on the way could read the secret."
    return None


def with_https(raw: Mapping[str, str]) -> dict[str, str]:
    """The typed values, with https:// put before an address that has no scheme."""
    url = raw.get("url", "").strip()
    return {**raw, "url": f"https://{url}"} if url and "://" not in url else dict(raw)
