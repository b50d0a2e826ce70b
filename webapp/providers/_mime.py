"""An Envelope as the bytes of a mail, for every provider that speaks mail.

``build`` is exact where it matters (what arrives decodes to what was meant, whatever the characters, and the bytes are
ASCII with lines of at most 998 characters ended by CR LF) and quick: subject and body are encoded once per text, not
once per recipient.
"""

import re
from base64 import encodebytes
from binascii import b2a_qp
from email.header import Header
from email.utils import format_datetime
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from webapp.domain.envelope import Blame, ConfigurationFailure, Envelope, PermanentFailure
from webapp.domain.reason import Reason

# "=_" occurs neither in base64 nor in quoted-printable, so that no text can contain the boundary.
_BOUNDARY = "=_belfry"
_BREAKS = re.compile("\r\n|\r|\n")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_PLAIN_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*", re.ASCII
)
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 !#$%&'*+/^_`{|}~-]*", re.ASCII)
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,70}", re.ASCII)
_LONGEST = 900  # characters of a header that is written as it is; a line may have 998


def build(envelope: Envelope, *, sender: str, sender_name: str = "", reply_to: str = "") -> bytes:
    """The whole mail. ``sender`` and ``reply_to`` are bare addresses.

    Raises PermanentFailure(RECIPIENT_REFUSED) where the recipient's address is none. Only an address whose local part
    is not ASCII makes the bytes not ASCII either (``international`` tells).
    """
    ours = {
        "From": _named(sender_name, own_mailbox(sender)),
        "To": mailbox(envelope.address),
        "Reply-To": own_mailbox(reply_to) if reply_to else "",
        "Subject": encoded(envelope.subject),
        "Date": format_datetime(envelope.created_at),
        "Message-ID": envelope.message_id or message_id(envelope.id, sender),
        "X-Belfry-Envelope": envelope.id,
        "References": envelope.references or (message_id(envelope.replaces, sender) if envelope.replaces else ""),
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
    }
    headers = [f"{name}: {value}\r\n" for name, value in (ours | _further(envelope, ours)).items() if value]
    return "".join(headers).encode() + _content(envelope.text, envelope.html)


def message_id(envelope_id: str, sender: str) -> str:
    """``<envelope-id@sender's domain>``, by which receivers can drop repeats."""
    return f"<{envelope_id}@{own_mailbox(sender).rpartition('@')[2]}>"


def mailbox(address: str) -> str:
    """A recipient's address as it is spoken to a server. Raises PermanentFailure where it is none."""
    try:
        return spoken(address)
    except ValueError as error:
        raise PermanentFailure(Reason.RECIPIENT_REFUSED, str(error), blame=Blame.RECIPIENT) from None


def own_mailbox(address: str) -> str:
    """The same for an address out of the provider's settings, which no recipient is to blame for."""
    try:
        return spoken(address)
    except ValueError as error:
        raise ConfigurationFailure(Reason.SENDER_REFUSED, str(error)) from None


@lru_cache(maxsize=1024)
def spoken(address: str) -> str:
    """``address`` with its domain in ASCII. Raises ValueError, with a sentence, where it is no address."""
    if _PLAIN_ADDRESS.fullmatch(address):
        return address
    try:
        found = validate_email(address, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise ValueError(f"Not an e-mail address: {error}") from None
    return found.ascii_email or f"{found.local_part}@{found.ascii_domain}"


def international(address: str) -> bool:
    """Whether only a server that offers SMTPUTF8 can take this address (as ``spoken`` gives it)."""
    return not address.isascii()


@lru_cache(maxsize=256)
def encoded(value: str) -> str:
    """``value`` as an unstructured header: as it is where that is safe, in encoded words where it is not."""
    line = _CONTROLS.sub(" ", value).encode("utf-8", "replace").decode()
    safe = line.isascii() and "=?" not in line and line == line.strip() and len(line) <= _LONGEST
    return (
        line if safe else Header(line, "utf-8", maxlinelen=75, header_name="X-Belfry-Envelope").encode(linesep="\r\n")
    )


@lru_cache(maxsize=64)
def _named(name: str, address: str) -> str:
    if not name:
        return address
    return f"{name if _PLAIN_NAME.fullmatch(name) else _phrase(name)} <{address}>"


def _phrase(name: str) -> str:
    if (line := encoded(name)) != name:
        return line
    return '"' + re.sub(r'([\\"])', r"\\\1", name) + '"'


def _further(envelope: Envelope, ours: dict[str, str]) -> dict[str, str]:
    """The envelope's own headers. Raises ValueError where one is no header, or would be there twice."""
    taken = {name.lower() for name in (*ours, "Content-Type", "Content-Transfer-Encoding")}
    for name in envelope.headers:
        if not _HEADER_NAME.fullmatch(name) or name.lower() in taken:
            raise ValueError(f"An envelope cannot set the header {name!r}.")
    return {name: encoded(value) for name, value in envelope.headers.items()}


@lru_cache(maxsize=32)
def _content(text: str, html: str | None) -> bytes:
    if html is None:
        return _ended(_part("plain", text))
    line = f"\r\n--{_BOUNDARY}\r\n".encode()
    head = f'Content-Type: multipart/alternative; boundary="{_BOUNDARY}"\r\n'.encode()
    return head + line + _part("plain", text) + line + _part("html", html) + line[:-2] + b"--\r\n"


def _part(subtype: str, text: str) -> bytes:
    """One text in the shorter of the two encodings: mostly ASCII stays legible, everything else stays small."""
    raw = _BREAKS.sub("\r\n", text).encode("utf-8", "replace")
    encodings = {
        "quoted-printable": b2a_qp(raw, istext=True),
        "base64": encodebytes(raw).replace(b"\n", b"\r\n"),
    }
    name, body = min(encodings.items(), key=lambda each: len(each[1]))
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {name}\r\n\r\n"
    return head.encode() + body


def _ended(body: bytes) -> bytes:
    """A mail ends with a line's end; where the text does not, it is made a soft one, which decodes to nothing."""
    return body if body.endswith(b"\r\n") else body + b"=\r\n"
