"""Sentences as words: with the times within them."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.domain.bounded import Bounded
from webapp.domain.wording import Sentence
from webapp.views import _telling

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # what the tests' clock says


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (NOW, "It goes out at 09:00."),
        (NOW + timedelta(days=1), "It goes out at 09:00 on 3 Mar 2026."),
    ],
)
def test_a_time_within_a_sentence(app, at, words):
    with app.test_request_context("/"):
        assert _telling.told(Sentence("It goes out at %(at)s.", {"at": at})) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (Bounded(0), "0"),
        (Bounded(1204), "1,204"),
        (Bounded(10_000, more=True), "10,000+"),
        (Bounded(0, more=True), "?"),
    ],
)
def test_a_count_that_stopped_says_so(app, count, words):
    with app.test_request_context("/"):
        assert _telling.capped(count) == words
