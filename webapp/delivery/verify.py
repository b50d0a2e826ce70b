"""Proving who holds a phone: a far side is told to send a code, ours or its own, and says whether a typed one is
right."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from webapp.delivery.send import Result, try_once
from webapp.domain.clock import Clock
from webapp.domain.envelope import Accepted, Certainty, Envelope, Failure, Phase, TemporaryFailure, Transcript
from webapp.domain.reason import Reason
from webapp.domain.verification import Verdict
from webapp.providers import Provider, Verifier

_log = logging.getLogger(__name__)
_HIDDEN = "••••••"
LONGEST_FAR_ID = 64  # characters
Said = TypeVar("Said")


@dataclass(frozen=True, slots=True)
class Asked(Generic[Said]):
    """The result, as of any try, and what the far side ``said``: None where it failed."""

    result: Result
    said: Said | None


def verifier(provider: Provider) -> Verifier | None:
    """The provider, if its far side makes, sends and checks codes itself, so that we keep none; else None."""
    return provider if isinstance(provider, Verifier) and provider.verifies else None


def start(provider: Verifier, *, phone: str, locale: str, clock: Clock) -> Asked[str]:
    """Have the far side send a code of its own. Its answer is the id by which it knows that. Never raises.

    Like ``try_once`` it blocks for ``provider.timeout`` seconds at most; call it with no transaction open.
    """
    return _ask(
        provider, lambda transcript: provider.start_verification(phone, locale, transcript), _is_far_id, clock=clock
    )


def check(provider: Verifier, *, far_id: str, code: str, clock: Clock) -> Asked[Verdict]:
    """What the far side says of a code that somebody typed. Never raises."""
    asked = _ask(
        provider,
        lambda transcript: provider.check_verification(far_id, code, transcript),
        lambda said: isinstance(said, Verdict),
        clock=clock,
    )
    return replace(asked, result=_without(code, asked.result))


def tell(provider: Provider, envelope: Envelope, *, code: str, clock: Clock) -> Result:
    """Send a code of ours, which ``envelope`` contains. Far sides repeat what they were sent: the code is hidden in the
    result."""
    return _without(code, try_once(provider, envelope, clock))


def _ask(
    provider: Provider, ask: Callable[[Transcript], Said], is_answer: Callable[[Said], bool], *, clock: Clock
) -> Asked[Said]:
    transcript, begun = Transcript(clock.monotonic, clock.now()), clock.monotonic()
    said, outcome = _said(provider, ask, is_answer, transcript)
    ms = round((clock.monotonic() - begun) * 1000)
    return Asked(Result(outcome, transcript.started_at, ms, transcript), said)


def _said(
    provider: Provider, ask: Callable[[Transcript], Said], is_answer: Callable[[Said], bool], transcript: Transcript
) -> tuple[Said | None, Accepted | Failure]:
    try:
        said = ask(transcript)
    except Failure as failure:
        return None, failure
    except Exception as error:  # noqa: BLE001 — a plugin's bug; neither its words nor its traceback, which may name the code
        _log.error("Provider %s raised %s while verifying a phone", provider.name, type(error).__name__)
        return None, _bug(f"The provider failed: {type(error).__name__}")
    if is_answer(said):
        return said, Accepted()
    _log.error("Provider %s did not say what it should while verifying a phone", provider.name)
    return None, _bug("The provider did not say what came of it")


def _is_far_id(said: object) -> bool:
    return isinstance(said, str) and 0 < len(said) <= LONGEST_FAR_ID


def _bug(words: str) -> TemporaryFailure:
    return TemporaryFailure(Reason.CONNECT_REFUSED, words, certainty=Certainty.MAY_HAVE_ARRIVED)


def _without(code: str, result: Result) -> Result:
    """The same result, with ``code`` hidden in all its words."""
    transcript, outcome = result.transcript, result.outcome
    transcript.phases = [Phase(phase.name, phase.ms, _hide(code, phase.words)) for phase in transcript.phases]
    if isinstance(outcome, Accepted):
        return result._replace(outcome=Accepted(_hide(code, outcome.reply)))
    outcome.reply = _hide(code, outcome.reply)
    return result


def _hide(code: str, words: str) -> str:
    return words.replace(code, _HIDDEN) if code else words
