"""What a kept decision says beyond its reason."""

from datetime import UTC, datetime, time, timedelta

import pytest

from webapp.domain.digest import Digest
from webapp.domain.evidence import NOTHING, Evidence
from webapp.domain.reason import Reason

AT = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)


def record(reason, **evidence):
    return {"reason": reason.value, "evidence": evidence}


@pytest.mark.parametrize(
    ("kept", "known"),
    [
        (record(Reason.MUTED, muted="sender", until=AT.isoformat()), Evidence(muted="sender", until=AT)),
        (record(Reason.MUTED, muted="channel"), Evidence(muted="channel")),
        (
            record(Reason.DIGESTED, digest="daily 17:00", zone="Europe/Berlin"),
            Evidence(digest=Digest(time(17)), zone="Europe/Berlin"),
        ),
        (record(Reason.IF_UNREAD, **{"unread for": 900}), Evidence(unread_for=timedelta(minutes=15))),
        (record(Reason.ALREADY_READ, read=AT.isoformat()), Evidence(read_at=AT)),
        (
            record(Reason.EXPIRED, **{"would wait for": "QUIET_HOURS", "until": AT.isoformat()}),
            Evidence(instead_of=Reason.QUIET_HOURS, until=AT),
        ),
        (record(Reason.AMBIGUOUS_FORMATTER, formatters="digest, plain"), Evidence(formatters="digest, plain")),
        (
            record(Reason.SUBSCRIBER_OFF, off="gone", **{"off since": AT.isoformat()}),
            Evidence(off="gone", off_since=AT),
        ),
        (record(Reason.RATE_LIMITED, provider="main", until=AT.isoformat()), Evidence(provider="main", until=AT)),
        (record(Reason.NO_ADDRESS, medium="email"), NOTHING),
    ],
)
def test_what_is_known(kept, known):
    assert Evidence.of(kept, kept["reason"]) == known


@pytest.mark.parametrize("kept", [None, {}, record(Reason.MUTED, muted="sender")])
@pytest.mark.parametrize("reason", [None, "QUIET_HOURS"])
def test_a_decision_about_something_else_says_nothing(kept, reason):
    assert Evidence.of(kept, reason) is NOTHING
