"""One run of ``apply``: its transaction, who does it and why, and what has to be told afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from webapp.domain.refusal import Conflict
from webapp.models import audit
from webapp.models.roles import Signed
from webapp.vault import Vault


@dataclass(frozen=True, slots=True)
class Secret:
    """A provider's secret in clear; its ``repr`` shows nothing but that there is one."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Work:
    """``variables`` are the environment's, for secrets. ``made`` are the secrets that Belfry has just made.
    ``stranded`` are the media with deliveries that nothing sends any more."""

    session: Session
    signed: Signed
    vault: Vault
    variables: Mapping[str, str] = field(repr=False)
    made: dict[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    stranded: set[str] = field(default_factory=set)

    def note(self, what: str, target: str, *, before: dict[str, Any] | None = None, after: dict[str, Any]) -> None:
        """One line of the audit."""
        at, by, why = self.signed.at, self.signed.by, self.signed.why
        audit.note(self.session, at=at, who=by, what=what, target=target, before=before, after=after, reason=why)


def changed_now(what: str) -> Conflict:
    """The refusal where somebody else was faster by a moment."""
    return Conflict(
        {"setup": f"{what} was changed by somebody else just now. Nothing of the file was applied: try again."}
    )
