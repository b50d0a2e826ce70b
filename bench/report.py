"""What was reached, as a table."""

from collections.abc import Mapping

from bench.targets import Target


def print_table(found: Mapping[Target, float]) -> None:
    """Beside what is to be reached."""
    for target, reached in found.items():
        print(target.number, target.what, target.unit.write(reached), verdict(target, reached), sep=" | ")


def verdict(target: Target, reached: float) -> str:
    """Whether that is enough."""
    if target.must is None:
        return ""
    if target.reaches(reached, target.after):
        return "what we are after"
    return "holds" if target.reaches(reached, target.must) else "missed"
