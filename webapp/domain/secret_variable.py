"""The environment variables that a setup file names in the place of secrets."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from zlib import crc32

PREFIX = "BELFRY_SECRET_"
_VARIABLE = re.compile(rf"{PREFIX}[A-Z0-9]+_[A-Z0-9_]+")
_LONGEST = 200  # characters


def may_be_secret_variable(name: str) -> bool:
    """Whether a variable of this name may hold a provider's secret. Belfry's own keys have no such names."""
    return len(name) <= _LONGEST and bool(_VARIABLE.fullmatch(name))


def variables(secrets: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
    """A variable's name for each (provider, field), such as BELFRY_SECRET_SMTP_MAIN_PASSWORD. Where several would have
    the same, each gets a distinct suffix."""
    plain = {secret: f"{PREFIX}{'_'.join(map(_word, secret))}" for secret in secrets}
    shared = {name for name, count in Counter(plain.values()).items() if count > 1}
    return {secret: f"{name}_{_mark(secret)}" if name in shared else name for secret, name in plain.items()}


def _word(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "_", text.upper())


def _mark(secret: tuple[str, str]) -> str:
    return f"{crc32(' '.join(secret).encode()):08X}"
