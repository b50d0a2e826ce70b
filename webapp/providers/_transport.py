"""HTTP for every provider that speaks it: guarded, within a deadline, on connections that are kept between requests.

From the door down: ``Transport.ask`` looks the host up (``_net``, the one table of refused networks) and hands the
request to the calling thread's line to that place (``_line``, which libcurl dials and encrypts); what is written and
read there stands in ``_exchange``, and what it means that it broke in one table (``_line_faults``). A status, whatever
it says, is an Answer: what follows from it is the provider's to say.
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

MOST_LINES = 8  # places that one thread keeps a connection to
_LONGEST_S = 3600.0  # whatever a request asks for


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
    """One provider's way out by HTTP, shared by its threads; each of them keeps connections of its own.

    ``allowed`` are the networks that an administrator has listed. ``ca`` are certificates, in PEM, that are trusted
    beside the system's. ``mask`` takes the secrets out of what the far side says.
    """

    def __init__(self, allowed: Iterable[Network], *, ca: str = "", mask: Callable[[str], str] = str) -> None:
        self._allowed, self._ca, self._mask = tuple(allowed), ca, mask
        self._ca_problem = problem_in_certificates(ca) if ca.strip() else None
        self._thread = local()

    def ask(self, request: Request, transcript: Transcript) -> Answer:
        """Send ``request`` once, and give the answer. Each step is a phase of ``transcript``.

        Raises Temporary- or ConfigurationFailure where there is no answer: "may have arrived" only after the request
        had been sent whole. An answer counts from its last header on, whatever becomes of its body. Raises ValueError
        for what cannot be asked, see ``Request.written``.
        """
        line, reading = self._asked(_checked_place(request.url), request, transcript)
        self._keep(line)
        return self._answer(reading, transcript)

    # --- in parts, for one thread that waits for many ---

    def release(self) -> list[Line]:
        """The connections that the calling thread keeps: they are the caller's now, and may go to another thread."""
        lines = list(self._lines().values())
        self._lines().clear()
        return lines

    def begin(self, line: Line, request: Request, transcript: Transcript) -> bool:
        """Send ``request`` on a kept line, without waiting for what comes. Whether it is over already.

        Raises what ``ask`` raises for a request that cannot be sent, and Gone where the line leads elsewhere or no
        longer anywhere, and nothing has left.
        """
        if line.place != _checked_place(request.url):
            raise Gone
        return line.begin(request, request.timeout)

    def end(self, line: Line, transcript: Transcript) -> Answer:
        """The answer, once it is over. Raises what ``ask`` raises."""
        return self._answer(line.end(transcript), transcript)

    def close(self) -> None:
        """Let go of the calling thread's connections."""
        lines = self._lines()
        while lines:
            lines.popitem()[1].close()

    def _asked(self, place: Place, request: Request, transcript: Transcript) -> tuple[Line, Reading]:
        """On the line that is kept to the place, or on a new one."""
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
    """Seconds, none where the time is up: whoever has to wait says what for."""
    try:
        return deadline.left(_LONGEST_S)
    except TimeoutError:
        return 0.0


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that an answer's Retry-After asks for, be it a number or a date; never less than 0. None where it asks
    for nothing that can be understood."""
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
    """Whether what is sent to ``url`` can be read on its way: http to anything but, by its spelling, this machine."""
    parts = urlsplit(url)
    return parts.scheme == "http" and not on_this_machine(parts.hostname or "")


@lru_cache(maxsize=1024)
def _checked_place(url: str) -> Place:
    if problem := problem_in_url(url):
        raise ConfigurationFailure(Reason.BLOCKED_TARGET, f"The address cannot be dialled. {problem}")
    return place(url)
