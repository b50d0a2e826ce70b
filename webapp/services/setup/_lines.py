"""The line of each key in a TOML text, so that whoever has to mend it finds it."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

Path = tuple[str, ...]
# Matches whole strings and comments, so that nothing inside one is taken for a key.
_PIECE = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}\n=]|[^"\'#\[\]{}\n=]+',
    re.DOTALL,
)


class Lines:
    """The lines of a text that tomllib has accepted, by the paths of its keys, such as ("channels", "team.news")."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {}
        table: Path = ()
        for line, statement in _statements(text):
            if statement.startswith("["):
                table = _path(statement)
                self._note(table, line)
            else:
                self._note(table + _path(f"{statement} = 0"), line)

    def of(self, path: Path) -> int:
        """The line of that key; for one without a line, such as a missing one, that of the nearest table around it."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def _note(self, path: Path, line: int) -> None:
        """Record the line for the path, and for the tables around it that have no line of their own."""
        for length in range(1, len(path) + 1):
            self._lines.setdefault(path[:length], line)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The first line of each statement, and its head: a table's header, or what stands before the ``=``."""
    line, begun, depth, head, valued = 1, 1, 0, "", False
    for found in _PIECE.finditer(f"{text}\n"):
        piece = found[0]
        if piece == "\n" and depth == 0:
            if head.strip():
                yield begun, head.strip()
            head, valued = "", False
        elif piece == "=" and depth == 0:
            valued = True
        elif not (valued or piece.startswith("#")):
            begun, head = begun if head.strip() else line, head + piece
        depth += (piece in {"[", "{"}) - (piece in {"]", "}"})
        line += piece.count("\n")


def _path(toml: str) -> Path:
    """The path of a header or an assignment, parsed by tomllib, which knows the rules of quoting."""
    inner: Any = tomllib.loads(toml)
    path: list[str] = []
    while isinstance(inner, dict | list) and inner:
        if isinstance(inner, dict):
            path.append(next(iter(inner)))
        inner = inner[path[-1]] if isinstance(inner, dict) else inner[0]
    return tuple(path)
