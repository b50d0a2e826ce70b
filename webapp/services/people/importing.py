"""People from a CSV file: every line is checked before anything is written; all of them are added, or nobody."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Any

from webapp.domain.refusal import Refused
from webapp.domain.text import storable
from webapp.domain.username import LONGEST_USERNAME
from webapp.services.people import accounts
from webapp.services.people.accounts import DEFAULT_LOCALE, DEFAULT_ZONE

COLUMNS = ("username", "display_name", "email", "phone", "role")
_MAY_BE_ABSENT = {"phone"}
_FIRST_LINE = f"The first line names the columns: {','.join(COLUMNS)}"


@dataclass(frozen=True, slots=True)
class Imported:
    """How many people were added."""

    added: int


def import_people(*, content: bytes, by: str, now: datetime) -> Imported:
    """Add everybody in a CSV file in UTF-8, without passwords, each by the rules of ``accounts.add``.

    Raises Refused naming every fault by its line and column; then nobody was added.
    """
    names, rows = _table(_text(content))
    people = _People({cells[names.index("username")] for _, cells in rows if len(cells) == len(names)})
    for line, cells in rows:
        if len(cells) == len(names):
            people.read(line, dict(zip(names, cells, strict=True)))
        else:
            words = f"It has {len(cells)} cells, the first line has {len(names)}. Put quotation marks round a comma."
            people.problems[f"line {line}"] = words
    if people.problems:
        raise Refused(people.problems)
    accounts.add_all(people=people.columns, by=by, now=now)
    return Imported(len(people.columns))


class _People:
    """The people in a file: their columns by username, and the faults by line and column."""

    def __init__(self, usernames: set[str]) -> None:
        self.columns: dict[str, dict[str, Any]] = {}
        self.problems: dict[str, str] = {}
        self._taken, self._lines = accounts.taken(usernames=sorted(usernames)), dict[str, int]()

    def read(self, line: int, cells: Mapping[str, str]) -> None:
        """One more, by the cells of their row."""
        username, found = cells["username"], self._problem_in_uniqueness(cells["username"])
        self._lines.setdefault(username, line)
        try:
            self.columns[username] = _checked(cells)
        except Refused as refused:
            found = refused.problems | found
        self.problems |= {f"line {line}, {column}": sentence for column, sentence in found.items()}

    def _problem_in_uniqueness(self, username: str) -> dict[str, str]:
        if username in self._taken:
            return {"username": f"“{username}” is taken."}
        if username and username in self._lines:
            shown = storable(username, longest=LONGEST_USERNAME)
            return {"username": f"“{shown}” stands in line {self._lines[username]} already."}
        return {}


def _checked(cells: Mapping[str, str]) -> dict[str, Any]:
    details = {name: cells.get(name) for name in ("display_name", "email", "phone")}
    return accounts.checked_new(
        username=cells["username"],
        role=cells["role"],
        details_given=details | {"tz": DEFAULT_ZONE, "locale": DEFAULT_LOCALE},
    )


# --- reading the file ---------------------------------------------------------------------------------------------


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise Refused({f"line {line}": "This is not UTF-8: save the file as CSV in UTF-8."}) from None


def _table(text: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The names of the columns, and the rows below them. Raises Refused where it is not such a file."""
    (line, first), *rows = list(_rows(text)) or [(1, [])]
    names = [name.lower() for name in first]
    if problem := _problem_in_columns(names):
        raise Refused({f"line {line}": problem})
    return names, rows


def _problem_in_columns(names: list[str]) -> str | None:
    missing = [name for name in COLUMNS if name not in names and name not in _MAY_BE_ABSENT]
    unknown = [name for name in names if name not in COLUMNS]
    if len(names) == 1 and missing and set(names[0]) & {";", "\t"}:
        return f"Separate the columns by commas. {_FIRST_LINE}."
    if missing:
        return f"{_FIRST_LINE}. Missing: {', '.join(missing)}."
    if unknown:
        return f"{_FIRST_LINE}, and no other: take out “{storable(unknown[0], longest=40)}”."
    return f"{_FIRST_LINE}, each once." if len(set(names)) < len(names) else None


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The cells of each row with the number of its first line; rows with nothing in them are left out."""
    reader = csv.reader(StringIO(text, newline=""), strict=True, skipinitialspace=True)
    line = 1
    try:
        for cells in reader:
            if any(bare := [cell.strip() for cell in cells]):
                yield line, bare
            line = reader.line_num + 1
    except csv.Error as error:
        words = f"This cannot be read as CSV ({error}). Is a quotation mark missing, or one too many?"
        raise Refused({f"line {line}": words}) from None
