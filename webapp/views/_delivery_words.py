"""The story of a delivery in words: the stops of its strip, its tries past and to come."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext as _

from webapp.domain.delivery_state import FINAL
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.reason import Reason
from webapp.domain.said import CHOSEN_TIMES
from webapp.domain.strip import Mark, Stop
from webapp.domain.wording import Reader
from webapp.services.queue.story import Ahead, PastTry, Story
from webapp.views._moments import duration, number, took
from webapp.views._telling import when

_TONES = {
    S.SENDING: "accent", S.RETRYING: "brass", S.SENT: "leaf", S.DELIVERED: "leaf", S.UNDELIVERABLE: "brick",
    S.UNKNOWN: "brick",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A stop as the strip draws it; ``edge`` is how long it took from here to the next one."""

    word: str
    step: str
    state: str
    tone: str = ""
    when: str = ""
    edge: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A try as the list of tries shows it."""

    title: str
    took: str = ""
    said: str = ""
    tone: str = ""
    marks: tuple[str, ...] = ()
    url: str | None = None
    active: bool = False
    future: bool = False
    generation: int = 0


# --- the strip ------------------------------------------------------------------------------------------------------


def stops(it: Story) -> list[Shown]:
    """The stops so far, the present one, and those ahead."""
    return [_stop(stop, it) for stop in it.strip]


def _stop(stop: Stop, it: Story) -> Shown:
    step = {Mark.STANDS: "now", Mark.AHEAD: "later"}.get(stop.mark, "done")
    tone = _TONES.get(stop.state, "slate") if stop.mark in {Mark.STANDS, Mark.PASSED} else ""
    told = {"word": _word(stop, it), "when": _at(stop), "edge": _edge(stop.lasted)}
    return Shown(step=step, state=stop.state.value, tone=tone, **told)


def _edge(lasted: timedelta | None) -> str:
    if not lasted:
        return ""
    return duration(lasted) if lasted.total_seconds() >= 1 else took(round(lasted.total_seconds() * 1000))


def _word(stop: Stop, it: Story) -> str:
    if stop.mark is Mark.POSTED:
        return _("Posted")
    if stop.mark is Mark.SENT_AGAIN:
        return _("Sent again")
    if stop.mark is Mark.TRIED:
        return _tried(stop.tries)
    if stop.mark is Mark.STANDS and stop.state not in FINAL:
        return _waiting(stop, it)
    if stop.mark is Mark.PASSED and stop.reason and stop.reason in CHOSEN_TIMES:
        return _waited(stop.reason, it)
    return _("Held") if stop.state is S.HELD else _(stop.state.label)


def _waited(chosen: Reason, it: Story) -> str:
    """Without the recipient's rule, which its sender must not read."""
    if it.reader is Reader.SENDER:
        return _("Waited for a time that %(who)s chose", who=it.recipient.display_name)
    return _("%(why)s: waited", why=_(chosen.words.label))


def _waiting(stop: Stop, it: Story) -> str:
    """What it waits for and until when, as far as the reader may know."""
    if it.chosen_time:
        return _("Waiting for a time that %(who)s chose", who=it.recipient.display_name)
    why = _(it.reason.words.label) if it.reason else ""
    if stop.state is S.HELD:
        return _("Held: %(why)s", why=why) if why and it.operator else _("Held")
    if stop.state is S.SENDING or it.due_at is None or it.due_at <= _reached(stop):
        return _(stop.state.label)
    if it.reason in CHOSEN_TIMES:
        return _("%(why)s: waiting for %(at)s", why=why, at=when(it.due_at))
    return _("Waiting for %(at)s", at=when(it.due_at))


def _reached(stop: Stop) -> datetime:
    """When the stop was reached; only stops ahead have no time."""
    assert stop.at is not None  # noqa: S101 - see Stop
    return stop.at


def _tried(tries: int) -> str:
    return (
        _("Tried once") if tries == 1 else _("Tried twice") if tries == 2 else _("Tried %(n)s times", n=number(tries))
    )


def _at(stop: Stop) -> str:
    if stop.at is None:
        return ""
    if stop.mark is Mark.STANDS and stop.state not in FINAL:
        return _("since %(at)s", at=when(stop.at))
    return when(stop.at)


# --- tries ----------------------------------------------------------------------------------------------------------


def opened(it: Story, asked: str | None) -> PastTry | None:
    """The try that is shown in full: the one that is asked for by its id, else the newest."""
    return next((one for one in it.tries if str(one.id) == asked), it.tries[0] if it.tries else None)


def past(it: Story, chosen: PastTry | None) -> list[Item]:
    """The tries that were made, newest first."""
    return [_past(one, it, one is chosen) for one in it.tries]


def _past(one: PastTry, it: Story, active: bool) -> Item:
    return Item(
        title=_("Try %(n)s · %(at)s", n=one.number, at=when(one.at, to_the_second=True)),
        took=took(one.ms),
        said=_said(one, it),
        tone="ok" if one.accepted else "failed",
        marks=_marks(one, it),
        url=url_for("deliveries.show", id=it.id, open=one.id) if it.operator else None,
        active=active and it.operator,
        generation=one.generation,
    )


def _said(one: PastTry, it: Story) -> str:
    """The result of a try; a sender only reads that it failed."""
    if one.accepted:
        return _("Taken by %(provider)s", provider=one.provider) if one.provider else _("Handed over")
    if not it.operator:
        return _("It may have arrived") if one.may_have_arrived else _("It did not get through")
    label = _(one.reason.words.label) if one.reason else _("Failed")
    return _("%(phase)s: %(label)s", phase=one.phase, label=label) if one.phase else label


def _marks(one: PastTry, it: Story) -> tuple[str, ...]:
    marks = []
    if one.repeat:
        marks.append(_("possible repeat"))
    if one.may_have_arrived and it.operator:
        marks.append(_("may have arrived"))
    if not one.counted:
        marks.append(_("not counted"))
    return tuple(marks)


def to_come(it: Story) -> list[Item]:
    """The tries still to be made, the last one first, since they stand above those made."""
    return [_to_come(one, first=n == 0) for n, one in enumerate(it.ahead)][::-1]


def _to_come(one: Ahead, *, first: bool) -> Item:
    said = _("next") if first else _("if the one before fails")
    return Item(title=_("Try %(n)s · %(at)s", n=one.number, at=_about(one, first)), said=said, future=True)


def _about(one: Ahead, first: bool) -> str:
    if first:
        return when(one.earliest)
    if (one.latest - one.earliest).total_seconds() >= 60 or when(one.earliest) != when(one.latest):
        return _("between %(first)s and %(last)s", first=when(one.earliest), last=when(one.latest))
    return _("about %(at)s", at=when(one.earliest))
