"""What a service's answer means: the one table from status to outcome."""

from datetime import datetime

from webapp.domain.envelope import (
    Accepted,
    Blame,
    ConfigurationFailure,
    Failure,
    PermanentFailure,
    TemporaryFailure,
)
from webapp.domain.reason import Reason
from webapp.providers._answers import BUSY, certainty_of, wait_asked, words_of
from webapp.providers._transport import Answer
from webapp.providers.http._account import Account

_B = Blame

# All of these are retried. The first row that fits decides; a one-digit status stands for all that begin with it. A
# failure that only the address can cause counts against the provider; a verdict on the content does not.
_TABLE: tuple[tuple[tuple[int, ...], Reason, Blame], ...] = (
    (BUSY, Reason.SERVER_BUSY, _B.PROVIDER),
    ((3,), Reason.REDIRECTED, _B.PROVIDER),
    ((401, 403, 404, 405, 407, 408, 421), Reason.HTTP_4XX, _B.PROVIDER),
    ((4,), Reason.HTTP_4XX, _B.CONTENT),
    ((5, 6, 7, 8, 9), Reason.HTTP_5XX, _B.PROVIDER),
)


def judged(answer: Answer, account: Account, now: datetime) -> Accepted:
    """Accepted for any 2xx; everything else is raised as the failure that it means."""
    status = answer.status
    if status // 100 == 2:
        return Accepted(answer.words)
    if status in account.give_up:
        raise _final(status, answer.words)
    if status in (401, 403) and account.credentials.signs_in:
        raise ConfigurationFailure(Reason.AUTH, answer.words)
    raise _for_now(answer, account, now)


def _final(status: int, words: str) -> Failure:
    """The failure for a status at which an administrator has said to give up."""
    if status == 410:
        return PermanentFailure(Reason.GONE, words, blame=Blame.TARGET)
    return PermanentFailure(Reason.HTTP_4XX if status < 500 else Reason.HTTP_5XX, words, blame=Blame.CONTENT)


def _for_now(answer: Answer, account: Account, now: datetime) -> Failure:
    status = answer.status
    reason, blame = next(row[1:] for row in _TABLE if status in row[0] or status // 100 in row[0])
    words, waits = words_of(answer, account.mask), wait_asked(answer, now)
    return TemporaryFailure(reason, words, blame=blame, certainty=certainty_of(answer), retry_after=waits)
