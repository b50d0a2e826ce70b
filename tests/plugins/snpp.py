"""``snpp``: short texts to pagers, by the Simple Network Paging Protocol (RFC 1861)."""

import socket

from webapp.domain.envelope import (
    Accepted,
    Blame,
    Certainty,
    Envelope,
    Format,
    PermanentFailure,
    TemporaryFailure,
    Transcript,
)
from webapp.domain.field import Field
from webapp.domain.reason import Reason
from webapp.providers import Deadline, Provider, connect, look_up


class Snpp(Provider):
    """One paging server."""

    kind, label, media = "snpp", "Pager (SNPP)", ("sms",)
    summary = "Pages people through an SNPP server."
    fields = (
        Field("host", "Server", required=True, target=True),
        Field("port", "Port", "number", 444, required=True, least=1, most=65535),
    )
    format = Format(max_length=200, html=False)

    @property
    def timeout(self) -> float:
        """All of a try, in seconds."""
        return 10.0

    def send(self, envelope: Envelope, transcript: Transcript) -> Accepted:
        """Number, text, go: the server answers each with a line that begins with a code."""
        deadline, reply = Deadline(self.timeout, transcript.monotonic), ""
        host, port = str(self.settings["host"]), int(self.settings["port"])
        with transcript.phase("connect"):
            found = look_up(host, port, allowed=self.surroundings.allowed_networks, wait=deadline.left(5))
            connection = connect(found, deadline=deadline, timeout=5)
        text = " ".join(envelope.text.split())  # one line: what follows a line's end would be a command
        with connection:
            for command in ("", f"PAGE {envelope.address}", f"MESS {text}", "SEND"):
                with transcript.phase(command[:4].lower() or "greeting") as words:
                    words.append(reply := _asked(connection, command, deadline))
        return Accepted(reply)


def _asked(connection: socket.socket, command: str, deadline: Deadline) -> str:
    """Say ``command``, and give the answer. If none comes after SEND, nobody knows whether it arrived."""
    try:
        connection.settimeout(deadline.left(5))
        connection.sendall(f"{command}\r\n".encode() if command else b"")
        if not (answer := connection.recv(1000).decode(errors="replace").strip()):
            raise ConnectionError("The server hung up.")
    except OSError as error:
        certainty = Certainty.MAY_HAVE_ARRIVED if command == "SEND" else Certainty.NOT_SENT
        reason = Reason.TIMEOUT_AFTER_DATA if command == "SEND" else Reason.TIMEOUT_BEFORE_DATA
        raise TemporaryFailure(reason, str(error), certainty=certainty) from None
    if command.startswith("PAGE") and answer.startswith("550"):
        raise PermanentFailure(Reason.RECIPIENT_REFUSED, answer, blame=Blame.RECIPIENT)
    if not answer.startswith("2"):
        raise TemporaryFailure(Reason.SERVER_BUSY, answer)
    return answer
