"""Line: one connection to one place, opened by libcurl, and the exchanges on it, one after another.

Only addresses that ``_net`` has checked are dialled. Requests are written and answers are read here, by the byte, so
that it is known how much of a request has left. libcurl never calls back during an exchange: on a busy process, that
costs more than all the rest.
"""

import socket
import ssl
import time
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_address
from select import POLLIN, POLLOUT, poll
from typing import Any

import pycurl

from webapp.domain.envelope import ConfigurationFailure, Failure, TemporaryFailure, Transcript
from webapp.domain.reason import Reason
from webapp.providers._base import Network
from webapp.providers._exchange import Place, Request
from webapp.providers._handle import new_handle
from webapp.providers._line_faults import Stage, fault
from webapp.providers._net import Target, refusal
from webapp.providers._reading import Reading
from webapp.providers._switchboard import Gone

IDLE = 30.0  # seconds after which a server or a firewall may have forgotten a silent connection
LIFE = 60.0  # seconds after which the name is looked up again, and a new connection made
_PIECE = 16 * 1024  # bytes per read: one full TLS record, so that none of it stays in libcurl's buffer
_SPOKEN = b"SSL connection using "


class Line:
    """One connection, and the requests that go through it.

    ``exchange`` sends a request and waits for the answer. A caller that waits for many lines at once uses its parts:
    ``begin``, then ``go_on`` whenever the descriptor is ready or the time is up, then ``end``. The line is closed after
    any failure, and after an answer that was not read to its end. Threads may pass a line on, but only one may use it
    at a time.
    """

    def __init__(
        self, place: Place, targets: Iterable[Target], allowed: tuple[Network, ...], ca: str, opened_at: float
    ) -> None:
        self.place, self.descriptor = place, -1
        self._judged, self._allowed = {str(target) for target in targets}, allowed
        self._opened_at = self._used_at = opened_at
        self._closed, self._kept = False, False
        self._remote, self._spoken, self._refused = "", "", None
        self._dialled, self._news, self._handle = list[socket.socket](), poll(), new_handle(ca)
        self._rest = memoryview(b"")
        self._handle.setopt(pycurl.URL, f"{place.scheme}://{place}")
        # Any host name resolves to the checked addresses, whatever name libcurl reads from the URL.
        self._handle.setopt(pycurl.RESOLVE, [f"*:{place.port}:{','.join(sorted(self._judged))}"])
        self._handle.setopt(pycurl.OPENSOCKETFUNCTION, self._open)

    def still_good(self, now: float) -> bool:
        """Whether the line can serve another request: it is young, and the far side has neither hung up nor sent
        anything unasked."""
        return self.is_young(now) and not self._news.poll(0)

    def is_young(self, now: float) -> bool:
        """The same as ``still_good``, without asking the system about the socket."""
        return not self._closed and now - self._used_at < IDLE and now - self._opened_at < LIFE

    @property
    def writes(self) -> bool:
        """Whether a part of the request still has to leave."""
        return bool(self._rest)

    @property
    def is_closed(self) -> bool:
        """Whether the line is closed and serves no further request."""
        return self._closed

    def close(self) -> None:
        """Close the connection."""
        self._closed = True
        self._handle.close()

    # --- opening ---

    def open(self, transcript: Transcript, timeout: float) -> None:
        """Connect, and encrypt for https, within ``timeout`` seconds; each is a phase of ``transcript``. Raises the
        failures of ``_line_faults``."""
        get, error = self._handle.getinfo, self._connect(timeout)
        connected = get(pycurl.CONNECT_TIME)
        failure = self._unopened(Stage.TLS if connected else Stage.CONNECT, error) if error else None
        self._remote = get(pycurl.PRIMARY_IP)
        where = f"{self._remote}, port {get(pycurl.PRIMARY_PORT)}"
        transcript.note(Stage.CONNECT, connected, where if connected or not failure else failure.reply)
        if (failure and connected) or (self._encrypted and not failure):
            took = (get(pycurl.APPCONNECT_TIME) or get(pycurl.TOTAL_TIME)) - connected
            transcript.note(Stage.TLS, max(0.0, took), failure.reply if failure else self._secured(transcript))
        if failure:
            self.close()
            raise failure
        self.descriptor = get(pycurl.ACTIVESOCKET)
        self._news.register(self.descriptor, POLLIN)

    def _connect(self, timeout: float) -> pycurl.error | None:
        self._handle.setopt(pycurl.TIMEOUT_MS, max(1, int(timeout * 1000)))
        self._handle.setopt(pycurl.VERBOSE, 1)
        self._handle.setopt(pycurl.DEBUGFUNCTION, self._overhear)
        try:
            self._handle.perform()
        except pycurl.error as error:
            return error
        finally:
            self._handle.setopt(pycurl.VERBOSE, 0)
            while self._dialled:
                self._dialled.pop().close()
        return None

    def _open(self, purpose: int, found: Any) -> Any:
        """A socket for the address that libcurl is about to dial; SOCKET_BAD where it was not checked, or is
        refused."""
        address = found.addr[0]
        address = address.decode() if isinstance(address, bytes) else address
        if address not in self._judged or refusal(ip_address(address), self._allowed):
            self._refused = _blocked(address)
            return pycurl.SOCKET_BAD
        # libcurl uses a duplicate of the descriptor, so this one is closed afterwards.
        self._dialled.append(socket.socket(found.family, found.socktype, found.protocol))
        return self._dialled[-1]

    def _overhear(self, kind: int, words: bytes) -> None:
        """Note the TLS version from libcurl's debug output, the only place where libcurl names it."""
        if kind == pycurl.INFOTYPE_TEXT and words.startswith(_SPOKEN):
            self._spoken = words[len(_SPOKEN) :].split()[0].decode("ascii", "replace")

    def _unopened(self, stage: Stage, error: pycurl.error) -> Failure:
        return self._refused or fault(stage, error, self._handle.getinfo(pycurl.OS_ERRNO))

    @property
    def _encrypted(self) -> bool:
        return self.place.scheme == "https"

    def _secured(self, transcript: Transcript) -> str:
        """The version of TLS, where libcurl told it, and how long the certificate still lasts."""
        shown = dict(next(iter(self._handle.getinfo(pycurl.INFO_CERTINFO)), ()))
        words = [self._spoken] if self._spoken else []
        if expires := shown.get("Expire date"):
            left_s = ssl.cert_time_to_seconds(expires) - transcript.started_at.timestamp()
            words.append(f"certificate valid until {expires}, {left_s // 86400:.0f} days left")
        return ", ".join(words)

    # --- one exchange ---

    def exchange(self, request: Request, transcript: Transcript, timeout: float) -> Reading:
        """Send ``request`` and return what was read of the answer. Raises the failures of ``_line_faults`` where there
        is no answer, and Gone where the kept connection was closed before anything left."""
        try:
            over = self.begin(request, timeout)
            while not over:
                self._wait()
                over = self.go_on()
            return self.end(transcript)
        except BaseException:
            self.close()
            raise

    def begin(self, request: Request, timeout: float) -> bool:
        """Start sending ``request``. Returns whether the exchange is already over, such as by a refusal. Raises Gone
        where the kept connection was closed before anything left, and ValueError for a request that cannot be
        written."""
        self._request, self._reading, self._error = request, Reading(), None
        self._begun = self._left_at = time.monotonic()
        self._due = self._begun + timeout
        self._rest = written = memoryview(request.written())
        self._refused = self._refusal()
        if self._refused:
            return True
        try:
            if timeout <= 0:
                raise TimeoutError
            self._demand_silence()
            self._write()
        except pycurl.error as error:
            if self._kept and self._rest is written:
                self.close()
                raise Gone from None
            self._break_off(error)
        except TimeoutError as error:
            self._error = error
        return self._error is not None

    def go_on(self) -> bool:
        """Read and write as much as is possible without waiting. Returns whether the exchange is over."""
        try:
            if self._read():
                return True
            self._write()
            if time.monotonic() >= self._due:
                raise TimeoutError
        except (pycurl.error, EOFError, ValueError, TimeoutError) as error:
            self._break_off(error)
        return self._error is not None

    def _break_off(self, error: Exception) -> None:
        """Note the error. A far side that hangs up before the whole request has left may have answered why: read
        that."""
        self._error = error
        if self._rest and isinstance(error, pycurl.error):
            with suppress(pycurl.error, EOFError, ValueError):
                self._read()

    def end(self, transcript: Transcript) -> Reading:
        """The answer that was read, once the exchange is over. Raises as ``exchange`` does."""
        reading = self._reading
        try:
            self._write_down(transcript)
        finally:
            self._kept, self._used_at = True, transcript.monotonic()
            if not reading.reusable or self._rest:
                self.close()
        return reading

    def _demand_silence(self) -> None:
        """Raises Gone where anything came unasked: it would be taken for the answer. TLS may have read it already, so
        that polling the socket does not show it."""
        if self._kept and self._encrypted:
            with suppress(BlockingIOError):
                self._handle.recv(_PIECE)
                self.close()
                raise Gone

    def _refusal(self) -> Failure | None:
        """The failure if this request must not go over the connection, by the address it really connected to."""
        if self._remote not in self._judged:
            return _blocked(self._remote)
        if self._request.secret and not (self._encrypted or ip_address(self._remote).is_loopback):
            words = "The credentials were kept back: this connection is not encrypted."
            return ConfigurationFailure(Reason.TLS, words)
        return None

    def _write(self) -> None:
        while self._rest:
            try:
                taken = self._handle.send(self._rest)
            except BlockingIOError:
                return
            self._rest = self._rest[taken:]
            self._left_at = time.monotonic()

    def _read(self) -> bool:
        """Read what has arrived. Returns whether the answer is over."""
        while True:
            try:
                piece = self._handle.recv(_PIECE)
            except BlockingIOError:
                return False
            if self._reading.take(piece):
                return True

    def _wait(self) -> None:
        events = poll()
        events.register(self.descriptor, POLLIN | POLLOUT if self.writes else POLLIN)
        events.poll(max(0.0, self._due - time.monotonic()) * 1000)

    # --- what there is to tell ---

    def _write_down(self, transcript: Transcript) -> None:
        """Write the phases of the exchange into ``transcript``, and raise the failure if there is one."""
        reading, now = self._reading, time.monotonic()
        failure = self._early() if reading.head else self._refused or self._failure()
        sent = self._left_at if not self._rest else now
        if failure and self._rest:
            transcript.note(Stage.REQUEST, sent - self._begun, failure.reply)
            raise failure
        transcript.note(Stage.REQUEST, sent - self._begun, self._asked())
        reading.took = now - sent
        if failure:
            transcript.note(Stage.ANSWER, reading.took, failure.reply)
            raise failure

    def _early(self) -> Failure | None:
        """The failure for a success status that came before the whole request had left: the message was not taken."""
        head = self._reading.head
        if not self._rest or head is None or not 200 <= head.status < 300:
            return None
        return TemporaryFailure(Reason.CONNECT_REFUSED, f"It answered {head.status} before the request had left.")

    def _failure(self) -> Failure:
        """The failure for an exchange without an answer. Until the last byte of the request has left, nobody can have
        taken it."""
        assert self._error  # noqa: S101 — it is over, and there is no answer
        return fault(Stage.REQUEST if self._rest else Stage.ANSWER, self._error)

    def _asked(self) -> str:
        request = self._request
        kept = f", on the kept connection to {self._remote}" if self._kept else ""
        return f"{request.method} {request.url.partition('?')[0]}, {len(request.body)} bytes{kept}"


def _blocked(address: str) -> Failure:
    return ConfigurationFailure(Reason.BLOCKED_TARGET, f"{address} may not be dialled.")
