"""How an endpoint fares, and what switches its subscriber off."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.domain.endpoint import FAILING_FOR, Fares, Off, Tried, fares_after, off_for
from webapp.domain.envelope import Accepted, PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SINCE = NOW - FAILING_FOR


def failed(at=NOW):
    return Tried(TemporaryFailure(Reason.HTTP_5XX, "500"), at)


def gone():
    return Tried(PermanentFailure(Reason.GONE, "410"), NOW)


@pytest.mark.parametrize(
    ("was", "tries", "then"),
    [
        (Fares(), [failed()], Fares(1, NOW)),
        (Fares(3, SINCE), [failed(), gone()], Fares(5, SINCE)),
        (Fares(3, SINCE), [Tried(Accepted(), NOW)], Fares()),
        (Fares(3, SINCE), [failed(), Tried(Accepted(), NOW), failed()], Fares(1, NOW)),
    ],
)
def test_failures_count_from_the_last_success(was, tries, then):
    assert fares_after(was, tries) == then


@pytest.mark.parametrize(
    ("was", "tries", "off"),
    [
        (Fares(), [gone()], Off.GONE),
        (Fares(), [gone(), Tried(Accepted(), NOW)], Off.GONE),
        (Fares(9, SINCE), [failed()], Off.FAILING),
        (Fares(9, SINCE + timedelta(seconds=1)), [failed()], None),
        (Fares(9, SINCE), [Tried(Accepted(), NOW)], None),
        (Fares(9, SINCE), [], None),
    ],
)
def test_it_is_given_up_when_it_is_gone_or_has_failed_for_five_days(was, tries, off):
    assert off_for(fares_after(was, tries), tries) == off
