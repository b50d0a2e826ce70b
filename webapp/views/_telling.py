"""What services and people say, made into what a page shows: sentences with their values, Markdown, bounded counts."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from markupsafe import Markup

from webapp.domain import markup
from webapp.domain.bounded import Bounded
from webapp.domain.medium import Medium
from webapp.domain.wording import Sentence
from webapp.runtime import runtime
from webapp.views import _moments
from webapp.views._reader import local
from webapp.views._words import said


def told(sentence: Sentence) -> str:
    """The sentence in the reader's language, with times in their zone."""
    return said(sentence.text, **{name: _said(value) for name, value in sentence.values.items()})


def when(at: datetime, *, to_the_second: bool = False) -> str:
    """A time within a sentence: the time of day where it is today, else with its date."""
    today = local(runtime().now()).date()
    if local(at).date() == today:
        return _moments.clock(at, to_the_second=to_the_second)
    return _moments.exact(at)


def markdown(text: str) -> Markup:
    """What somebody wrote, as safe HTML."""
    return Markup(markup.to_html(text))  # noqa: S704 - to_html lets nothing active through; that is what it is for


def joined(words: Iterable[str]) -> str:
    """Words of a list within a sentence: e-mail and SMS."""
    *first, last = words
    return said("%(first)s and %(last)s", first=", ".join(first), last=last) if first else last


def capped(count: Bounded) -> str:
    """A bounded count: 7, 1,204, or 10,000+; a question mark where counting stopped before it found any."""
    if count.more and not count:
        return "?"
    return _moments.number(count.n) + ("+" if count.more else "")


def medium(kind: Medium | str) -> str:
    """A medium as the first word of a line: E-mail."""
    words = said(Medium(kind).label)
    return words[:1].upper() + words[1:]


def _said(value: object) -> object:
    """Times, durations and sentences inside a sentence are put into words, too."""
    match value:
        case datetime():
            return _at(value)
        case timedelta():
            return _moments.duration(value)
        case Sentence():
            return told(value)
        case _:
            return value


def _at(moment: datetime) -> str:
    """A time after "at", "by" or "since": 07:00, and on another day 07:00 on 3 Mar 2026."""
    here = local(moment)
    if here.date() == local(runtime().now()).date():
        return _moments.clock(moment)
    return said("%(time)s on %(day)s", time=_moments.clock(moment), day=_moments.date(moment))
