"""Line: one connection to one place, kept by libcurl, which dials only what has been judged."""

import socket
import ssl
import time
from collections.abc import Iterable
from ipaddress import ip_address
from select import POLLIN, poll
from typing import Any

import pycurl

from webapp.domain.envelope import ConfigurationFailure, Failure, Transcript
from webapp.domain.reason import Reason
from webapp.providers._base import Network
from webapp.providers._exchange import Place, Reading, Request
from webapp.providers._handle import new_handle
from webapp.providers._line_faults import Stage, fault
from webapp.providers._net import Deadline, Target, refusal
from webapp.providers._switchboard import Gone

IDLE = 30.0  # seconds after which a server or a firewall may have forgotten a silent connection
LIFE = 60.0  # seconds after which the name is looked up again, and a new connection made
_ON_KEPT = (Stage.REQUEST, Stage.ANSWER)
_LONGEST_WAIT_S = 0.05  # libcurl waits by select(), which knows no descriptor past 1023
_NOTHING_S = 0.002


class Line:
    """One handle of libcurl's with a connection of its own, and the requests that go through it, one after another.

    A request is put through by ``exchange``, which waits for the answer, or in parts by whoever waits for many lines
    at once: ``begin``, ``go_on`` as often as its descriptor has news or its time is up, and ``end``. After any failure
    the line is closed, as it is after an answer that was not read to its end. It may go from thread to thread, and is
    one thread's at a time.
    """

    def __init__(
        self, place: Place, targets: Iterable[Target], allowed: tuple[Network, ...], ca: str, opened_at: float
    ) -> None:
        self.place = place
        self._judged, self._allowed = {str(target) for target in targets}, allowed
        self._opened_at = self._used_at = opened_at
        self._kept_to, self._closed, self._opened = "", False, list[socket.socket]()
        self._handle, self._asked_for = new_handle(ca, idle_s=IDLE), ("", "")
        self._multi, self._added = pycurl.CurlMulti(), False  # its connection lives in here, and is nobody else's
        self.descriptor, self._news = -1, poll()
        self._error: tuple[int, str] | None = None
        # Whatever host libcurl makes of the URL: there is nothing else behind this port.
        self._handle.setopt(pycurl.RESOLVE, [f"*:{place.port}:{','.join(sorted(self._judged))}"])
        self._handle.setopt(pycurl.OPENSOCKETFUNCTION, self._open)
        self._handle.setopt(pycurl.PREREQFUNCTION, self._about_to_ask)
        self._handle.setopt(pycurl.VERBOSE, 1)

    def still_good(self, now: float) -> bool:
        """Whether it may serve another request: young enough, and the far side has neither hung up nor said anything
        unasked."""
        if self._closed or now - self._used_at >= IDLE or now - self._opened_at >= LIFE:
            return False
        # libcurl looks as well, but not at a connection that was used within the last second.
        return self.descriptor >= 0 and not self._news.poll(0)

    @property
    def writes(self) -> bool:
        """Whether a part of the request still has to leave."""
        return self._added and not self._handle.getinfo(pycurl.POSTTRANSFER_TIME_T)

    @property
    def is_closed(self) -> bool:
        """Whether it serves no further request."""
        return self._closed

    def close(self) -> None:
        """Hang up."""
        if not self._closed:
            self._closed = True
            self._let_go_of_handle()
            self._handle.close()
            self._multi.close()

    def exchange(self, request: Request, transcript: Transcript, deadline: Deadline) -> Reading:
        """Ask, and give what was read of the answer. Raises the failures of ``_line_faults`` where there is none, and
        Gone where nothing has left."""
        over = self.begin(request, deadline)
        while not over:
            if self._multi.select(_LONGEST_WAIT_S) < 0:  # there is nothing that it could wait for
                time.sleep(_NOTHING_S)
            over = self.go_on()
        return self.end(transcript)

    def begin(self, request: Request, deadline: Deadline) -> bool:
        """Ask. Whether that is over already. Raises ValueError for headers that would end their line."""
        self._request, self._reading, self._error = request, Reading(kept=bool(self._kept_to)), None
        self._prepare(request)
        if self._kept_to and self._may_not_ask(self._kept_to):
            self._error = pycurl.E_ABORTED_BY_CALLBACK, ""
            return True
        try:
            self._handle.setopt(pycurl.TIMEOUT_MS, max(1, int(deadline.left(3600) * 1000)))
        except TimeoutError:
            self._error = pycurl.E_OPERATION_TIMEDOUT, ""
            return True
        self._multi.add_handle(self._handle)
        self._added = True
        return self.go_on()

    def go_on(self) -> bool:
        """Write and read what can be without waiting. Whether it is over."""
        _, running = self._multi.perform()
        while self._opened:
            self._opened.pop().close()
        return not running

    def end(self, transcript: Transcript) -> Reading:
        """What was read, once it is over; raises as ``exchange`` does."""
        error = self._error or self._outcome()
        try:
            if self._reading.gone and not self._handle.getinfo(pycurl.REQUEST_SIZE):
                raise Gone
            self._write_down(transcript, error)
            self._keep()
        finally:
            self._used_at = transcript.monotonic()
            if error:
                self.close()
            else:
                self._let_go_of_handle()
        return self._reading

    def _outcome(self) -> tuple[int, str] | None:
        """libcurl's code and words where the exchange did not come to its end."""
        _, _, failed = self._multi.info_read()
        self._reading.end()
        if failed:
            return failed[0][1], failed[0][2]
        # Where the connection ends amid the headers, libcurl is content with those it has.
        return None if self._reading.answered else (pycurl.E_GOT_NOTHING, "")

    def _let_go_of_handle(self) -> None:
        """The connection stays."""
        if self._added:
            self._multi.remove_handle(self._handle)
            self._added = False

    def _prepare(self, request: Request) -> None:
        lines = [f"{name}: {value}" if value else f"{name};" for name, value in request.headers.items()]
        # Not asked for "100 Continue": it would only cost a round trip.
        whole = "\n".join((*lines, "Expect:"))
        if "\r" in whole or "\0" in whole or whole.count("\n") != len(lines):
            raise ValueError("A header holds the end of a line.")
        setopt, reading = self._handle.setopt, self._reading
        if (request.method, request.url) != self._asked_for:
            self._ask_for(request)
        setopt(pycurl.HTTPHEADER, whole.encode().split(b"\n"))
        if request.body or request.method not in ("GET", "DELETE"):
            setopt(pycurl.POSTFIELDS, request.body)
        setopt(pycurl.HEADERFUNCTION, reading.heard.append)
        setopt(pycurl.WRITEFUNCTION, reading.take_body)
        if not self._kept_to:
            setopt(pycurl.DEBUGFUNCTION, reading.overhear)

    def _ask_for(self, request: Request) -> None:
        self._handle.setopt(pycurl.URL, request.url)
        self._handle.setopt(pycurl.HTTPGET, 1)  # without a body, until it gets one
        self._handle.setopt(pycurl.CUSTOMREQUEST, request.method)
        self._asked_for = request.method, request.url

    def _keep(self) -> None:
        """The connection stands, and libcurl need not ask back until the answer comes: each question costs as much as
        a header, and waits for whatever else runs in Python."""
        if not self._kept_to:
            self._kept_to, self.descriptor = self._remote(), self._handle.getinfo(pycurl.ACTIVESOCKET)
            self._news.register(max(self.descriptor, 0), POLLIN)
            self._handle.setopt(pycurl.PREREQFUNCTION, None)
            self._handle.setopt(pycurl.VERBOSE, 0)

    # --- what libcurl asks back ---

    def _open(self, purpose: int, found: Any) -> Any:
        """A socket for the address that is about to be dialled; none where it was not judged, or is refused, and none
        in place of a kept connection: libcurl would quietly send the whole request a second time where that breaks
        before the answer."""
        if self._kept_to:
            self._reading.gone = True
            return pycurl.SOCKET_BAD
        address = found.addr[0]
        address = address.decode() if isinstance(address, bytes) else address
        self._reading.dialled = True
        if address not in self._judged or refusal(ip_address(address), self._allowed):
            self._reading.refused = _blocked(address)
            return pycurl.SOCKET_BAD
        # libcurl goes on with a copy of the descriptor, which this one is closed behind.
        self._opened.append(socket.socket(found.family, found.socktype, found.protocol))
        return self._opened[-1]

    def _about_to_ask(self, remote: str, local: str, remote_port: int, local_port: int) -> int:
        """The new connection stands; nothing of the request has left yet."""
        if self._may_not_ask(remote):
            return pycurl.PREREQFUNC_ABORT
        self._reading.stage = Stage.REQUEST
        return pycurl.PREREQFUNC_OK

    def _may_not_ask(self, remote: str) -> bool:
        """Judge the address once more, now that a connection to it stands."""
        reading = self._reading
        if remote not in self._judged:
            reading.refused = _blocked(remote)
        elif self._request.secret and not (self._encrypted or ip_address(remote).is_loopback):
            words = "The credentials were kept back: this connection is not encrypted."
            reading.refused = ConfigurationFailure(Reason.TLS, words)
        return reading.refused is not None

    @property
    def _encrypted(self) -> bool:
        return self._request.url.startswith("https:")

    # --- what there is to tell ---

    def _write_down(self, transcript: Transcript, error: tuple[int, str] | None) -> None:
        """The phases up to the answer, or up to the one that failed, whose failure is raised."""
        reading = self._reading
        failure = self._failure(*error) if error and not reading.answered else None
        for stage in Stage if reading.dialled else _ON_KEPT:
            if failure and stage is reading.stage:
                transcript.note(stage.value, self._took(stage), failure.reply)
                raise failure
            if words := self._words(stage, transcript):
                transcript.note(stage.value, self._took(stage), words)
        reading.took = self._took(Stage.ANSWER)

    def _took(self, stage: Stage) -> float:
        """Seconds; of a stage that was not left, what has passed since the one before it."""
        get = self._handle.getinfo
        if stage is Stage.CONNECT:
            return get(pycurl.CONNECT_TIME)
        if stage is Stage.TLS:
            return max(0.0, (get(pycurl.APPCONNECT_TIME) or get(pycurl.TOTAL_TIME)) - get(pycurl.CONNECT_TIME))
        ready, asked = get(pycurl.PRETRANSFER_TIME), get(pycurl.POSTTRANSFER_TIME_T) / 1e6
        if stage is Stage.REQUEST:
            return max(0.0, (asked or get(pycurl.TOTAL_TIME)) - ready)
        return max(0.0, get(pycurl.TOTAL_TIME) - (asked or ready))

    def _failure(self, code: int, words: str) -> Failure:
        self._reading.stage = self._reached()
        if refused := self._reading.refused:
            return refused
        return fault(self._reading.stage, code, words, self._handle.getinfo(pycurl.OS_ERRNO))

    def _reached(self) -> Stage:
        """Where an exchange broke. As long as one byte of the body has not left, nobody can have taken the request.

        What libcurl counts as sent holds the headers, too; what it counts of the body alone, it forgets where it
        would begin once more. So a body that has left but for less than their length is taken for whole.
        """
        reached, get = self._reading.stage, self._handle.getinfo
        if reached is Stage.CONNECT and get(pycurl.CONNECT_TIME):
            return Stage.TLS
        whole = get(pycurl.REQUEST_SIZE) > len(self._request.body)
        return Stage.ANSWER if reached is Stage.REQUEST and whole else reached

    def _words(self, stage: Stage, transcript: Transcript) -> str:
        if stage is Stage.REQUEST:
            return self._asked()
        if not self._reading.dialled:
            return ""
        if stage is Stage.CONNECT:
            return f"{self._remote()}, port {self._handle.getinfo(pycurl.PRIMARY_PORT)}"
        return self._secured(transcript) if stage is Stage.TLS and self._encrypted else ""

    def _asked(self) -> str:
        request = self._request
        kept = "" if self._reading.dialled else f", on the kept connection to {self._kept_to}"
        return f"{request.method} {request.url.partition('?')[0]}, {len(request.body)} bytes{kept}"

    def _secured(self, transcript: Transcript) -> str:
        """The version of TLS, where libcurl told it, and how long the certificate still lasts."""
        shown = dict(next(iter(self._handle.getinfo(pycurl.INFO_CERTINFO)), ()))
        words = [self._reading.spoken] if self._reading.spoken else []
        if expires := shown.get("Expire date"):
            left_s = ssl.cert_time_to_seconds(expires) - transcript.started_at.timestamp()
            words.append(f"certificate valid until {expires}, {left_s // 86400:.0f} days left")
        return ", ".join(words)

    def _remote(self) -> str:
        return self._handle.getinfo(pycurl.PRIMARY_IP)


def _blocked(address: str) -> Failure:
    return ConfigurationFailure(Reason.BLOCKED_TARGET, f"{address} may not be dialled.")
