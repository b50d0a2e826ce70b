"""Which messages a subscriber gets: groups of filters on a channel's keys."""

from collections.abc import Iterable, Mapping, Sequence

from webapp.domain.text import problem_in_line

ANYTHING = "*"
LONGEST_VALUE = 200  # characters
MOST_GROUPS = 20  # on one channel

Group = Mapping[str, str]  # the value that each key must have


def matches(groups: Iterable[Group], values: Mapping[str, str]) -> bool:
    """Whether a message with these ``values`` is wanted: in at least one group, every key must match.

    A key that the message does not have matches any filter; so an empty group matches everything. Without any group,
    nothing is wanted.
    """
    known = {one_spelling(key): value for key, value in values.items()}
    return any(all(_fits(known, key, wanted) for key, wanted in group.items()) for group in groups)


def values_of(attributes: Mapping[str, object], *, type: str, category: str | None = None) -> dict[str, str]:
    """A message's values to filter by: its attributes as texts; and its type and category, unless an attribute has that
    name."""
    own = {one_spelling(key): _text(value) for key, value in attributes.items()}
    return {"type": type, **({"category": category} if category else {}), **own}


def one_spelling(key: str) -> str:
    """A key without capitals and “_”, so that messageType equals message_type."""
    return key.replace("_", "").lower()


def spelled(group: Group, keys: Sequence[str]) -> dict[str, str]:
    """The same group with its keys spelled as the channel spells them. Keys that the channel does not have stay as they
    are."""
    names = {one_spelling(key): key for key in keys}
    return {names.get(one_spelling(key), key): value for key, value in group.items()}


def problem_in_group(group: Group, keys: Sequence[str]) -> str | None:
    """What is wrong with a group on a channel with these filter keys, as a sentence, or None."""
    if strange := strangers(group, keys):
        known = f"Its filter keys are {', '.join(keys)}" if keys else "It has none, so that one can only want all of it"
        return f"“{strange[0][:50]}” is no filter key of this channel. {known}."
    if len({one_spelling(key) for key in group}) < len(group):
        return "Two of these are one key: name each once in a group, and make another group for the other value."
    problems = (_problem_in_value(key, value) for key, value in group.items())
    return next((problem for problem in problems if problem), None)


def strangers(group: Group, keys: Iterable[str]) -> list[str]:
    """The keys of a group that are not among ``keys``."""
    known = {one_spelling(key) for key in keys}
    return [key for key in group if one_spelling(key) not in known]


def _problem_in_value(key: str, value: str) -> str | None:
    if not value.strip():
        return f"Say what {key} has to be, or {ANYTHING} for anything."
    problem = problem_in_line(value, longest=LONGEST_VALUE)
    return f"{key}: {problem}" if problem else None


def _fits(known: Group, key: str, wanted: str) -> bool:
    """A key that the message does not have matches."""
    return wanted == ANYTHING or known.get(one_spelling(key), wanted) == wanted


def _text(value: object) -> str:
    """Values are compared as texts, spelled as in JSON."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
