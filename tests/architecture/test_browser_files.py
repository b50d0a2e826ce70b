"""The browser's files are the ones that were pinned, and hold what the pages ask of them."""

import base64
import hashlib
import json
import re
import runpy

import pytest

from tests.support import ROOT

VENDOR = ROOT / "static" / "vendor"
SCRIPT = runpy.run_path(str(ROOT / ".ci" / "cut_icons.py"))


def test_the_manifest_is_true() -> None:
    manifest: dict[str, str] = json.loads((VENDOR / "manifest.json").read_text())
    for name, integrity in manifest.items():
        digest = hashlib.sha384((VENDOR / name).read_bytes()).digest()
        assert integrity == "sha384-" + base64.b64encode(digest).decode()


def test_a_dark_system_gets_a_dark_first_paint() -> None:
    css = (VENDOR / "bootstrap.min.css").read_text()
    assert "@media (prefers-color-scheme:dark){:root:not([data-bs-theme]){color-scheme:dark;" in css
    assert css.count("{") == css.count("}")


def test_no_file_points_to_a_map_that_is_not_served() -> None:
    assert not [path.name for path in VENDOR.iterdir() if b"sourceMappingURL" in path.read_bytes()]


def test_every_icon_in_use_is_in_the_sprite() -> None:
    there = set(re.findall(r'\bid="([^"]+)"', (VENDOR / "bootstrap-icons.svg").read_text()))
    assert set(SCRIPT["icons_in_use"]()) <= there


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ("'inbox'", ["inbox"]),
        ('"x-lg", size="big"', ["x-lg"]),
        ("'sun' if theme == 'light' else 'moon'", ["sun", "moon"]),
    ],
)
def test_icons_are_found_in_calls(arguments: str, names: list[str]) -> None:
    assert SCRIPT["names_in"](arguments) == names
