"""What a person may do with deliveries that wait for them, the words for it, and what came of it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext, ngettext

from webapp.services.queue import queue
from webapp.services.queue.queue import Handled, Tab
from webapp.views._moments import number
from webapp.views._telling import when

FEW = 50  # up to so many ticked rows are acted on at once; more are confirmed first
REASONS_TOLD = 3  # reasons for skipping that one message names


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One verb and the tabs that offer it.

    ``ticked``, ``some`` and ``all`` label its buttons: for ticked rows without and with their number (scripts fill it
    in), and for all that match. ``means`` says what would follow, ``means_one`` the same for one; ``one`` and ``many``
    say what was done. ``asks`` labels the button that confirms, where the list's words would not do, for one and for
    many; ``keep`` the way out.
    """

    name: str
    run: Callable[..., Handled]
    tabs: tuple[Tab, ...]
    ticked: str
    some: str
    all: str
    one: str
    many: str
    means: str
    means_one: str = ""
    asks: tuple[str, str] | None = None
    keep: tuple[str, str] | None = None
    key: str = ""
    grave: bool = False

    def perform(self, *, tab: Tab, ids: Sequence[str], by: str, now: datetime) -> Handled:
        """Do it to those that are still on the tab where they were seen."""
        only = {"only": tab.states} if self.run is queue.send_again else {}
        return self.run(ids=ids, by=by, now=now, **only)

    def may_repeat(self, tab: Tab) -> bool:
        """Whether some rows of the tab may have arrived already, so that this would make second copies."""
        return self.run is queue.send_again and tab is Tab.UNKNOWN


ACTS: Mapping[str, Act] = {
    act.name: act
    for act in (
        Act(
            name="send-again",
            run=queue.send_again,
            tabs=(Tab.UNDELIVERABLE, Tab.UNKNOWN),
            ticked="Send ticked ones again",
            some="Send {n} again",
            all="Send all %(n)s again",
            one="1 goes out again.",
            many="%(n)s go out again.",
            means="Each begins anew, with all its tries, its time to live and an id of its own.",
            key="r",
        ),
        Act(
            name="retry-now",
            run=queue.retry_now,
            tabs=(Tab.RETRYING, Tab.HELD),
            ticked="Retry ticked ones now",
            some="Retry {n} now",
            all="Retry all %(n)s now",
            one="1 is tried again now.",
            many="%(n)s are tried again now.",
            means="They are tried at once. What nothing can send yet goes on waiting.",
            key="r",
        ),
        Act(
            name="arrived",
            run=queue.mark_arrived,
            tabs=(Tab.UNKNOWN,),
            ticked="Ticked ones arrived",
            some="{n} arrived",
            all="All %(n)s arrived",
            one="1 is marked as arrived.",
            many="%(n)s are marked as arrived.",
            means="From then on they count as delivered, on your word.",
        ),
        Act(
            name="cancel",
            run=queue.cancel,
            tabs=(Tab.RETRYING, Tab.HELD),
            ticked="Cancel ticked ones",
            some="Cancel {n}",
            all="Cancel all %(n)s",
            one="1 is cancelled.",
            many="%(n)s are cancelled.",
            means="They will not be sent. Every inbox keeps its copy.",
            means_one="It will not be sent. The inbox keeps its copy.",
            asks=("Cancel 1 delivery", "Cancel %(n)s deliveries"),
            keep=("Keep it", "Keep them"),
            grave=True,
        ),
    )
}


def asking(act: Act, tab: Tab, count: int, snapshot: datetime | None) -> dict[str, str]:
    """The ``verb`` with its number, the ``way_out``, and what would follow: a ``sentence``, and ``more``.

    ``snapshot``: the time of the page, where all that match are meant and not the ticked ones.
    """
    words = [gettext(act.means_one if act.means_one and count == 1 else act.means)]
    if act.may_repeat(tab):
        words.insert(0, gettext("They may have arrived: whoever has got it gets it a second time."))
    if snapshot:
        words.append(gettext("What has come since %(at)s is left alone.", at=when(snapshot)))
    if snapshot and count == queue.MOST_COUNTED:
        words.append(gettext("These are the %(n)s oldest; the others stay where they are.", n=number(count)))
    return {
        "verb": _of(act.asks, count) or gettext(act.some).format(n=number(count)),
        "way_out": _of(act.keep, count),
        "sentence": words[0],
        "more": " ".join(words[1:]),
    }


def _of(words: tuple[str, str] | None, count: int) -> str:
    """Those for one or for many, with the number."""
    return ngettext(*words, count, n=number(count)) if words else ""


def acts_for(tab: Tab) -> list[Act]:
    """The verbs of a tab, the usual one first."""
    return [act for act in ACTS.values() if tab in act.tabs]


def told(act: Act, handled: Handled) -> tuple[str, str]:
    """What was done in words, and their tone: success, or that some rows were skipped."""
    done, skipped = len(handled.done), Counter(handled.skipped.values())
    named = skipped.most_common(REASONS_TOLD)
    words = [ngettext(act.one, act.many, done, n=number(done))] if done else []
    words += [_left(n, gettext(why)) for why, n in named]
    if rest := skipped.total() - sum(n for _, n in named):
        words.append(ngettext("1 more was left.", "%(n)s more were left.", rest, n=number(rest)))
    return " ".join(words), "warning" if skipped else "message"


def _left(n: int, why: str) -> str:
    return ngettext("1 was left: %(why)s", "%(n)s were left: %(why)s", n, n=number(n), why=why)
