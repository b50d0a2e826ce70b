"""The latest results, kept beside the code, so that a run of some rows, or one without peers, loses nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.targets import TARGETS, Target

FILE = Path(__file__).with_name("reached.json")


@dataclass(frozen=True, slots=True)
class Reached:
    """One figure; ``on`` is the day as 2026-11-20, ``machine`` the hardware."""

    figure: float
    on: str
    machine: str


def read(file: Path = FILE) -> dict[Target, Reached]:
    """The known results of the present targets."""
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return {target: Reached(**kept[target.key]) for target in TARGETS if target.key in kept}


def write(known: Mapping[Target, Reached], file: Path = FILE) -> None:
    """One line for each target, in their order."""
    lines = {
        target.key: {"figure": float(f"{it.figure:.4g}"), "on": it.on, "machine": it.machine}
        for target in TARGETS
        if (it := known.get(target))
    }
    body = ",\n".join(f"  {json.dumps(key)}: {json.dumps(line)}" for key, line in lines.items())
    file.write_text(f"{{\n{body}\n}}\n", encoding="utf-8")
