"""Commands by which a person takes a hand in the queue, and its numbers."""

from datetime import datetime, timedelta
from typing import Any

import click

from webapp.cli._output import Failed, command
from webapp.cli._times import Duration, Moment, in_zone
from webapp.cli._who import who
from webapp.domain.delivery_state import DeliveryState
from webapp.domain.reason import Reason
from webapp.domain.refusal import Refused
from webapp.runtime import runtime
from webapp.services.queue import queue, statistics
from webapp.services.queue.queue import Filters, Handled
from webapp.services.queue.statistics import Statistics

_S = DeliveryState
# Deliveries that may have arrived are sent again only where that is asked for by name.
_ENDED = (_S.UNDELIVERABLE, _S.CANCELLED, _S.FILTERED)
_SELECTABLE = (*_ENDED, _S.UNKNOWN)


@click.command("send-again")
@click.argument("ids", nargs=-1, metavar="ID …")
@click.option("--older-than", type=Duration(), help="All that ended longer ago than 90 (seconds), 10m, 2h, 1d.")
@click.option("--between", type=(Moment(), Moment()), metavar="FROM TO", help="All that ended from FROM on, before TO.")
@click.option("--subscriber", metavar="NAME", help="Only what was for that subscriber.")
@click.option("--reason", type=click.Choice(list(Reason), case_sensitive=False), metavar="REASON", help="Why it ended.")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in _SELECTABLE]),
    help="What it ended as. Without it: undeliverable; with a --reason cancelled and filtered too.",
)
@command
def send_again(
    *,
    ids: tuple[str, ...],
    older_than: timedelta | None,
    between: tuple[datetime, datetime] | None,
    subscriber: str | None,
    reason: Reason | None,
    states: tuple[str, ...],
) -> dict[str, Any] | Failed:
    """Take up anew what has ended: by its ids, or all that the options select, with all its tries, due now."""
    now = runtime().now()
    selecting = bool(older_than is not None or between or subscriber or reason or states)
    if selecting == bool(ids):
        raise Refused({"ids": "Name deliveries by their ids, or select them by options: one or the other, please."})
    if ids:
        return _answer(queue.send_again(ids=ids, by=who(), now=now))
    since, before = _bounds(older_than, between, now)
    wanted = tuple(map(DeliveryState, states)) or (_ENDED if reason else _ENDED[:1])
    filters = Filters(states=wanted, subscriber=subscriber, reason=reason, since=since, before=before)
    return _answer(queue.send_again_matching(filters=filters, by=who(), now=now))


@click.command("retry-now")
@click.argument("ids", nargs=-1, required=True, metavar="ID …")
@command
def retry_now(*, ids: tuple[str, ...]) -> dict[str, Any] | Failed:
    """Make the next try of what is retried or held due now, with the same envelope."""
    return _answer(queue.retry_now(ids=ids, by=who(), now=runtime().now()))


@click.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID …")
@command
def cancel(*, ids: tuple[str, ...]) -> dict[str, Any] | Failed:
    """Stop what has not left yet."""
    return _answer(queue.cancel(ids=ids, by=who(), now=runtime().now()))


@click.command("statistics")
@command
def statistics_() -> Statistics:
    """Count the queue: by state, what is due and held, why things failed, and by type."""
    return statistics.count(now=runtime().now())


def _bounds(
    older_than: timedelta | None, between: tuple[datetime, datetime] | None, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """The times from which on, and before which."""
    if between is None:
        return None, None if older_than is None else _before(now, older_than)
    if older_than is not None:
        raise Refused({"between": "Give --older-than or --between, not both."})
    since, before = (in_zone(moment, now) for moment in between)
    if since >= before:
        raise Refused({"between": "FROM has to be before TO."})
    return since, before


def _before(now: datetime, older_than: timedelta) -> datetime:
    try:
        return now - older_than
    except OverflowError:
        raise Refused({"older-than": "Nothing is as old as that."}) from None


def _answer(handled: Handled) -> dict[str, Any] | Failed:
    """What was done. Skipped ids are also reported on stderr, with reasons, and the command then fails."""
    for id, why in handled.skipped.items():
        click.echo(f"{id}: {why}", err=True)
    answer = {"done": handled.done, "skipped": handled.skipped}
    return Failed(answer) if handled.skipped else answer


commands = [send_again, retry_now, cancel, statistics_]
