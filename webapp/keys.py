"""The keys of an installation: given by the settings, or made once at random beside an embedded database."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet

from webapp.config import BadSetting, Settings


def secret_key(settings: Settings) -> str:
    """What signs cookies. Raises BadSetting where it is neither given nor may be generated."""
    return settings.secret_key or _kept(settings, "secret_key", "BELFRY_SECRET_KEY", secrets.token_urlsafe)


def encryption_keys(settings: Settings) -> tuple[str, ...]:
    """What encrypts the providers' secrets, the sealing key first. Raises BadSetting, also for a malformed key."""
    given = settings.encryption_keys
    if not given:
        kept = _kept(settings, "encryption_key", "BELFRY_ENCRYPTION_KEYS", lambda: Fernet.generate_key().decode())
        given = tuple(kept.split())
    for key in given:
        _check(key)
    return given


def _check(key: str) -> None:
    try:
        Fernet(key)
    except ValueError:
        raise BadSetting(
            "BELFRY_ENCRYPTION_KEYS must be Fernet keys: 32 random bytes in url-safe base64, 44 characters."
        ) from None


def _kept(settings: Settings, name: str, setting: str, make: Callable[[], str]) -> str:
    """The key in INSTANCE, made there at the first start. With PostgreSQL it has to be given: several hosts must share
    it."""
    if not settings.embedded:
        raise BadSetting(f"{setting} must be given when the database is PostgreSQL: all processes share it.")
    path: Path = settings.instance / name
    if not path.exists():
        _write_once(path, make())
    key = path.read_text().strip()
    if not key:  # a new one would open nothing that the lost one has sealed
        raise BadSetting(f"{path} is empty: restore it from a backup, or delete it to begin with a new key.")
    return key


def _write_once(path: Path, text: str) -> None:
    """Write the whole file or nothing; of two processes that start, the first one wins."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
