"""Refusals: errors that say which field of a request is wrong, and what to do; nothing has been written."""

from collections.abc import Mapping


class Refused(Exception):
    """The request cannot be done as it was asked. ``problems`` maps a field's name to a sentence.

    Screens answer 422, commands exit with 1 and print the sentences.
    """

    status = 422
    code = "refused"  # a word for programs
    retry_after: int | None = None  # seconds after which the same request may be repeated

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {sentence}" for field, sentence in problems.items()))
        self.problems = dict(problems)


class Missing(Refused):
    """What was asked for does not exist, or is not this person's to see. Screens answer 404."""

    status = 404
    code = "missing"


class Conflict(Refused):
    """The thing has changed since, or is already as requested. Screens answer 409."""

    status = 409
    code = "conflict"


class KeyReused(Refused):
    """The idempotency key was used for another request."""

    code = "key_reused"


class InFlight(Conflict):
    """The same request is being processed at this moment."""

    code = "in_flight"
    retry_after = 1


class NoMapping(Refused):
    """No mapping matches the event."""

    code = "no_mapping"


class Throttled(Refused):
    """Too many tries. Screens answer 429 with ``retry_after`` seconds."""

    status = 429
    code = "too_many"

    def __init__(self, problems: Mapping[str, str], *, retry_after: int) -> None:
        super().__init__(problems)
        self.retry_after = retry_after


def refuse_if(problems: Mapping[str, str | None]) -> None:
    """Raises Refused with the fields that have a problem, if any."""
    if found := {field: sentence for field, sentence in problems.items() if sentence}:
        raise Refused(found)
