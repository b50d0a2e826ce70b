"""One contact sheet for each screen: widths by themes by fillings, of real servers (``make sheets``).

``python -m tests.browser.sheets inbox sent`` draws only these. The single pictures stand in ``contact-sheets/shots``.
"""

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Protocol

from playwright.sync_api import Browser, Page, sync_playwright

from tests.support import ROOT, machine
from tests.support.browser import FLAGS
from tests.support.databases import KEYS, migrate
from tests.support.gallery import FILLINGS
from tests.support.gallery_words import PASSWORD, VIEWER
from tests.support.pages import addresses
from tests.support.server import Server
from webapp import create_app
from webapp.config import Settings

FOLDER = ROOT / "contact-sheets"
WIDTHS = {1440: 900, 768: 1024, 360: 740}  # and the least height of each
TALLEST = 1800
THEMES = ("light", "dark")


class Act(Protocol):
    """What somebody does on a page before its picture is taken."""

    __name__: str

    def __call__(self, page: Page, /) -> None: ...


def submit(name: str = "") -> Act:
    """Send the page's form as it is."""

    def send_as_it_is(page: Page) -> None:
        button = page.get_by_role("button", name=name, exact=True) if name else page.locator("form.form .btn-primary")
        button.first.click()
        page.wait_for_load_state("networkidle")

    return send_as_it_is


def open_first(page: Page) -> None:
    """Open the first notification of the inbox."""
    page.locator("[data-row-link]").first.click()
    page.locator(".reading").first.wait_for()


def open_shortcuts(page: Page) -> None:
    """The overlay that lists the keys."""
    page.keyboard.press("?")


def write_to_everybody(page: Page) -> None:
    """Recipients chosen, others found, and a preview."""
    page.get_by_label("Subject").fill("A subject " * 20)
    page.get_by_label("Message", exact=True).fill("At **noon**.\n\n- one\n- two")
    found = page.get_by_role("listbox").get_by_role("option")
    for typed in ("person-03", "person-04", "khai", "per"):
        page.get_by_role("combobox", name="To").press_sequentially(typed)
        found.first.wait_for()
        if typed != "per":
            found.first.click()
    page.wait_for_timeout(600)  # until the preview has followed


def refuse_sign_in(page: Page) -> None:
    """A wrong password."""
    page.context.clear_cookies()
    page.goto("/login")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    page.locator("#error-summary").wait_for()


def tick_some(page: Page) -> None:
    """Three of the queue's deliveries."""
    for box in page.get_by_role("checkbox").all()[1:4]:
        box.check()


def tab(name: str) -> Act:
    """Another tab of the queue."""

    def open_tab(page: Page) -> None:
        page.get_by_role("navigation", name="What to show").get_by_role("link", name=name).click()
        page.wait_for_load_state("networkidle")

    open_tab.__name__ = name.lower()
    return open_tab


def narrow_down(page: Page) -> None:
    """The filter, unfolded, over a list that is filtered already."""
    page.goto("/failed?tab=undeliverable&person=person&text=550")
    page.locator("summary").filter(has_text="Filter").click()


def ask_about_all(page: Page) -> None:
    """The page that asks before all are sent again."""
    page.goto("/failed?tab=unknown")
    page.get_by_role("button", name="Send all").click()


def ask_about_somebody(page: Page) -> None:
    """What did not reach the one who asks."""
    page.goto(f"/deliveries?user={VIEWER}")


def signed_out(page: Page) -> None:
    """The page as somebody sees it who has not signed in."""
    page.context.clear_cookies()
    page.reload()


# Beside each page as it is: what else there is to see of it, by screen: filling, endpoint, what is done there.
MOMENTS: Mapping[str, list[tuple[str, str, Act]]] = {
    "inbox": [("full", "inbox.index", open_first), ("full", "inbox.index", open_shortcuts)],
    "compose": [("full", "compose.index", write_to_everybody), ("failing", "compose.index", submit())],
    "users": [("failing", "users.new", submit()), ("failing", "users.new_service", submit())],
    "tokens": [("failing", "tokens.new", submit())],
    "reference": [("empty", "reference.index", signed_out)],
    "channels": [("failing", "channels.new", submit())],
    "policies": [("failing", "policies.new", submit("Add policy"))],
    "mappings": [("failing", "mappings.new", submit("Add mapping"))],
    "providers": [
        ("failing", "providers.new", submit("Save and activate")),
        ("failing", "provider_trial.ask", submit()),
        ("full", "provider_trial.ask", submit()),
    ],
    "subscribers": [("failing", "subscriber_setup.new", submit("Check and save"))],
    "failed": [
        *(("full", "failed.index", act) for act in (tick_some, tab("Retrying"), tab("Held"), tab("Unknown"))),
        *(("full", "failed.index", act) for act in (narrow_down, ask_about_all)),
        *(("failing", "failed.index", tab(name)) for name in ("Retrying", "Held", "Unknown")),
    ],
    "missed": [(filling, "missed.index", ask_about_somebody) for filling in ("full", "failing")],
    "jobs": [("full", "jobs.show", submit("Pause the dispatcher"))],
    "profile": [("failing", "profile.index", submit("Change password"))],
    "login": [("empty", "login.index", signed_out), ("failing", "login.index", refuse_sign_in)],
}
NO_PAGES = {"health.check", "inbox.home", "compose.people", "outbox.html", "reference.document"}


def draw(*screens: str) -> None:
    """The sheets of these screens, or of all."""
    shots = FOLDER / "shots"
    shots.mkdir(parents=True, exist_ok=True)
    taken: list[Path] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=machine.chromium(), args=FLAGS)
        for filling in FILLINGS:
            with installation(filling) as (server, paths):
                for theme in THEMES:
                    taken += _walk(browser, server.url, paths, filling, theme, screens)
        for screen in sorted({shot.name.split("~")[0] for shot in taken}):
            _sheet(browser, screen, [shot for shot in taken if shot.name.startswith(f"{screen}~")])
            print(FOLDER / f"{screen}.png")


@contextmanager
def installation(filling: str) -> Iterator[tuple[Server, dict[str, str]]]:
    """A server over a furnished database, and where its pages are; both are thrown away."""
    with tempfile.TemporaryDirectory(prefix="belfry-sheets-") as name:
        folder = Path(name)
        settings = KEYS | {
            "BELFRY_DATABASE_URL": f"sqlite:///{folder}/belfry.sqlite3",
            "BELFRY_INSTANCE": name,
            "BELFRY_PORT": str(machine.free_port()),
            "BELFRY_JOBS": "off",
            "BELFRY_ALLOWED_NETWORKS": "127.0.0.0/8",
        }
        migrate(settings["BELFRY_DATABASE_URL"], folder)
        app = create_app(Settings.read(settings))
        FILLINGS[filling](app)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("BELFRY_")}
        server = Server(inherited | settings, folder / "log")
        try:
            server.wait()
            yield server, addresses(app)
        finally:
            server.kill_all()


def _walk(
    browser: Browser, url: str, paths: Mapping[str, str], filling: str, theme: str, screens: tuple[str, ...]
) -> Iterator[Path]:
    """Every page of one installation in one theme."""
    context = browser.new_context(
        base_url=url, color_scheme=theme, locale="en-GB", timezone_id="UTC", reduced_motion="reduce"
    )
    page = context.new_page()
    sign_in(page)
    for endpoint, path in paths.items():
        screen = endpoint.partition(".")[0]
        if endpoint in NO_PAGES or (screens and screen not in screens):
            continue
        acts = [act for when, where, act in MOMENTS.get(screen, []) if (when, where) == (filling, endpoint)]
        for act in acts if screen == "login" else [None, *acts]:
            for width, height in WIDTHS.items():
                page.set_viewport_size({"width": width, "height": height})
                page.goto(path)
                if act:
                    act(page)
                what = act.__name__ if act else ""
                yield _shoot(page, FOLDER / "shots" / f"{screen}~{endpoint}~{filling}~{what}~{theme}~{width}.png")
                if act in (signed_out, refuse_sign_in):
                    sign_in(page)
    context.close()


def sign_in(page: Page) -> None:
    """As who sees most."""
    page.goto("/login")
    page.get_by_label("Username").fill(VIEWER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/inbox")


def _shoot(page: Page, file: Path) -> Path:
    """In a window as tall as the page, within reason: bars at its foot stay there."""
    size = page.viewport_size
    assert size is not None
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], min(height, TALLEST))})
    page.screenshot(path=file, animations="disabled", caret="hide")
    return file


def _sheet(browser: Browser, screen: str, shots: list[Path]) -> None:
    """All pictures of one screen on a page of their own, of which a picture is taken."""
    rows: dict[str, dict[str, list[Path]]] = {}
    for shot in shots:
        _, endpoint, filling, what, theme, _ = shot.stem.split("~")
        title = " · ".join(filter(None, [endpoint, filling, what.replace("_", " ")]))
        rows.setdefault(title, {}).setdefault(theme, []).append(shot)
    page = browser.new_page(viewport={"width": 1900, "height": 900})
    file = FOLDER / f"{screen}.html"
    file.write_text(_html(screen, rows))
    page.goto(file.as_uri())
    page.wait_for_load_state("load")
    page.screenshot(path=FOLDER / f"{screen}.png", full_page=True)
    page.close()
    file.unlink()


def _html(screen: str, rows: Mapping[str, Mapping[str, list[Path]]]) -> str:
    strips = "".join(
        f"<h2>{escape(what)}</h2><div>" + "".join(_image(shot) for theme in THEMES for shot in themes[theme]) + "</div>"
        for what, themes in rows.items()
    )
    return f"<!doctype html><title>{screen}</title><style>{_CSS}</style><h1>{escape(screen)}</h1>{strips}"


def _image(shot: Path) -> str:
    """All at the same scale."""
    width = int(shot.stem.rpartition("~")[2])
    return f'<img src="shots/{shot.name}" width="{width * 0.34:.0f}" alt="">'


_CSS = """
body { margin: 24px; font: 14px system-ui; background: #cfcfcf }
h1 { margin: 0 0 8px } h2 { margin: 20px 0 8px; font-size: 14px; font-weight: 600 }
div { display: flex; gap: 10px; align-items: start } img { box-shadow: 0 1px 4px #0006 }
"""

if __name__ == "__main__":
    draw(*sys.argv[1:])
