"""What a command answers, for people: a table of rows, or a line for each value of a record."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
_WIDEST = 60  # characters of one cell in a table; JSON has it all
_INDENT = "  "


def readable(answer: Any) -> str:
    """The answer as text: what is inside a record stands below its name, indented."""
    if isinstance(answer, list):
        return "\n".join(_table(answer)) if answer else "Nothing."
    if isinstance(answer, Mapping):
        return "\n".join(_record(answer))
    return str(answer)


def _record(record: Row) -> Iterator[str]:
    for name, value in record.items():
        if below := list(_below(value)):
            yield f"{name}:"
            yield from (f"{_INDENT}{line}".rstrip() for line in below)
        else:
            yield f"{name}: {_cell(value)}"


def _below(value: Any) -> Iterator[str]:
    """The lines of a value that does not fit behind its name; none where it does."""
    if isinstance(value, Mapping):
        yield from _record(value)
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        yield from _table(value)
    elif isinstance(value, str) and "\n" in value.strip():
        yield from value.strip().splitlines()


def _table(rows: Sequence[Row]) -> Iterator[str]:
    names = list(rows[0])
    cells = [names, *([_short(_cell(row.get(name))) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
    for line in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _WIDEST else f"{words[: _WIDEST - 1]}…"


def _cell(value: Any) -> str:
    if value is None or value in ([], {}):
        return "-"
    if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        return ", ".join(map(str, value))
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
