"""The sinks take what comes in whatever pieces, and count it."""

import pytest

from bench.servers.http import ANSWER, HttpConversation
from bench.servers.smtp import SmtpConversation

ASKED = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_requests_in_pieces(step: int) -> None:
    conversation, both = HttpConversation(), ASKED * 2
    heard = [conversation.hear(both[start : start + step]) for start in range(0, len(both), step)]
    assert b"".join(answer for answer, _ in heard) == ANSWER * 2
    assert sum(requests for _, requests in heard) == 2


@pytest.mark.parametrize("step", [1, 5, 1000])
def test_mails_in_pieces(step: int) -> None:
    conversation = SmtpConversation()
    said = b"EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nSubject: x\r\n\r\nDATA\r\n..\r\n.\r\nQUIT\r\n"
    heard = [conversation.hear(said[start : start + step]) for start in range(0, len(said), step)]
    codes = [line[:3] for line in b"".join(answer for answer, _ in heard).split(b"\r\n") if line[3:4] == b" "]
    assert codes == [b"250", b"250", b"250", b"354", b"250", b"221"]
    assert sum(mails for _, mails in heard) == 1
