"""The shape of a file: its sections, the keys of each thing, and the type of each value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from webapp.services.setup._file import SECTIONS, VERSION, Source, is_number
from webapp.services.setup._lines import Path

Sort = Literal["text", "switch", "number", "whole", "texts", "numbers", "table"]
Entry = dict[str, Any]
_WANTED: Mapping[Sort, str] = {
    "text": "Text in quotation marks, please.",
    "switch": "true or false, please.",
    "number": "A number, please.",
    "whole": "A whole number, please.",
    "texts": 'A list of texts, please, such as ["email", "sms"].',
    "numbers": "A list of numbers, please, such as [60, 300, 3600].",
    "table": "A table, please: its keys stand below a line in square brackets.",
}


class Wrong(Exception):
    """A thing of the file has problems: sentences by their path below the thing's own."""

    def __init__(self, problems: Mapping[Path, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = dict(problems)


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a thing. If it is left out it has the ``default``, unless it is ``required``."""

    sort: Sort
    default: Any = None
    required: bool = False


Keys = Mapping[str, Key]


def shaped(source: Source, sections: Mapping[str, Keys]) -> dict[str, dict[str, Entry]]:
    """Every thing of the file, section by section, with the defaults filled in. Things of the wrong shape are recorded
    as wrong and left out."""
    _check_head(source)
    return {section: _things(source, section, keys) for section, keys in sections.items()}


def fits(sort: Sort, value: object) -> bool:
    """Whether a value is of that type."""
    if sort in {"texts", "numbers"}:
        inner: Sort = "text" if sort == "texts" else "number"
        return isinstance(value, list) and all(fits(inner, one) for one in value)
    if sort == "whole":
        return is_number(value) and isinstance(value, int)
    if sort == "number":
        return is_number(value)
    return isinstance(value, {"text": str, "switch": bool, "table": dict}[sort])


def unfit(sort: Sort) -> str:
    """The sentence for a value that is not of that type."""
    return _WANTED[sort]


def with_defaults(entry: object, keys: Keys) -> Entry:
    """One table with its defaults filled in. Raises Wrong."""
    if not isinstance(entry, dict):
        raise Wrong({(): unfit("table")})
    problems = {(key,): f"Unknown. Known are: {', '.join(keys)}." for key in entry if key not in keys}
    for name, key in keys.items():
        if name not in entry and key.required:
            problems[name,] = "This is missing."
        elif name in entry and not fits(key.sort, entry[name]):
            problems[name,] = unfit(key.sort)
    if problems:
        raise Wrong(problems)
    return {name: entry.get(name, key.default) for name, key in keys.items()}


def _check_head(source: Source) -> None:
    tree = source.tree
    for name in tree.keys() - {"version", *SECTIONS}:
        source.wrong((name,), f"Unknown. Known are: version, {', '.join(SECTIONS)}.")
    if "version" not in tree:
        source.wrong(("version",), f"This is missing: a file begins with version = {VERSION}.")
    elif tree["version"] is not True and tree["version"] != VERSION:
        source.wrong(("version",), f"This Belfry reads version {VERSION} only.")


def _things(source: Source, section: str, keys: Keys) -> dict[str, Entry]:
    found = source.tree.get(section, {})
    if not isinstance(found, dict):
        source.wrong((section,), unfit("table"))
        return {}
    things: dict[str, Entry] = {}
    for name, entry in found.items():
        try:
            things[name] = with_defaults(entry, keys)
        except Wrong as wrong:
            source.all_wrong((section, name), wrong.problems)
    return things
