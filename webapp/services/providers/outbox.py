"""The mailbox of a file provider: what it would have sent."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ulid import ULID

from webapp.domain.guide import Guide
from webapp.domain.refusal import Missing
from webapp.extensions import db
from webapp.models import provider as providers
from webapp.providers import Surroundings
from webapp.providers.file import PROVIDER, Mail, read, sent

PAGE = 50  # messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message as it was written; ``html`` is None for an SMS and for a mail without HTML."""

    id: str
    at: datetime
    sender: str
    to: str
    subject: str
    text: str
    html: str | None
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The newest messages first; ``older`` is the id to ask for the next page with, None on the last page.

    ``guide`` is the help text of the provider's kind, such as which addresses simulate failures.
    """

    letters: list[Letter]
    older: str | None
    guide: Guide | None


def has_outbox(*, kind: str) -> bool:
    """Whether providers of this kind keep what they send, to be looked at."""
    return kind == PROVIDER.kind


def listed(*, name: str, surroundings: Surroundings, before: str | None = None) -> Page:
    """A page of a provider's messages, those before the id ``before`` if it is given. Raises Missing."""
    mails = sent(_folder(name, surroundings), name, PAGE + 1, before)
    letters = [_letter(mail) for mail in mails[:PAGE]]
    return Page(letters, letters[-1].id if len(mails) > PAGE else None, PROVIDER.guide)


def get(*, name: str, letter: str, surroundings: Surroundings) -> Letter:
    """One message. Raises Missing."""
    mail = read(_folder(name, surroundings), name, letter)
    if mail is None:
        raise Missing({"letter": "There is no such message in this mailbox."})
    return _letter(mail)


def _folder(name: str, surroundings: Surroundings) -> Path:
    row = providers.named(db.session, name)
    if row is None or not has_outbox(kind=row.kind):
        raise Missing({"provider": f"There is no provider named “{name[:50]}” that keeps what it sends."})
    return surroundings.folder


def _letter(mail: Mail) -> Letter:
    return Letter(
        id=mail.id,
        at=ULID.from_str(mail.id).datetime,
        sender=mail.header("from"),
        to=mail.header("to"),
        subject=mail.header("subject"),
        text=mail.text,
        html=mail.html,
        headers=mail.headers,
    )
