"""Installed plugin packages with entry points, for another process to find."""

from pathlib import Path

from tests.support import ROOT


def install(
    site: Path, name: str, entry_points: dict[str, str], modules: dict[str, str], *, group: str = "belfry.providers"
) -> Path:
    """Write a package into the folder ``site``, which must be on the Python path, as pip would."""
    site.mkdir(exist_ok=True)
    for module, text in modules.items():
        (site / f"{module}.py").write_text(text)
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [f"{entry} = {leads_to}" for entry, leads_to in entry_points.items()]
    (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines, ""]))
    return site


def example(name: str = "snpp") -> str:
    """The source of an example from the plugin documentation; the provider kind by default."""
    return (ROOT / "tests" / "plugins" / f"{name}.py").read_text()
