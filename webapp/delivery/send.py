"""The one place from which anything is sent: one try of one envelope, and what came of it."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from webapp.domain.clock import Clock
from webapp.domain.envelope import Accepted, Certainty, Envelope, Failure, TemporaryFailure, Transcript
from webapp.domain.reason import Reason
from webapp.domain.text import storable
from webapp.providers import ByHttp, Gone, Provider

if TYPE_CHECKING:
    from webapp.providers import Line

_log = logging.getLogger(__name__)
_BUGS = Exception, SystemExit  # of a plugin; SystemExit is one, too: it would end the sending thread
_LONGEST_PHASE = 30  # characters of a phase's name, which plugins choose


class Result(NamedTuple):
    """What came of one try: the far side's acceptance or the failure, when it began, how long it took, each phase."""

    outcome: Accepted | Failure
    started_at: datetime
    ms: int
    transcript: Transcript

    @property
    def ended_at(self) -> datetime:
        """When it was over."""
        return self.started_at + timedelta(milliseconds=self.ms)

    @property
    def reply(self) -> str:
        """What the far side said."""
        return self.outcome.reply

    def row(self) -> dict[str, Any]:
        """What an attempt's row says of it; whose it was and what it counts for is the caller's to say.

        ``outcome`` is ``accepted``, ``temporary``, ``permanent`` or ``configuration``.
        """
        failure = self.outcome if isinstance(self.outcome, Failure) else None
        return {
            "started_at": self.started_at,
            "ms": self.ms,
            "phase": _phase(self.transcript.reached),
            "outcome": type(self.outcome).__name__.removesuffix("Failure").lower(),
            "reason": failure.reason.value if failure else None,
            "certainty": failure.certainty.value if failure else None,
            "reply": self.reply,
            "phases": [[_phase(phase.name), phase.ms, phase.words] for phase in self.transcript.phases],
        }


def try_once(provider: Provider, envelope: Envelope, clock: Clock) -> Result:
    """Send ``envelope`` through ``provider``. Never raises: what goes wrong is the result.

    Blocks for ``provider.timeout`` seconds at most. Call it with no transaction open: every other writer would wait
    for the far side. The dispatcher, the resender and an administrator's test all come through here. What is the
    recipient's own gets into the texts only now, so that they are stored once for all who receive them.
    """
    transcript, begun = Transcript(clock.monotonic, clock.now()), clock.monotonic()
    outcome = _outcome(provider, envelope, transcript)
    return Result(outcome, transcript.started_at, round((clock.monotonic() - begun) * 1000), transcript)


def _outcome(provider: Provider, envelope: Envelope, transcript: Transcript) -> Accepted | Failure:
    try:
        answer: object = provider.send(envelope.personal(), transcript)
    except Failure as failure:
        return failure
    except _BUGS as error:
        return _raised(provider, error, envelope)
    return answer if isinstance(answer, Accepted) else _said_nothing(provider, answer, envelope)


class Try:
    """The same in two parts, for one thread that waits for many far sides at once: ``begin`` sends on a line (a
    connection kept open), ``end`` reads the result once the exchange is over. Only ``begin`` raises, and only Gone."""

    def __init__(self, provider: ByHttp, envelope: Envelope, monotonic: Callable[[], float], now: datetime) -> None:
        self._provider, self._envelope, self._begun = provider, envelope, monotonic()
        self._transcript = Transcript(monotonic, now)
        self._outcome: Accepted | Failure | None = None

    def begin(self, line: "Line") -> bool:
        """Returns whether the try is over already. Raises Gone where nothing was sent, and a new line has to be
        used."""
        provider, transcript = self._provider, self._transcript
        try:
            request = provider.request(self._envelope.personal(), transcript)
            return provider.transport.begin(line, request, transcript)
        except Gone:
            raise
        except Failure as failure:
            self._outcome = failure
        except _BUGS as error:
            self._outcome = self._raised(error)
            line.close()
        return True

    def end(self, line: "Line") -> Result:
        """What came of it."""
        transcript = self._transcript
        outcome = self._outcome or self._judged(line)
        ms = round((transcript.monotonic() - self._begun) * 1000)
        return Result(outcome, transcript.started_at, ms, transcript)

    def _judged(self, line: "Line") -> Accepted | Failure:
        try:
            said = self._said(line)
        except Failure as failure:
            return failure
        except _BUGS as error:
            return self._raised(error)
        return said if isinstance(said, Accepted) else _said_nothing(self._provider, said, self._envelope)

    def _said(self, line: "Line") -> object:
        provider, transcript = self._provider, self._transcript
        try:
            answer = provider.transport.end(line, transcript)
        except Failure as failure:
            raise provider.unanswered(failure) from None
        return provider.judged(answer, transcript)

    def _raised(self, error: BaseException) -> Failure:
        return _raised(self._provider, error, self._envelope)


def _raised(provider: Provider, error: BaseException, envelope: Envelope) -> Failure:
    """A plugin's bug must not lose the message or stop the others."""
    _log.exception("Provider %s raised while sending envelope %s", provider.name, envelope.id)
    return _bug(f"{type(error).__name__}: {error}")


def _said_nothing(provider: Provider, answer: object, envelope: Envelope) -> Failure:
    _log.error("Provider %s gave %r instead of Accepted for envelope %s", provider.name, answer, envelope.id)
    return _bug(f"it did not say what came of it, but {answer!r}")


@lru_cache(maxsize=256)
def _phase(name: str) -> str:
    """A phase's name as it can be stored, whatever the plugin chose: a row that is refused would stop the whole lot."""
    return storable(name, longest=_LONGEST_PHASE)


def _bug(words: str) -> TemporaryFailure:
    """Nobody knows how far it came: it may have arrived."""
    return TemporaryFailure(
        Reason.CONNECT_REFUSED, f"The provider failed: {words}", certainty=Certainty.MAY_HAVE_ARRIVED
    )
