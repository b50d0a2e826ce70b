"""HTTP for every provider that speaks it: guarded, within a deadline, on connections that are kept between requests.

From the door down: ``Transport.ask`` looks the host up (``_net``, the one table of refused networks) and hands the
request to the calling thread's line to that place (``_line``). ``_exchange`` and ``_reading`` hold the bytes of request
and answer; ``_line_faults`` says what a broken exchange means. Any status is an Answer: the provider decides what it
means.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from threading import local
from urllib.parse import urlsplit

import pycurl

from webapp.domain.envelope import ConfigurationFailure, Failure, TemporaryFailure, Transcript
from webapp.domain.reason import Reason
from webapp.providers._base import Network
from webapp.providers._exchange import PORTS, Place, Request, legible, place
from webapp.providers._line import Line
from webapp.providers._net import Deadline, Target, allowed_words, look_up, on_this_machine
from webapp.providers._reading import Reading
from webapp.providers._switchboard import Gone
from webapp.providers._trust import problem_in_certificates

__all__ = ["Answer", "Request", "Transport", "leaves_in_clear", "problem_in_url", "retry_after"]

MOST_LINES = 8  # places to which one thread keeps a connection
_LONGEST_S = 3600.0  # the longest timeout, whatever a request asks for


@dataclass(frozen=True, slots=True)
class Answer:
    """What the far side said. Header names are in lower case, ``body`` is cut at 64 KB.

    ``words`` are fit to be shown and kept: the status and the first 4 KB, masked and legible.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    words: str


class Transport:
    """One provider's HTTP client, shared by its threads; each thread keeps its own connections.

    ``allowed`` are the networks that an administrator has listed. ``ca`` are certificates in PEM, trusted besides the
    system's. ``mask`` removes the secrets from what the far side says.
    """

    def __init__(self, allowed: Iterable[Network], *, ca: str = "", mask: Callable[[str], str] = str) -> None:
        self._allowed, self._ca, self._mask = tuple(allowed), ca, mask
        self._ca_problem = problem_in_certificates(ca) if ca.strip() else None
        self._thread = local()

    def ask(self, request: Request, transcript: Transcript) -> Answer:
        """Send ``request`` once and return the answer. Each step is a phase of ``transcript``.

        Raises Temporary- or ConfigurationFailure where there is no answer: "may have arrived" only after the request
        had been sent whole. An answer counts once its headers are complete, even if its body breaks off. Raises
        ValueError for an invalid request, see ``Request.written``.
        """
        line, reading = self._asked(_checked_place(request.url), request, transcript)
        self._keep(line)
        return self._answer(reading, transcript)

    # --- in parts, for one thread that waits for many ---

    def release(self) -> list[Line]:
        """The calling thread's kept connections, handed to the caller, who may pass them to another thread."""
        lines = list(self._lines().values())
        self._lines().clear()
        return lines

    def begin(self, line: Line, request: Request, transcript: Transcript) -> bool:
        """Start sending ``request`` on a kept line, without waiting for the answer. Returns whether it is over already.

        Raises what ``ask`` raises for a request that cannot be sent. Raises Gone, with nothing sent, where the line
        leads to another place or was closed.
        """
        if line.place != _checked_place(request.url):
            raise Gone
        return line.begin(request, request.timeout)

    def end(self, line: Line, transcript: Transcript) -> Answer:
        """The answer, once the exchange is over. Raises what ``ask`` raises."""
        return self._answer(line.end(transcript), transcript)

    def close(self) -> None:
        """Close the calling thread's connections."""
        lines = self._lines()
        while lines:
            lines.popitem()[1].close()

    def _asked(self, place: Place, request: Request, transcript: Transcript) -> tuple[Line, Reading]:
        """Send on the line kept to ``place``, or on a new one."""
        deadline = Deadline(request.timeout, transcript.monotonic)
        line = self._lines().pop(place, None)
        if line is not None:
            with suppress(Gone):
                if line.still_good(transcript.monotonic()):
                    return line, line.exchange(request, transcript, request.timeout)
            line.close()
        line = self._new_line(place, transcript, deadline)
        try:
            line.open(transcript, _left(deadline))
            return line, line.exchange(request, transcript, _left(deadline))
        except BaseException:
            line.close()
            raise

    def _new_line(self, place: Place, transcript: Transcript, deadline: Deadline) -> Line:
        with transcript.phase("look-up") as words:
            try:
                self._demand_readable_ca()
                targets = look_up(place.host, place.port, allowed=self._allowed, wait=_left(deadline))
                self._demand_encryption(place, targets)
            except Failure as failure:
                words.append(failure.reply)
                raise
            words.append(allowed_words(place.host, targets))
        try:
            return Line(place, targets, self._allowed, self._ca, transcript.monotonic())
        except (OSError, pycurl.error) as error:  # such as too many open files
            raise TemporaryFailure(Reason.CONNECT_REFUSED, f"No connection could be begun: {error}") from error

    def _demand_readable_ca(self) -> None:
        if self._ca_problem:
            raise ConfigurationFailure(Reason.TLS, self._ca_problem)

    def _demand_encryption(self, place: Place, targets: list[Target]) -> None:
        if place.scheme == "http" and not all(target.within(self._allowed) for target in targets):
            words = f"{place.host} is on the public Internet: use https, so that nobody reads along."
            raise ConfigurationFailure(Reason.TLS, words)

    def _keep(self, line: Line) -> None:
        lines = self._lines()
        lines[line.place] = line
        if len(lines) > MOST_LINES:
            lines.pop(next(iter(lines))).close()

    def _answer(self, reading: Reading, transcript: Transcript) -> Answer:
        head, body = reading.head, reading.body
        assert head  # noqa: S101 — where there is none, its line has raised a failure
        words = legible(f"{head.words}\n{body.decode('utf-8', 'replace')}".strip(), self._mask)
        transcript.note("answer", reading.took, words)
        return Answer(head.status, head.headers, body, words)

    def _lines(self) -> dict[Place, Line]:
        if not hasattr(self._thread, "lines"):
            self._thread.lines = {}
        return self._thread.lines


def _left(deadline: Deadline) -> float:
    """Seconds left, 0 where the time is up: the next step then fails with its own timeout."""
    try:
        return deadline.left(_LONGEST_S)
    except TimeoutError:
        return 0.0


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that an answer's Retry-After asks for, given as a number or a date; at least 0. None where there is no
    such header or it cannot be understood."""
    asked = headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked[:12])
    try:
        at = parsedate_to_datetime(asked)
        return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def problem_in_url(url: str) -> str | None:
    """Why ``url`` cannot be asked, as a sentence, or None where it can."""
    if not url.isascii() or not url.isprintable() or any(sign in url for sign in ' \\"<>^`{|}'):
        return "Only ASCII, please, without spaces: a host as xn--…, a path with %…."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "This is not an address."
    if parts.scheme not in PORTS or not parts.hostname or port == 0:
        return "An address that begins with https://, please, such as https://relay.example.com/send."
    if "@" in parts.netloc:
        return "No user name or password in the address, please: everybody who sees it would see them."
    return "Nothing behind a #, please: it is never sent." if "#" in url else None


def leaves_in_clear(url: str) -> bool:
    """Whether what is sent to ``url`` can be read on its way: plain http to any host but this machine, by its
    spelling."""
    parts = urlsplit(url)
    return parts.scheme == "http" and not on_this_machine(parts.hostname or "")


@lru_cache(maxsize=1024)
def _checked_place(url: str) -> Place:
    if problem := problem_in_url(url):
        raise ConfigurationFailure(Reason.BLOCKED_TARGET, f"The address cannot be dialled. {problem}")
    return place(url)
