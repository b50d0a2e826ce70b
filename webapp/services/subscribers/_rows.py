"""What the use cases of subscribers share: a row by its name, its name and its lines in the audit, and the one plugin
of all subscribers."""

import re
from typing import Any

from sqlalchemy.orm import Session

from webapp.domain.refusal import Missing, refuse_if
from webapp.domain.text import LONGEST_WHY, problem_in_line
from webapp.models import audit
from webapp.models import subscriber as subscribers
from webapp.models.roles import Signed
from webapp.models.subscriber import Subscriber
from webapp.providers import Provider
from webapp.services._plugin_values import plugin_named

KIND = "webhook"
LONGEST_NAME = 50  # characters
ADDED, CHANGED = "subscriber added", "subscriber changed"
KEY_REPLACED, KEY_DROPPED = "subscriber key replaced", "subscriber key dropped"
NEW_VERSIONS = (CHANGED, KEY_REPLACED, KEY_DROPPED)  # the audit events that make a new version of one
PERSON, GONE, FAILING = "person", "gone", "failing"  # why one is switched off

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_RESERVED = {"new"}  # names that would collide with addresses of screens


def plugin() -> type[Provider]:
    """The plugin of which every subscriber is an account."""
    return plugin_named(KIND)


def named(session: Session, name: str, *, lock: bool = False) -> Subscriber:
    """The subscriber of that name. Raises Missing."""
    if (row := subscribers.named(session, name, lock=lock)) is None:
        raise Missing({"subscriber": f"There is no subscriber named “{name[:LONGEST_NAME]}”."})
    return row


def target(name: str) -> str:
    """How the audit calls a subscriber."""
    return f"subscriber:{name}"


def problem_in_why(why: str) -> str | None:
    """What is wrong with a reason, as a sentence, or None; an empty one is fine."""
    return problem_in_line(why.strip(), longest=LONGEST_WHY) if why.strip() else None


def checked_why(why: str) -> str | None:
    """The reason for an act, as it is stored: None where none was given. Raises Refused."""
    refuse_if({"why": problem_in_why(why)})
    return why.strip() or None


def problem_in_name(name: str) -> str | None:
    """What is wrong with the name of a new subscriber, as a sentence, or None."""
    if len(name) > LONGEST_NAME:
        return f"At most {LONGEST_NAME} characters, please: this has {len(name)}."
    if name in _RESERVED:
        return f"“{name}” cannot be a name."
    return None if _NAME.fullmatch(name) else "Letters, digits, “.”, “-” and “_”, please, such as archive-main."


def note(
    session: Session,
    name: str,
    what: str,
    signed: Signed,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """One line of the audit, in the transaction of what it tells."""
    told = {"at": signed.at, "who": signed.by, "what": what, "target": target(name), "reason": signed.why}
    audit.note(session, **told, before=before, after=after)
