"""Sentences in plain English, with times in UTC: for terminals and programs."""

from datetime import datetime, timedelta

from webapp.domain.wording import Sentence


def plain(sentence: Sentence) -> str:
    """The sentence with its values in it."""
    return sentence.text % {name: _word(value) for name, value in sentence.values.items()}


def _word(value: object) -> object:
    match value:
        case Sentence():
            return plain(value)
        case datetime():
            return f"{value:%Y-%m-%d %H:%M} UTC"
        case timedelta():
            return str(timedelta(seconds=round(value.total_seconds())))
        case _:
            return value
