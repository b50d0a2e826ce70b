"""Packages that somebody has installed beside Belfry, with entry points: ready for another process to find."""

from pathlib import Path

from tests.support import ROOT


def install(
    site: Path, name: str, entry_points: dict[str, str], modules: dict[str, str], *, group: str = "belfry.providers"
) -> Path:
    """A package in the folder ``site``, which is to be on the Python path; as pip would leave it there."""
    site.mkdir(exist_ok=True)
    for module, text in modules.items():
        (site / f"{module}.py").write_text(text)
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [f"{entry} = {leads_to}" for entry, leads_to in entry_points.items()]
    (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines, ""]))
    return site


def example() -> str:
    """The kind that the page for plugin writers shows."""
    return (ROOT / "tests" / "plugins" / "snpp.py").read_text()
