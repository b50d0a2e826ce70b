"""Sentences in English and UTC, and every combination of values that they can contain."""

import re
from datetime import UTC, datetime, time, timedelta
from itertools import product

from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.digest import Digest
from webapp.domain.evidence import NOTHING, Evidence
from webapp.domain.medium import Medium
from webapp.domain.reason import Reason
from webapp.domain.wording import Course, Sentence

NOW = datetime(2026, 3, 2, 14, 2, tzinfo=UTC)
SOON = NOW + timedelta(minutes=3)
MORNING = NOW.replace(day=3, hour=7, minute=0)


def course(state: S, reason: Reason | None = None, **more) -> Course:
    usual = {
        "who": "Bo", "channel": "Releases", "sender": "Edith", "medium": Medium.EMAIL, "tries": 4, "due_at": NOW,
        "expires_at": MORNING, "since": NOW, "by": "olaf",
    }  # fmt: skip
    return Course(state=state, reason=reason, **usual | more)


def plain(sentence: Sentence) -> str:
    return sentence.text % {name: word(sentence.values[name]) for name in re.findall(r"%\((\w+)\)s", sentence.text)}


def word(value: object) -> object:
    match value:
        case Sentence():
            return plain(value)
        case timedelta():
            return f"{value.total_seconds() / 60:g} min"
        case datetime():
            return f"{value:%H:%M}"
        case _:
            assert value is not None, "A place that nothing fills."
            return value


def every_course() -> list[Course]:
    """Each state with each reason and each error, waiting or not, with everything known about it or nothing."""
    much = Evidence(
        muted="sender", until=SOON, read_at=NOW, digest=Digest(time(17)), zone="Europe/Berlin",
        unread_for=timedelta(minutes=15), formatters="digest, plain", provider="main", instead_of=Reason.QUIET_HOURS,
    )  # fmt: skip
    reasons = [None, *Reason]
    told = product(S, reasons, [None, Reason.AUTH, Reason.TIMEOUT_AFTER_DATA], [NOW, SOON], [NOTHING, much])
    return [
        course(
            state, reason, trouble=trouble, far="mail.example", due_at=due, evidence=known, upcoming=due > NOW,
            failures=bool(trouble), told_later=later, provider="main",
        )
        for state, reason, trouble, due, known in told
        for later in ({False, state in {S.DELIVERED, S.UNDELIVERABLE}})
    ]  # fmt: skip
