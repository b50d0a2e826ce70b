"""Times as other systems write them."""

from datetime import UTC, datetime

import pytest

from webapp.domain import rfc3339

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [("2026-03-02T12:00:00Z", 0), ("2026-03-02t13:00:00+01:00", 0), ("2026-03-02T12:00:00.123456789z", 123456)],
)
def test_what_is_a_time(text, microsecond):
    assert rfc3339.read(text) == NOON.replace(microsecond=microsecond)


@pytest.mark.parametrize(
    "text",
    ["", "2026-03-02", "2026-03-02T12:00Z", "2026-03-02T12:00:00", "2026-03-02 12:00:00Z", "2026-02-30T12:00:00Z",
     "2026-03-02T25:00:00Z", "2026-03-02T12:00:00Z\n", "٢٠٢٦-03-02T12:00:00Z", "2026-03-02T12:00:00+0100"],
)  # fmt: skip
def test_what_is_none(text):
    with pytest.raises(ValueError, match=r"no time|day|hour|Invalid"):
        rfc3339.read(text)
