"""What the use cases of subscribers share: a row by its name, how the audit calls it, its lines there, and the plugin
that all of them are of."""

import re
from typing import Any

from sqlalchemy.orm import Session

from webapp.domain.refusal import Missing, refuse_if
from webapp.domain.text import problem_in_line
from webapp.models import audit
from webapp.models import subscriber as subscribers
from webapp.models.roles import Signed
from webapp.models.subscriber import Subscriber
from webapp.providers import Provider
from webapp.services._plugin_values import plugin_named

KIND = "webhook"
LONGEST_NAME = 50  # characters
LONGEST_WHY = 500  # characters
ADDED, CHANGED = "subscriber added", "subscriber changed"
KEY_REPLACED, KEY_DROPPED = "subscriber key replaced", "subscriber key dropped"
NEW_VERSIONS = (CHANGED, KEY_REPLACED, KEY_DROPPED)  # as the audit has what makes another version of one
PERSON, GONE, FAILING = "person", "gone", "failing"  # why one is switched off

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_RESERVED = {"new"}  # stands where a name does in addresses


def plugin() -> type[Provider]:
    """What every subscriber is a configured account of."""
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
    """What is wrong with a reason, as a sentence, or None; also where none is given."""
    return problem_in_line(why.strip(), longest=LONGEST_WHY) if why.strip() else None


def checked_why(why: str) -> str | None:
    """Why something is done, as it is written down: nothing where nothing was said. Raises Refused."""
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
