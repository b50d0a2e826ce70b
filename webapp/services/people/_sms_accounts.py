"""The providers that send and check codes, read so that they can be used without a transaction."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from webapp.database import reading, writing
from webapp.delivery.accounts import BrokenProvider, build_for_waiting
from webapp.delivery.send import Result
from webapp.delivery.verify import verifier
from webapp.domain.envelope import Certainty, Failure
from webapp.domain.refusal import Refused
from webapp.extensions import db
from webapp.models import provider as providers
from webapp.models.envelope import add_attempts
from webapp.models.provider import Provider as ProviderRow
from webapp.providers import Provider
from webapp.services._bench import Bench

MEDIUM, TRIGGER = "sms", "verification"
NO_PROVIDER = "No code can be sent: there is no active provider for SMS. An administrator can set one up."
ALL_PAUSED = "No code can be sent at the moment: the provider for SMS is paused. Please try again in some minutes."


@dataclass(frozen=True, slots=True)
class SmsAccount:
    """A provider's id and version, and the provider itself."""

    id: int
    version: int
    provider: Provider
    _paused: bool = field(repr=False)

    @property
    def rank(self) -> tuple[bool, ...]:
        """Lower is better: working before paused, and among these, one that verifies phones first.

        A provider whose pause is over still counts as paused: only a notification that gets through proves that it
        works again.
        """
        return isinstance(self.provider, BrokenProvider), self._paused, verifier(self.provider) is None


def to_send_by(bench: Bench) -> SmsAccount:
    """The best active provider. Raises Refused where there is none, or all are paused.

    A provider whose pause is over is used if there is no other: were codes the only SMS, nothing else would ever find
    out that it works again.
    """
    now = bench.clock.now()
    with reading(db.session) as session:
        rows = providers.active(session, MEDIUM)
        usable = [_read(row) for row in rows if not row.health.stands.must_wait(now)]
        sentence = ALL_PAUSED if rows else NO_PROVIDER
    if not usable:
        raise Refused({"code": sentence})
    return min(_built(usable, bench), key=lambda account: account.rank)


def that_sent(provider_id: int | None, bench: Bench) -> SmsAccount | None:
    """The provider of that id, active or not: only the one that sent a code can check it. None where it was removed."""
    with reading(db.session) as session:
        row = session.get(ProviderRow, provider_id)
        found = [_read(row)] if row and not row.removed_at else []
    return next(iter(_built(found, bench)), None)


def note_try(account: SmsAccount, result: Result, bench: Bench) -> None:
    """Log the try, like a test: it was no notification, and does not count for the provider's health."""
    whose = {"provider_id": account.id, "provider_version": account.version, "process": bench.process}
    kind = {"generation": 0, "number": 0, "counted": False, "trigger": TRIGGER}
    with writing(db.session) as session:
        add_attempts(session, [{**whose, **kind, **result.row()}])


def in_doubt(result: Result) -> bool:
    """Whether it failed, but the far side may have done what was asked."""
    return isinstance(result.outcome, Failure) and result.outcome.certainty is Certainty.MAY_HAVE_ARRIVED


def _read(row: ProviderRow) -> dict[str, Any]:
    parts = {"kind": row.kind, "name": row.name, "settings": dict(row.settings), "sealed": row.secrets}
    return {"id": row.id, "version": row.version, "paused": bool(row.health.paused_reason), "parts": parts}


def _built(found: Iterable[dict[str, Any]], bench: Bench) -> list[SmsAccount]:
    around = {"vault": bench.vault, "surroundings": bench.surroundings}
    return [
        SmsAccount(one["id"], one["version"], build_for_waiting(**one["parts"], **around), one["paused"])
        for one in found
    ]
