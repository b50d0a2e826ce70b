"""What the use cases of providers share: a row by its name, its name in the audit, and the checked reason."""

from sqlalchemy.orm import Session

from webapp.domain.refusal import Missing, refuse_if
from webapp.domain.text import LONGEST_WHY, problem_in_line
from webapp.models import provider as providers
from webapp.models.provider import Provider

LONGEST_NAME = 50  # characters
CHANGED, KEY_REPLACED, KEY_DROPPED = "provider changed", "provider key replaced", "provider key dropped"
NEW_VERSIONS = (CHANGED, KEY_REPLACED, KEY_DROPPED)  # the audit events that make a new version of a provider


def named(session: Session, name: str) -> Provider:
    """The provider of that name. Raises Missing."""
    if (row := providers.named(session, name)) is None:
        raise missing(name)
    return row


def missing(name: str) -> Missing:
    """What is said where there is none."""
    return Missing({"provider": f"There is no provider named “{name[:LONGEST_NAME]}”."})


def target(name: str) -> str:
    """How the audit calls a provider."""
    return f"provider:{name}"


def checked_why(why: str) -> str | None:
    """The reason for an act, as it is stored: None where none was given. Raises Refused."""
    why = why.strip()
    if why:
        refuse_if({"why": problem_in_line(why, longest=LONGEST_WHY)})
    return why or None
