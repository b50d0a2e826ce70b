"""An Envelope as the bytes of a mail, for every provider that sends mail.

``build`` is exact: the mail decodes to the envelope's text, whatever its characters, and its bytes are ASCII with lines
of at most 998 characters ended by CR LF. It is also quick: subject and body are encoded once per text, not once per
recipient.
"""

import re
from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Callable
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from functools import lru_cache
from html import escape

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
_LINK = """<p style="max-width:600px;margin:8px auto 0;font-size:13px"><a href="{}" style="color:#767c79">Stop these \
e-mails</a></p>
"""
_BODY_END = re.compile("</body>", re.IGNORECASE)
_BASE64_LINE = 57  # bytes that make one line
_LONGEST = 900  # characters of a header that is not folded; a line may have 998


def build(envelope: Envelope, *, sender: str, sender_name: str = "", reply_to: str = "") -> bytes:
    """The whole mail. ``sender`` and ``reply_to`` are bare addresses.

    Raises PermanentFailure(RECIPIENT_REFUSED) for an invalid recipient address. The bytes are ASCII unless the local
    part of an address is not (see ``international``).
    """
    ours = {
        "From": _named(sender_name, own_mailbox(sender)),
        "To": mailbox(envelope.address),
        "Reply-To": own_mailbox(reply_to) if reply_to else "",
        "Subject": encoded(envelope.subject),
        "Date": _dated(envelope.created_at),
        "Message-ID": envelope.message_id or message_id(envelope.id, sender),
        "X-Belfry-Envelope": envelope.id,
        "References": envelope.references or (message_id(envelope.replaces, sender) if envelope.replaces else ""),
        **_way_out(envelope.unsubscribe),
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
    }
    headers = [f"{name}: {value}\r\n" for name, value in (ours | _further(envelope, ours)).items() if value]
    return "".join(headers).encode() + _content(envelope)


def message_id(envelope_id: str, sender: str) -> str:
    """``<envelope-id@sender's domain>``, by which receivers can drop repeats."""
    return f"<{envelope_id}@{own_mailbox(sender).rpartition('@')[2]}>"


def mailbox(address: str) -> str:
    """A recipient's address as it is given to a server. Raises PermanentFailure where it is invalid."""
    try:
        return spoken(address)
    except ValueError as error:
        raise PermanentFailure(Reason.RECIPIENT_REFUSED, str(error), blame=Blame.RECIPIENT) from None


def own_mailbox(address: str) -> str:
    """The same for an address from the provider's settings: a ConfigurationFailure, since no recipient is to blame."""
    try:
        return spoken(address)
    except ValueError as error:
        raise ConfigurationFailure(Reason.SENDER_REFUSED, str(error)) from None


@lru_cache(maxsize=1024)
def spoken(address: str) -> str:
    """``address`` with its domain in ASCII. Raises ValueError, with a sentence, where it is no address."""
    if _PLAIN_ADDRESS.fullmatch(address):
        return address
    from email_validator import EmailNotValidError, validate_email  # not above: slow to load, for the few others

    try:
        found = validate_email(address, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise ValueError(f"Not an e-mail address: {error}") from None
    return found.ascii_email or f"{found.local_part}@{found.ascii_domain}"


def international(address: str) -> bool:
    """Whether this address, as ``spoken`` returns it, needs a server that offers SMTPUTF8."""
    return not address.isascii()


@lru_cache(maxsize=256)
def encoded(value: str) -> str:
    """``value`` as an unstructured header: unchanged where that is safe, otherwise in encoded words."""
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


@lru_cache(maxsize=64)
def _dated(at: datetime) -> str:
    return format_datetime(at)


def _way_out(address: str | None) -> dict[str, str]:
    """The headers behind a mail program's own unsubscribe button: RFC 2369, and for https one click by RFC 8058."""
    if address is None:
        return {}
    one_click = {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if address.startswith("https:") else {}
    return {"List-Unsubscribe": f"<{address}>", **one_click}


def _further(envelope: Envelope, ours: dict[str, str]) -> dict[str, str]:
    """The envelope's own headers. Raises ValueError for an invalid header, or one that the mail has already."""
    if not envelope.headers:
        return {}
    taken = {name.lower() for name in (*ours, "Content-Type", "Content-Transfer-Encoding")}
    for name in envelope.headers:
        if not _HEADER_NAME.fullmatch(name) or name.lower() in taken:
            raise ValueError(f"An envelope cannot set the header {name!r}.")
    return {name: encoded(value) for name, value in envelope.headers.items()}


def _content(envelope: Envelope) -> bytes:
    """The texts, each with the reader's unsubscribe link: appended where the formatter has left it out."""
    text, html, way_out = envelope.text, envelope.html, envelope.unsubscribe
    begun, begun_html = envelope.shared or (text, html or "")
    line = f"Stop these e-mails: {way_out}\n" if way_out and way_out not in text else ""
    if line and not text.endswith(("\n", "\r")):
        line = f"\n{line}"
    plain = _part("plain", begun, text[len(begun) :] + line)
    if html is None:
        return _ended(plain)
    if way_out and escape(way_out) not in html:
        end = _body_end(html)
        begun_html, html = begun_html[:end], html[:end] + _LINK.format(escape(way_out)) + html[end:]
    line = f"\r\n--{_BOUNDARY}\r\n".encode()
    head = f'Content-Type: multipart/alternative; boundary="{_BOUNDARY}"\r\n'.encode()
    return head + line + plain + line + _part("html", begun_html, html[len(begun_html) :]) + line[:-2] + b"--\r\n"


@lru_cache(maxsize=64)
def _body_end(html: str) -> int:
    return max((found.start() for found in _BODY_END.finditer(html)), default=len(html))


def _part(subtype: str, shared: str, own: str) -> bytes:
    """One part of the mail: ``shared`` is the beginning that other readers get too, ``own`` the rest."""
    head, name, begun, left = _begun(subtype, shared)
    return head + begun + _ENCODINGS[name](left + _BREAKS.sub("\r\n", own).encode("utf-8", "replace"))


@lru_cache(maxsize=64)
def _begun(subtype: str, text: str) -> tuple[bytes, str, bytes, bytes]:
    """The part's head, its encoding, the encoded beginning of ``text``, and the bytes that must be encoded together
    with what follows.

    The shorter encoding is used: mostly ASCII stays legible, everything else stays small.
    """
    raw = _BREAKS.sub("\r\n", text).encode("utf-8", "replace")
    name = min(_ENCODINGS, key=lambda each: len(_ENCODINGS[each](raw)))
    cut = len(raw) - len(raw) % _BASE64_LINE if name == "base64" else raw.rfind(b"\n") + 1
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {name}\r\n\r\n"
    return head.encode(), name, _ENCODINGS[name](raw[:cut]), raw[cut:]


def _quoted_printable(raw: bytes) -> bytes:
    """Quoted-printable with CR LF at every line's end: ``b2a_qp`` alone ends soft breaks with LF where ``raw`` has no
    break."""
    return b2a_qp(raw, istext=True).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _base64(raw: bytes) -> bytes:
    return encodebytes(raw).replace(b"\n", b"\r\n")


_ENCODINGS: dict[str, Callable[[bytes], bytes]] = {"quoted-printable": _quoted_printable, "base64": _base64}


def _ended(body: bytes) -> bytes:
    """A mail must end with a line break. Where the text does not, add a soft one, which decodes to nothing."""
    return body if body.endswith(b"\r\n") else body + b"=\r\n"
