"""The file itself: TOML in a fixed order, with nothing that a text editor could not mend."""

import math
import tomllib
from collections.abc import Mapping
from typing import Any

import tomli_w

from webapp.domain.refusal import Refused
from webapp.services.setup._lines import Lines, Path

VERSION = 1
LARGEST = 8 * 1024 * 1024  # bytes: room for more than 20,000 people
SECTIONS = ("policies", "channels", "providers", "subscribers", "people")
_LARGEST_NUMBER = 2**53  # not every database distinguishes the numbers above it
_LONGEST_SHOWN = 60  # characters of one key
_PREFACE = """\
# What a Belfry is set up as. Written by: flask setup export
# What it would change: flask setup apply FILE.toml --dry-run    To change it: flask setup apply FILE.toml
# Secrets are not in here: each is read from the environment variable that is named in its place.

version = 1
"""


class Source:
    """A file that somebody wrote, and everything found wrong with it."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name, self._problems = name, dict[tuple[int, str], str]()
        self.text = self._text(content)
        self.tree = self._tree()
        self._lines: Lines | None = None

    def wrong(self, path: Path, sentence: str) -> None:
        """Record what is wrong at a path."""
        self._lines = self._lines or Lines(self.text)
        self._problems.setdefault((self._lines.of(path), dotted(path)), sentence)

    def all_wrong(self, path: Path, problems: Mapping[Path, str]) -> None:
        """Record several problems below a path."""
        for below, sentence in problems.items():
            self.wrong((*path, *below), sentence)

    def refuse_if_wrong(self) -> None:
        """Raises Refused, with every problem under its file, line and field."""
        if self._problems:
            told = sorted(self._problems.items())
            raise Refused({f"{self.name}:{line}{field and f': {field}'}": sentence for (line, field), sentence in told})

    def _text(self, content: bytes) -> str:
        if len(content) > LARGEST:
            raise self._refused(1, f"At most {LARGEST // 1024**2} MiB, please.")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise self._refused(line, "This is not UTF-8: save the file as TOML in UTF-8.") from None

    def _tree(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            said, _, place = str(error).partition(" (at ")
            line = place.removeprefix("line ").partition(",")[0]
            last = len(self.text.splitlines()) or 1
            raise self._refused(int(line) if line.isdigit() else last, f"This is no TOML: {said.lower()}.") from None
        except (RecursionError, ValueError) as error:  # such as a whole number of thousands of digits
            words = "It is nested too deeply" if isinstance(error, RecursionError) else "A number in it is too long"
            raise self._refused(1, f"{words}.") from None

    def _refused(self, line: int, sentence: str) -> Refused:
        return Refused({f"{self.name}:{line}": sentence})


def is_number(value: object) -> bool:
    """Whether it is a number that can be stored: not a bool, not nan, and not too large."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= _LARGEST_NUMBER if isinstance(value, int) else math.isfinite(value)


def written(tree: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """The text of a whole setup: section → name → keys. Equal setups give equal texts."""
    parts = [_table((section, name), tree[section][name]) for section in SECTIONS for name in sorted(tree[section])]
    return "\n".join([_PREFACE, *parts])


def reference(variable: str) -> dict[str, str]:
    """What stands in the file in place of a secret."""
    return {"env": variable}


def is_reference(value: object) -> bool:
    """Whether the value stands in place of a secret."""
    return isinstance(value, Mapping) and value.keys() == {"env"} and isinstance(value["env"], str)


def _table(path: Path, keys: Mapping[str, Any]) -> str:
    """One table with those below it. A key whose value is None is left out."""
    plain = {key: value for key, value in keys.items() if value is not None and not _is_table(value)}
    inner = {key: value for key, value in keys.items() if value and _is_table(value)}
    tables = [_table((*path, key), value) for key, value in inner.items()]
    own = f"[{dotted(path)}]\n" + "".join(_line(key, value) for key, value in plain.items())
    return "\n".join([own, *tables] if plain or not tables else tables)


def _line(key: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{_quoted(key)} = {{ env = {_scalar(value['env'])} }}\n"
    if isinstance(value, list | tuple):
        return f"{_quoted(key)} = [{', '.join(map(_scalar, value))}]\n"
    return f"{_quoted(key)} = {_scalar(value)}\n"


def _scalar(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # databases give 300 back as 300.0, which nobody writes
    return tomli_w.dumps({"it": value}).removeprefix("it = ").removesuffix("\n")


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping) and not is_reference(value)


def _quoted(key: str) -> str:
    """A key as TOML wants it: bare, or in quotation marks."""
    return tomli_w.dumps({key: 0}).removesuffix(" = 0\n")


def dotted(path: Path) -> str:
    """A path as TOML writes it."""
    return ".".join(_quoted(key[:_LONGEST_SHOWN]) for key in path)
