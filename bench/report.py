"""The results next to the targets: printed, and written into docs/performance.md."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bench.record import Reached
from bench.surroundings import hardware, software
from bench.targets import LIMITS, TARGETS, Target, needs_peers

DOCUMENT = Path(__file__).parent.parent / "docs" / "performance.md"
_PLACE = re.compile(r"<!-- bench -->.*?<!-- /bench -->", re.DOTALL)
_HEADS = ("", "what", "must", "after", "reached", "")


def table(known: Mapping[Target, Reached], today: str) -> str:
    """The table in Markdown, with a line for every target."""
    rows = [_HEADS, ("---",) * len(_HEADS), *(_row(target, known.get(target), today) for target in TARGETS)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def verdict(target: Target, figure: float) -> str:
    """Whether the figure is good enough, in words."""
    if target.must is None:
        return ""
    if target.reaches(figure, target.after):
        return "what we are after"
    return "holds" if target.reaches(figure, target.must) else "**missed**"


def write_down(known: Mapping[Target, Reached], today: str, document: Path = DOCUMENT) -> None:
    """Write the table into its document, with the hardware and software, and with what limits the missed targets."""
    measured = f"Measured on {today}: {hardware()}; {software()}."
    parts = [measured, table(known, today), *_limits(known)]
    block = "\n\n".join(["<!-- bench -->", *parts, "<!-- /bench -->"])
    text = document.read_text(encoding="utf-8")
    document.write_text(_PLACE.sub(lambda _: block, text), encoding="utf-8")


def _row(target: Target, reached: Reached | None, today: str) -> Sequence[str]:
    wanted = ("" if it is None else target.unit.write(it) for it in (target.must, target.after))
    return str(target.number), target.what, *wanted, *_found(target, reached, today)


def _found(target: Target, reached: Reached | None, today: str) -> tuple[str, str]:
    if reached is None:
        return ("needs make bench-peers" if needs_peers(target) else "not measured yet"), ""
    then = "" if reached.on == today else f" ({reached.on})"
    return f"{target.unit.write(reached.figure)}{then}", verdict(target, reached.figure)


def _limits(known: Mapping[Target, Reached]) -> Iterable[str]:
    """What limits each missed target."""
    missed = {target.number for target, it in known.items() if not target.reaches(it.figure, target.must)}
    told = [f"- {number}: {LIMITS[number]}." for number in sorted(missed)]
    return ["What limits what was missed, by its number:", "\n".join(told)] if told else []
