"""What goes over the wire: requests, answers, refusals in Twilio's form, and signed callbacks."""

import hmac
import http.client
import json
import secrets
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit


def sid(prefix: str) -> str:
    """A new identifier of Twilio's form: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


@dataclass
class Request:
    """What was asked, and by whom."""

    path: str
    form: dict[str, str]
    user: str
    password: str
    headers: dict[str, str]


@dataclass
class Said:
    """An answer. A body other than bytes is sent as JSON; ``late`` delays it by so many seconds."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    late: float = 0.0


class No(Exception):
    """Twilio refuses: its HTTP status, its own code, and its words."""

    def __init__(self, status: int, code: int, message: str) -> None:
        self.said = refusal(status, code, message)


def refusal(status: int, code: int, message: str, headers: Mapping[str, str] | None = None) -> Said:
    """A refusal in Twilio's form."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Said(status, {"code": code, "message": message, "more_info": more, "status": status}, headers or {})


def signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """The value of X-Twilio-Signature: the address and the sorted form, signed with the auth token."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    return b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()


def post(url: str, form: Mapping[str, str], signed: str) -> int:
    """Call a callback. Returns its HTTP status."""
    parts = urlsplit(url)
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = make(parts.netloc, timeout=30)
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8", "X-Twilio-Signature": signed}
    try:
        path = parts._replace(scheme="", netloc="", fragment="").geturl()
        connection.request("POST", path, urlencode(form), headers)
        return connection.getresponse().status
    finally:
        connection.close()


def handler(said_to: Callable[[Request], Said]) -> type[BaseHTTPRequestHandler]:
    """A handler that answers each POST with the result of ``said_to``."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            form = dict(parse_qsl(text, keep_blank_values=True))
            user, password = _signed_in(self.headers.get("Authorization", ""))
            self._say(said_to(Request(self.path, form, user, password, dict(self.headers))))

        def _say(self, said: Said) -> None:
            time.sleep(said.late)
            body = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
            self.send_response(said.status)
            usual = {"Content-Type": "application/json", "Content-Length": str(len(body))}
            for name, value in {**usual, **said.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: tests read the recorded requests, not a log."""

    return Handler


def _signed_in(header: str) -> tuple[str, str]:
    name, _, encoded = header.partition(" ")
    user, _, password = b64decode(encoded).decode().partition(":") if name == "Basic" else ("", "", "")
    return user, password
