"""The headers that an administrator adds, and those that nobody may."""

import pytest

from webapp.providers._headers import LONGEST, MOST, header_lines


@pytest.mark.parametrize(
    ("typed", "headers"),
    [
        ("", {}),
        (" \r\n \n", {}),
        ("X-Tenant: blue", {"X-Tenant": "blue"}),
        ("X-A:blue:green\r\nAccept: a/b\n\n X-Empty:\n", {"X-A": "blue:green", "Accept": "a/b", "X-Empty": ""}),
        ("X-A: 1\rX-B: 2", {"X-A": "1", "X-B": "2"}),
        ("User-Agent: Ours/1", {"User-Agent": "Ours/1"}),
    ],
)  # fmt: skip
def test_one_in_a_line(typed, headers):
    assert header_lines(typed) == headers


@pytest.mark.parametrize(
    "typed",
    [
        "X-Tenant", ": blue", "X Tenant: blue", "X-Tenant : blue", "X-Ténant: blue", "(comment): x",
        "X-A: 1\nx-a: 2", "X-A: a\tb", "X-A: a\x00b", "X-A: a\x0bX-B: c", "X-A: a\x85X-B: c", "X-A: a\u2028X-B: c",
        "X-A: größer", "X-A: " + "a" * (LONGEST + 1), "\n".join(f"X-{n}: 1" for n in range(MOST + 1)),
        "Host: elsewhere.example.com", "Connection: close", "Keep-Alive: 5", "Transfer-Encoding: chunked",
        "TE: trailers", "Trailer: X", "Upgrade: h2c", "Expect: 100-continue", "Proxy-Authorization: x",
        "Proxy-Connection: close", "Content-Type: text/plain", "content-length: 5", "Content-Encoding: gzip",
        "Accept-Encoding: gzip",
        "Webhook-Id: mine", "webhook-signature: v1,x", "WEBHOOK-TIMESTAMP: 0", "Zitadel-Signature: t=0",
        "Authorization: Bearer x", "Cookie: a=b",
    ],
)  # fmt: skip
def test_what_is_refused(typed):
    with pytest.raises(ValueError, match=r"\.$"):
        header_lines(typed)


def test_a_secret_is_sent_to_the_sign_in():
    with pytest.raises(ValueError, match="sign-in"):
        header_lines("authorization: Bearer x")
