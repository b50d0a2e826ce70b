"""Trying a provider out: one real message by the engine's own path, with a report of every step."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from webapp.database import writing
from webapp.delivery.accounts import build_for_waiting
from webapp.delivery.send import Result, try_once
from webapp.domain.envelope import Accepted, Envelope, Phase
from webapp.domain.field import Value
from webapp.domain.reason import Reason
from webapp.domain.refusal import refuse_if
from webapp.domain.text import problem_in_line
from webapp.extensions import db
from webapp.models._ids import new_id
from webapp.models.envelope import add_attempts
from webapp.providers import Provider, kinds
from webapp.services._bench import Bench
from webapp.services._plugin_values import parse, parse_edited, plugin_named, plugin_offered, problem_in_medium
from webapp.services.providers import tested
from webapp.services.providers._rows import named, target

LONGEST_ADDRESS = 254  # characters

# Advice for a test, where the usual advice is about a delivery: a test is typed by hand and never retried.
_ONCE_MORE = "A test is never tried again by itself: send it once more in a while."
ADVICE_OF_A_TEST: Mapping[Reason, str] = {
    Reason.RECIPIENT_REFUSED: "Every step before this one works. Correct the address, or send the test to another one.",
    Reason.CONTENT_REFUSED: "Read its words: every message of this kind may fare like that.",
    Reason.SERVER_BUSY: _ONCE_MORE,
    Reason.HTTP_5XX: _ONCE_MORE,
    Reason.TIMEOUT_AFTER_DATA: "Look whether it has arrived before you send another one.",
}


@dataclass(frozen=True, slots=True)
class Culprit:
    """The field that most likely has to change."""

    name: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The result: each step; the far side's words in ``reply``; Belfry's own in ``label`` to ``culprit``.

    ``stopped`` names the step at which it failed.
    """

    ok: bool
    provider: str
    to: str
    at: datetime
    ms: int
    phases: tuple[Phase, ...]
    stopped: str | None
    reply: str
    reason: str | None
    label: str
    sentence: str
    advice: str
    culprit: Culprit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    """The account to try; ``id`` and ``version`` only where it equals the saved row."""

    name: str
    kind: str
    medium: str
    settings: Mapping[str, Value]
    sealed: str
    id: int | None = None
    version: int | None = None


def try_out(*, name: str, to: str, raw: Mapping[str, str] | None = None, by: str, bench: Bench) -> Trial:
    """Send a test through a provider as it is saved or, with ``raw``, as an edit would save it.

    Takes 20 s at most, holds no transaction meanwhile, does not touch the provider's health and counts as nobody's
    attempt. Raises Missing, and Refused for what was typed.
    """
    row = named(db.session, name)
    if raw is None:
        settings, sealed, version = row.settings, row.secrets, row.version
    else:
        values = parse_edited(plugin_named(row.kind), row, raw, bench.vault)
        settings, sealed, version = values.settings, values.sealed(bench.vault), None
    account = _Account(
        name=name, kind=row.kind, medium=row.medium, settings=settings, sealed=sealed, id=row.id, version=version
    )
    return _try(account, to, by, bench)


def try_new(*, kind: str, medium: str, raw: Mapping[str, str], to: str, by: str, bench: Bench) -> Trial:
    """The same for a provider that is not saved yet. Raises Missing for an unknown kind, Refused for what was typed."""
    plugin = plugin_offered(kind)
    values = parse(plugin, raw, {"medium": problem_in_medium(plugin, medium)})
    sealed = values.sealed(bench.vault)
    account = _Account(name=kind, kind=kind, medium=medium, settings=values.settings, sealed=sealed)
    return _try(account, to, by, bench)


def _try(account: _Account, to: str, by: str, bench: Bench) -> Trial:
    refuse_if({"to": problem_in_line(to, longest=LONGEST_ADDRESS)})
    envelope = _envelope(account, to.strip(), by, bench.clock.now())
    db.session.rollback()  # no transaction from here on: the far side may take its time
    provider = _built(account, bench)
    try:
        result = try_once(provider, envelope, bench.clock)
    finally:
        provider.close()
    trial = _trial(account, envelope, result)
    with writing(db.session) as session:
        add_attempts(session, [_attempt(account, result, bench.process)])
        what = target(account.name) if account.id else f"provider kind:{account.kind}"
        tested.note(session, target=what, at=result.started_at, by=by, to=trial.to, reason=trial.reason)
    return trial


def _built(account: _Account, bench: Bench) -> Provider:
    return build_for_waiting(
        kind=account.kind,
        name=account.name,
        settings=account.settings,
        sealed=account.sealed,
        vault=bench.vault,
        surroundings=bench.surroundings,
    )


def _envelope(account: _Account, to: str, by: str, now: datetime) -> Envelope:
    text = f"This is a test of the provider {account.name}, asked for by {by}. You can read it, so it works."
    return Envelope(
        id=new_id(now),
        medium=account.medium,
        address=to,
        recipient=to,
        sender=by,
        channel="belfry.test",
        subject=f"Test of {account.name}",
        text=text,
        html=f"<p>{escape(text)}</p>",
        created_at=now,
    )


def _attempt(account: _Account, result: Result, process: str) -> dict[str, Any]:
    return {
        "provider_id": account.id,
        "provider_version": account.version,
        "generation": 0,
        "number": 0,
        "counted": False,
        "trigger": tested.TRIGGER,
        "process": process,
        **result.row(),
    }


def _trial(account: _Account, envelope: Envelope, result: Result) -> Trial:
    failure = None if isinstance(result.outcome, Accepted) else result.outcome
    words = failure.reason.words if failure else None
    return Trial(
        ok=failure is None,
        provider=account.name,
        to=envelope.address,
        at=result.started_at,
        ms=result.ms,
        phases=tuple(result.transcript.phases),
        stopped=result.transcript.reached if failure else None,
        reply=result.reply,
        reason=failure.reason.value if failure else None,
        label=words.label if words else "Accepted",
        sentence=words.for_operator if words else "The far side took the message.",
        advice=_advice(failure.reason)
        if failure
        else "Look whether it has arrived: what happens beyond that is not seen from here.",
        culprit=culprit(kind=account.kind, reason=failure.reason) if failure else None,
    )


def _advice(reason: Reason) -> str:
    return ADVICE_OF_A_TEST.get(reason, reason.words.advice)


def culprit(*, kind: str, reason: Reason) -> Culprit | None:
    """The field that a provider of this kind most likely has wrong after a failure for this reason."""
    plugin = kinds().get(kind)
    if plugin is None or (name := plugin.culprits.get(reason)) is None:
        return None
    return next((Culprit(name, field.label) for field in plugin.all_fields() if field.name == name), None)
