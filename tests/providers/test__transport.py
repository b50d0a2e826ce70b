"""What the transport says before anything is dialled: of addresses, and of what a far side asks for."""

import pytest

from tests.support.asking import NOW, failure
from webapp.domain.envelope import ConfigurationFailure
from webapp.domain.reason import Reason
from webapp.providers._transport import leaves_in_clear, problem_in_url, retry_after


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("0", 0), ("7", 7), (" 120 ", 120), ("9" * 5000, 999999999999), ("-5", None), ("1.5", None), ("soon", None),
        ("", None), ("²", None), ("١", None), ("1e9", None), ("nan", None),
        ("Sun, 01 Mar 2026 12:31:00 GMT", 60), ("Sun, 01 Mar 2026 13:31:00 +0100", 60),
        ("Sun, 01 Mar 2026 12:31:00", 60), ("Sun, 01 Mar 2026 12:29:00 GMT", 0),
        ("Sun, 99 Mar 2026 12:29:00 GMT", None), ("Sun, 01 Mar 99999999 12:29:00 GMT", None), ("12:31:00", None),
    ],
)  # fmt: skip
def test_retry_after_is_understood_or_ignored(said, seconds):
    assert retry_after({"retry-after": said}, NOW) == seconds


def test_no_retry_after_asks_for_nothing():
    assert retry_after({}, NOW) is None


@pytest.mark.parametrize(
    "url", ["https://a.example", "http://127.0.0.1:8080/x?y=%20", "HTTPS://a.example/", "https://[::1]/"]
)
def test_an_address_that_can_be_asked(url):
    assert problem_in_url(url) is None


@pytest.mark.parametrize(
    "url",
    ["", "a.example", "//a.example/", "https://@a.example/", "ftp://a.example/", "file:///etc/passwd", "https://",
     "https:///x", "https://a b/", "https://a.example:99999/", "https://a.example:x/", "https://a.example:0/",
     "https://emil:secret@a.example/", "https://münchen.example/", "https://a.example\\@b.example/",
     "https://a.example/\r\nX: y", "https://a.example/#x",
     "https://[::1/", "gopher://a.example/"],
)  # fmt: skip
def test_an_address_that_cannot(url, transport):
    assert (problem_in_url(url) or "").endswith(".")
    found = failure(transport, url)
    assert (type(found), found.reason) == (ConfigurationFailure, Reason.BLOCKED_TARGET)


@pytest.mark.parametrize(
    ("url", "clear"),
    [
        ("https://relay.example.com/", False), ("http://localhost:8080/", False), ("http://127.0.0.2/", False),
        ("http://[::1]/", False), ("http://relay.example.com/", True), ("http://10.0.0.1/", True),
        ("http://localhost.example.com/", True),
    ],
)  # fmt: skip
def test_only_this_machine_is_spoken_to_in_clear(url, clear):
    assert leaves_in_clear(url) is clear
