"""Where in a TOML text each key stands, so that whoever has to mend it finds the line."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

Path = tuple[str, ...]
# The whole of a string or a comment, so that nothing inside one is taken for a key.
_PIECE = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}\n=]|[^"\'#\[\]{}\n=]+',
    re.DOTALL,
)


class Lines:
    """The lines of a text that tomllib has taken, by the paths of its keys, such as ("channels", "team.news")."""

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
        """The line of that key; where it has none of its own, such as one that is missing, that of what is round it."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def _note(self, path: Path, line: int) -> None:
        """Also for what is round it, which may have no line of its own."""
        for length in range(1, len(path) + 1):
            self._lines.setdefault(path[:length], line)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The line on which each statement begins, and its head: a table's header, or what stands before the ``=``."""
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
    """The keys that a header or an assignment leads through, read by whoever knows how they are quoted."""
    inner: Any = tomllib.loads(toml)
    path: list[str] = []
    while isinstance(inner, dict | list) and inner:
        if isinstance(inner, dict):
            path.append(next(iter(inner)))
        inner = inner[path[-1]] if isinstance(inner, dict) else inner[0]
    return tuple(path)
