"""Cut the icon sprite down to the icons in use: 2,000 icons are a megabyte, the ones we show a few kilobytes.

An icon is in use where a template calls ``icon("name")``, or where Python says ``icon="name"`` or gives a screen its
``Place("Label", "name", …)``. Runs at every ``make run`` and ``make test``; the file is only written when its content
changed.
"""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
ALL = VENDOR / "bootstrap-icons.all.svg"
CUT = VENDOR / "bootstrap-icons.svg"

CALL = re.compile(r"\bicon\(([^)]*)\)")
SETTING = re.compile(r"""(?:\bicon\s*(?::\s*str\s*)?=|\bPlace\([^,]*,)\s*["']([a-z0-9-]+)["']""")
QUOTED = re.compile(r"""["']([a-z0-9-]+)["']""")


def main() -> None:
    """Write the cut sprite if it differs from the one there is."""
    symbols = all_symbols()
    wanted = set(icons_in_use())
    if unknown := sorted(name for name in wanted if name not in symbols):
        print(f"No such Bootstrap icon, so nothing will show: {', '.join(unknown)}", file=sys.stderr)
    body = "".join(symbols[name] for name in sorted(wanted & symbols.keys()))
    sprite = f'<svg xmlns="http://www.w3.org/2000/svg">{body}</svg>\n'
    if not CUT.exists() or CUT.read_text() != sprite:
        aside = CUT.with_name(f"{CUT.name}.{os.getpid()}")
        aside.write_text(sprite)
        aside.replace(CUT)


def all_symbols() -> dict[str, str]:
    """Return every icon by its name."""
    found = re.findall(r'(<symbol [^>]*\bid="([^"]+)".*?</symbol>)', ALL.read_text(), re.DOTALL)
    return {name: symbol for symbol, name in found}


def icons_in_use() -> Iterator[str]:
    """Yield the names that templates and modules ask for."""
    for path in (ROOT / "templates").rglob("*.html"):
        for arguments in CALL.findall(path.read_text()):
            yield from names_in(arguments)
    for path in (ROOT / "webapp").rglob("*.py"):
        yield from SETTING.findall(path.read_text())


def names_in(arguments: str) -> list[str]:
    """Return the icon named by a macro's first argument; a conditional there names one for each way it can go."""
    first = arguments.partition(",")[0]
    chosen = re.sub(r"\bif\b.*?(\belse\b|$)", " ", first)
    return QUOTED.findall(chosen)


if __name__ == "__main__":
    main()
