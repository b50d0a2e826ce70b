"""What the ``file`` provider has written, read back as a mailbox. Names from outside cannot lead to other folders."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from heapq import nlargest
from pathlib import Path
from shutil import rmtree
from urllib.parse import quote

from webapp.domain.ids import is_id


@dataclass(frozen=True, slots=True)
class Mail:
    """One message as it was written. ``headers`` are decoded, in their order; an SMS has no HTML."""

    id: str
    medium: str
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str | None

    def header(self, name: str) -> str:
        """The value of a header, whatever its case; empty where there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def outbox(folder: Path, provider: str) -> Path:
    """The folder of the provider of that name: one for each name, all below ``folder``, whatever the name contains."""
    return folder / "outbox" / quote(provider, safe=" ").replace(".", "%2E")


def sent(folder: Path, provider: str, limit: int, before: str | None = None) -> list[Mail]:
    """The newest ``limit`` messages of a provider, newest first; with ``before``, those older than that id."""
    names = {path.name: path for path in _files(outbox(folder, provider))}
    older = (name for name in names if before is None or name < before)
    return [_read(names[name]) for name in nlargest(limit, older)]


def read(folder: Path, provider: str, mail_id: str) -> Mail | None:
    """One message, or None where there is none of that id."""
    if not is_id(mail_id):
        return None
    paths = [outbox(folder, provider) / f"{mail_id}{suffix}" for suffix in _READERS]
    return next((_read(path) for path in paths if path.is_file()), None)


def forget(folder: Path, provider: str) -> None:
    """Delete all that was written for the provider of that name."""
    rmtree(outbox(folder, provider), ignore_errors=True)


def _files(folder: Path) -> Iterator[Path]:
    """The complete files: those under their final name."""
    if folder.is_dir():
        yield from (path for path in folder.iterdir() if path.suffix in _READERS and is_id(path.stem))


def _read(path: Path) -> Mail:
    return _READERS[path.suffix](path.stem, path.read_bytes())


def _mail(mail_id: str, content: bytes) -> Mail:
    parsed = message_from_bytes(content, policy=policy.default)
    headers = tuple((name, str(value)) for name, value in parsed.items())
    return Mail(mail_id, "email", headers, _body(parsed, "plain") or "", _body(parsed, "html"))


def _body(parsed: EmailMessage, subtype: str) -> str | None:
    part = parsed.get_body((subtype,))
    return None if part is None else str(part.get_content()).replace("\r\n", "\n")


def _text_message(mail_id: str, content: bytes) -> Mail:
    told = json.loads(content)
    headers = tuple((name.capitalize(), told[name]) for name in ("from", "to", "date", "subject"))
    return Mail(mail_id, "sms", headers, told["text"], None)


_READERS: dict[str, Callable[[str, bytes], Mail]] = {".eml": _mail, ".json": _text_message}
