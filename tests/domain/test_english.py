"""Sentences for terminals and programs."""

from datetime import UTC, datetime, timedelta

from webapp.domain.english import plain
from webapp.domain.wording import Sentence


def test_times_durations_and_sentences_are_words():
    values = {
        "what": Sentence("%(far)s is busy", {"far": "mail.example"}),
        "at": datetime(2026, 3, 2, 9, 5, tzinfo=UTC),
        "in": timedelta(seconds=90.4),
    }
    assert plain(Sentence("It waits: %(what)s, until %(at)s (%(in)s).", values)) == (
        "It waits: mail.example is busy, until 2026-03-02 09:05 UTC (0:01:30)."
    )
