"""How much one poster may post: messages per minute and recipients per hour, counted in the post's own transaction."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from webapp.domain.refusal import Refused, Throttled
from webapp.models import allowance

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits for each poster, over all processes. 0: no limit."""

    posts_per_minute: int = 0
    recipients_per_hour: int = 0


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Quota:
    """The quota of that name: ``most`` per ``window``, of which ``left`` remain until this window ends at ``until``."""

    name: str
    most: int
    left: int
    window: timedelta
    until: datetime


class PostedTooMuch(Throttled):
    """A post that needs more than is left of ``quota``."""

    def __init__(self, problems: Mapping[str, str], *, retry_after: int, quota: Quota) -> None:
        super().__init__(problems, retry_after=retry_after)
        self.quota = quota


@dataclass(frozen=True, slots=True)
class _Limit:
    name: str
    amount: int  # what this post would use
    most: int
    window: timedelta
    told: str


def use(session: Session, *, poster: str, recipients: int, limits: Limits, now: datetime) -> tuple[Quota, ...]:
    """Count one post for so many recipients, and return what is left. The poster's next post waits for this
    transaction, and a rollback undoes the count: the number is exact, and a refused post costs nothing.

    Raises PostedTooMuch where the post needs more than is left, and Refused where it needs more than the whole quota.
    """
    return tuple(_use(session, limit, poster, now) for limit in _used(recipients, limits))


def _use(session: Session, limit: _Limit, poster: str, now: datetime) -> Quota:
    if limit.amount > limit.most:
        raise Refused({limit.name: f"{limit.told} Name fewer people at once."})
    key = f"{limit.name}:{poster}"
    used = allowance.use(session, key=key, amount=limit.amount, most=limit.most, window=limit.window, now=now)
    quota = Quota(limit.name, limit.most, used.remaining, limit.window, used.resets_at)
    if used.allowed:
        return quota
    seconds = -(-(used.resets_at - now) // timedelta(seconds=1))
    sentence = f"{limit.told} {used.remaining} of them are left; there are more in {seconds} seconds."
    raise PostedTooMuch({limit.name: sentence}, retry_after=seconds, quota=quota)


def _used(recipients: int, limits: Limits) -> Iterator[_Limit]:
    if most := limits.posts_per_minute:
        yield _Limit("posts", 1, most, _MINUTE, f"At most {most} messages may be posted in one minute in one name.")
    if recipients and (most := limits.recipients_per_hour):
        yield _Limit(
            "recipients", recipients, most, _HOUR, f"At most {most} people can be posted to in one hour in one name."
        )
