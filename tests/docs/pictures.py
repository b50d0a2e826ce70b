"""The README's pictures, taken of the demo by chromium: ``python -m tests.docs.pictures`` (make pictures)."""

import os
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.support import ROOT, machine
from tests.support.browser import FLAGS
from tests.support.server import Server

FOLDER = ROOT / "docs" / "pictures"
SIZE = {"width": 1440, "height": 900}
LARGEST = 200_000  # bytes
READS = "Release 4.2 moved"


def take() -> None:
    """Both pictures, of a demo that is made for them and thrown away."""
    with tempfile.TemporaryDirectory(prefix="belfry-pictures-") as folder, sync_playwright() as playwright:
        server = _serve(Path(folder))
        try:
            browser = playwright.chromium.launch(executable_path=machine.chromium(), args=FLAGS)
            for theme in ("light", "dark"):
                _picture(browser, server.url, theme)
        finally:
            server.kill_all()


def _serve(folder: Path) -> Server:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BELFRY_")}
    settings = {"PORT": str(machine.free_port()), "INSTANCE": str(folder / "instance"), "DEMO": "on"}
    server = Server(inherited | {f"BELFRY_{name}": value for name, value in settings.items()}, folder / "log")
    server.wait()
    return server


def _picture(browser: Browser, url: str, theme: str) -> None:
    """Edith's inbox with a notification open."""
    context = browser.new_context(
        viewport=SIZE, color_scheme=theme, locale="en-GB", timezone_id="UTC", reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(f"{url}/login")
    page.get_by_role("button", name="Continue as Edith").click()
    page.get_by_role("link", name=READS).or_(page.get_by_role("button", name=READS)).first.click()
    page.locator("#reading").wait_for()
    page.get_by_text("Handed over").first.wait_for()
    page.get_by_role("button", name="Mark 2 read").wait_for()  # the list has heard of the reading, too
    page.mouse.move(SIZE["width"] - 1, SIZE["height"] - 1)
    page.evaluate("document.activeElement.blur()")
    file = FOLDER / f"inbox-{theme}.png"
    page.screenshot(path=file, animations="disabled", caret="hide")
    context.close()
    if file.stat().st_size > LARGEST:
        sys.exit(f"{file.name} has {file.stat().st_size} bytes, more than {LARGEST}.")


if __name__ == "__main__":
    take()
