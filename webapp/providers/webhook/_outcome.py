"""What an endpoint's answer, or the lack of one, means: the one table from status to outcome.

The endpoint is to blame (TARGET) for every failure, so no circuit breaker counts it and nobody else has to wait. A
blocked target and an untrusted certificate are temporary as well: an administrator may list the network, and the
endpoint's owner may renew the certificate, without anybody touching what waits.
"""

from datetime import datetime

from webapp.domain.envelope import Accepted, Blame, Failure, PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.providers._answers import BUSY, certainty_of, wait_asked, words_of
from webapp.providers._transport import Answer
from webapp.providers.webhook._account import Account

GONE = 410

# All of these are retried. The first row that fits decides; a one-digit status stands for all that begin with it.
_TABLE: tuple[tuple[tuple[int, ...], Reason], ...] = (
    (BUSY, Reason.SERVER_BUSY),
    ((3,), Reason.REDIRECTED),
    ((4,), Reason.HTTP_4XX),
    ((5, 6, 7, 8, 9), Reason.HTTP_5XX),
)


def judged(answer: Answer, account: Account, now: datetime) -> Accepted:
    """Accepted for any 2xx; everything else is raised as the failure that it means."""
    status = answer.status
    if status // 100 == 2:
        return Accepted(answer.words)
    if status == GONE:
        raise PermanentFailure(Reason.GONE, answer.words, blame=Blame.TARGET)
    reason = next(reason for statuses, reason in _TABLE if status in statuses or status // 100 in statuses)
    words, waits = words_of(answer, account.mask), wait_asked(answer, now)
    certainty = certainty_of(answer)
    raise TemporaryFailure(reason, words, blame=Blame.TARGET, certainty=certainty, retry_after=waits)


def temporary(failure: Failure) -> TemporaryFailure:
    """The transport's failure, as a temporary one of the endpoint; its certainty is kept."""
    return TemporaryFailure(failure.reason, failure.reply, blame=Blame.TARGET, certainty=failure.certainty)
