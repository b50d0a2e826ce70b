"""Every setting: its name, default, unit and meaning. The only reader of the environment."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from webapp.domain.job import Job
from webapp.domain.secret_variable import may_be_secret_variable

PREFIX = "BELFRY_"
_SWITCH = {"on": True, "1": True, "true": True, "yes": True, "off": False, "0": False, "false": False, "no": False}
JOB_NAMES = tuple(job.value for job in Job)


class BadSetting(Exception):
    """A setting's value makes no sense; the message is one plain line that names it."""


@dataclass(frozen=True, slots=True)
class Setting:
    """``parse`` turns the text into a value and raises ValueError with what it should have been."""

    name: str
    default: str
    unit: str
    meaning: str
    parse: Callable[[str], Any] = str


def _number(least: float, most: float, *, whole: bool = False) -> Callable[[str], float]:
    wanted = f"a {'whole ' if whole else ''}number from {least:g} to {most:g}"

    def parse(text: str) -> float:
        try:
            number = int(text) if whole else float(text)
        except ValueError:
            raise ValueError(wanted) from None
        if not least <= number <= most:
            raise ValueError(wanted)
        return number

    return parse


def _switch(text: str) -> bool:
    if text.lower() not in _SWITCH:
        raise ValueError("on or off")
    return _SWITCH[text.lower()]


def _jobs(text: str) -> tuple[str, ...]:
    if text.lower() in {"all", "on"}:
        return JOB_NAMES
    named = tuple(name.strip() for name in text.split(",") if name.strip())
    if text.lower() == "off" or not named:
        return ()
    if unknown := sorted(set(named) - set(JOB_NAMES)):
        raise ValueError(f"all, off, or names out of {', '.join(JOB_NAMES)} (not {', '.join(unknown)})")
    return named


def _networks(text: str) -> tuple[Any, ...]:
    try:
        return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())
    except ValueError:
        raise ValueError("networks such as 127.0.0.0/8,10.1.0.0/16") from None


def _database(text: str) -> str:
    """The address with the name of the driver that Belfry installs."""
    if not text:
        return ""
    # Not at the top: the process that listens reads the settings, and needs SQLAlchemy for nothing else.
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    url = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", text)
    try:
        known = make_url(url).drivername in {"sqlite", "postgresql+psycopg"}
    except (ArgumentError, ValueError):
        known = False
    if not known:
        raise ValueError("a sqlite:/// or postgresql:// address")
    if url.startswith("sqlite:") and not (make_url(url).database or "").startswith("/"):
        raise ValueError("the file's whole path after sqlite:///, so four slashes: sqlite:////srv/belfry.sqlite3")
    return url


def _public_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        base = f"{parts.scheme}://{parts.netloc}"
        fine = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        base, fine = "", False
    if text and (not fine or text.rstrip("/").lower() != base.lower()):
        raise ValueError("an address such as https://belfry.example.com, without a path")
    return text.rstrip("/")


def _keys(text: str) -> tuple[str, ...]:
    return tuple(key.strip() for key in text.split(",") if key.strip())


SETTINGS: tuple[Setting, ...] = (
    Setting("DATABASE_URL", "", "address", "The database. Empty: the embedded SQLite file in INSTANCE.", _database),
    Setting("DATABASE_DIRECT_URL", "", "address", "PostgreSQL's own address, where DATABASE_URL is that of a pooler: "
            "what other processes post is heard of there. Empty: DATABASE_URL.", _database),
    Setting("INSTANCE", "instance", "folder", "Where the embedded database, generated keys and files are kept.", Path),
    Setting("HOST", "127.0.0.1", "address", "Where to listen."),
    Setting("PORT", "5000", "port", "Where to listen.", _number(1, 65535, whole=True)),
    Setting("PUBLIC_URL", "", "address", "How people reach Belfry, and far sides that call back. Requests under "
            "another name than this and HOST get 400; where HOST is loopback, all loopback names count. Empty: HOST "
            "and PORT, where HOST is 0.0.0.0 loopback names; and what is sent has no link back.", _public_url),
    Setting("TRUSTED_PROXIES", "0", "count", "How many proxies in front set X-Forwarded-For, -Proto and -Host.",
            _number(0, 10, whole=True)),
    Setting("SECRET_KEY", "", "text", "Signs cookies, and the links by which people turn mails off. Empty: generated "
            "into INSTANCE; with PostgreSQL it must be given."),
    Setting("ENCRYPTION_KEYS", "", "Fernet keys", "Encrypt providers' secrets; the first seals, all open. Comma-"
            "separated. Empty: generated into INSTANCE; with PostgreSQL they must be given.", _keys),
    Setting("DEMO", "off", "on or off", "Fill an empty database with a demo team and offer to continue as one of them.",
            _switch),
    Setting("DEMO_PASSWORD", "", "text", "The demo team's password. Empty: random, printed at the start."),
    Setting("JOBS", "all", "names", "Which timed jobs this process runs: all, off, or a list out of dispatcher, "
            "resender, truncation.", _jobs),
    Setting("DISPATCH_EVERY", "2", "seconds", "How often the dispatcher looks for first tries. 0: not here.",
            _number(0, 86400)),
    Setting("DISPATCH_BATCH", "200", "deliveries", "How many it claims at once.", _number(1, 10000, whole=True)),
    Setting("RESEND_EVERY", "2", "seconds", "How often the resender looks for later tries. 0: not here.",
            _number(0, 86400)),
    Setting("RESEND_BATCH", "200", "deliveries", "How many it claims at once.", _number(1, 10000, whole=True)),
    Setting("LEASE", "60", "seconds", "How long a process may hold a delivery without a sign of life.",
            _number(1, 3600)),
    Setting("CONCURRENCY", "16", "sends", "How many are in flight at once for each provider that has no number of its "
            "own.", _number(1, 256, whole=True)),
    Setting("STOP_GRACE", "15", "seconds", "How long a stopping process finishes what is in flight.", _number(1, 300)),
    Setting("OLDEST_DUE", "300", "seconds", "/healthz is red where a delivery has been due for longer.",
            _number(1, 31_536_000)),
    Setting("OLDEST_HELD", "86400", "seconds", "/healthz is red where a delivery has been held for longer.",
            _number(1, 31_536_000)),
    Setting("KEEP_MONTHS", "3", "months", "How long notifications are kept.", _number(1, 1200, whole=True)),
    Setting("ALLOWED_NETWORKS", "", "networks", "Loopback and private networks that providers may dial.", _networks),
    Setting("WEB_PROCESSES", "1", "processes", "How many answer requests on this port; the first has the jobs, too. "
            "More than there are cores are of no use.", _number(1, 64, whole=True)),
    Setting("WEB_THREADS", "8", "threads", "How many requests a process has in hand at once; on an embedded "
            "database it answers them one after another.", _number(1, 256, whole=True)),
    Setting("API_RATE", "1200", "requests", "How many requests a token may make in a minute, over all processes. 0: "
            "any number.", _number(0, 1_000_000, whole=True)),
    Setting("POSTS_PER_MINUTE", "600", "posts", "How many one person or program may post in a minute, through "
            "whichever door. 0: as many as they like.", _number(0, 10**9, whole=True)),
    Setting("RECIPIENTS_PER_HOUR", "200000", "people", "How many people one person or program may post to in an "
            "hour, counted for each post. 0: as many as they like.", _number(0, 10**9, whole=True)),
    Setting("MAX_BODY", str(1024 * 1024), "bytes", "The largest request that is read.",
            _number(1024, 2**30, whole=True)),
)  # fmt: skip


class Settings:
    """The settings' values by their names in small letters, such as ``settings.dispatch_every``. Never changed."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_values"][name]
        except KeyError:
            raise AttributeError(name) from None

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """The settings from ``BELFRY_…`` names. Raises BadSetting for the first that makes no sense, or is unknown."""
        known = {PREFIX + setting.name for setting in SETTINGS}
        ours = (name for name in environ if name.startswith(PREFIX) and not may_be_secret_variable(name))
        if unknown := sorted(name for name in ours if name not in known):
            raise BadSetting(f"{unknown[0]} is not a setting of Belfry: see docs/settings.md.")
        return cls({setting.name.lower(): _value(setting, environ) for setting in SETTINGS})

    @classmethod
    def from_environment(cls) -> Self:
        """The settings of this process. Raises BadSetting."""
        return cls.read(os.environ)

    @property
    def database_address(self) -> str:
        """The database to use, the embedded one where none is named."""
        return self.database_url or f"sqlite:///{self.embedded_file}"

    @property
    def embedded_file(self) -> Path:
        """Where the embedded database is, if no other is named."""
        return self.instance.resolve() / "belfry.sqlite3"

    @property
    def embedded(self) -> bool:
        """Whether the database is SQLite."""
        return self.database_address.startswith("sqlite:")


def secrets_of_environment() -> dict[str, str]:
    """The variables that a setup file may name in place of secrets, by their names."""
    return {name: value for name, value in os.environ.items() if may_be_secret_variable(name)}


def _value(setting: Setting, environ: Mapping[str, str]) -> Any:
    text = environ.get(PREFIX + setting.name, "") or setting.default
    try:
        return setting.parse(text)
    except ValueError as error:
        raise BadSetting(f"{PREFIX}{setting.name} must be {error}; it is “{_shown(text)}”.") from None


def _shown(text: str) -> str:
    """A value as it may be printed: on one line, and an address without its password."""
    return re.sub(r"//[^/@]*@", "//…@", " ".join(text.split()))
