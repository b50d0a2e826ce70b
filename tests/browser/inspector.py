"""A browser page that goes everywhere and holds what it sees against axe: in a short turn, or a thorough one."""

import re

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

THEMES, WIDTHS = ("light", "dark"), (1440, 360)
BETWEEN = (1280, 1024, 768, 720, 320)  # where pages are not looked at, and must find room all the same
REPORT = """
    document.addEventListener('securitypolicyviolation', event =>
        console.error(`Against the policy: ${event.violatedDirective} ${event.blockedURI}`))
"""
LOOKS = [(theme, width) for width in WIDTHS for theme in THEMES]
# Each theme and each width once. A short turn takes page by page the one pair and the other, against every rule: so
# what is on every page is seen in all four. A thorough one takes both, the second for its colours alone.
PAIRS = [("light", 1440), ("dark", 360)], [("dark", 1440), ("light", 360)]
# Nine tenths of axe's time go into contrast, which it finds out piece by piece. A page of fifty rows has a thousand
# pieces, of some fifty makes: of what is made the same and coloured the same, and so is all that it stands in, these
# many tell for all. With --soak every piece is looked at.
ALIKE = 3
TELLING = """alike => {
    const SEEN = {visibilityProperty: true, opacityProperty: true};
    const colours = new Map(), count = new Map();
    const told = piece => {
        if (!piece) return '';
        if (!colours.has(piece)) {
            const {color, fontSize, fontWeight, opacity, backgroundColor, backgroundImage} = getComputedStyle(piece);
            const own = [piece.localName, piece.className, color, fontSize, fontWeight, opacity, backgroundColor];
            colours.set(piece, [told(piece.parentElement), ...own, backgroundImage].join());
        }
        return colours.get(piece);
    };
    const says = piece => piece.matches('input, select, textarea')
        || [...piece.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
    const among = key => count.set(key, (count.get(key) ?? 0) + 1).get(key) <= alike;
    for (const piece of document.body.querySelectorAll('*'))
        piece.toggleAttribute('data-telling', says(piece) && piece.checkVisibility(SEEN) && among(told(piece)));
    axe.configure({rules: [{id: 'color-contrast', selector: '[data-telling]'}]});
}"""
TOO_WIDE = """() => {
    const wide = piece => piece.scrollWidth > piece.clientWidth;
    const tables = [...document.querySelectorAll('.table-wrap')].filter(wide).map(it => it.querySelector('caption'));
    return [...wide(document.documentElement) ? ['the page'] : [], ...tables.map(it => `the table ${it.textContent}`)];
}"""
AXE = """async whole => {
    const rules = whole ? {} : {runOnly: ['color-contrast']};
    const {violations} = await axe.run(document, {resultTypes: ['violations'], ...rules});
    return violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html} ${node.failureSummary}`));
}"""


class Inspector:
    """A browser page that goes everywhere, and notes what is wrong there.

    ``looked`` counts what it has looked at: each page in each theme and width counts as one.
    """

    def __init__(self, page: Page, *, thorough: bool) -> None:
        self.page, self.thorough, self.looked, self._inspected = page, thorough, 0, 0
        self.wrong: list[str] = []
        page.add_init_script(REPORT)
        page.on("console", lambda said: self._note(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self._note(str(error)))

    def visit(self, path: str, status: int = 200) -> None:
        """Open a page, and inspect it."""
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == status, path
        self.inspect()

    def inspect(self) -> None:
        """The page as it stands, in two looks or in all; and that nothing lies outside its screen or its table."""
        self.page.evaluate(AXE_SCRIPT)
        pair = PAIRS[0 if self.thorough else self._inspected % 2]
        for theme, width in LOOKS if self.thorough else pair:
            self._look(theme, width, whole=(theme, width) in pair)
        self._inspected += 1
        for width in BETWEEN:
            self.page.set_viewport_size({"width": width, "height": 900})
            for what in self.page.evaluate(TOO_WIDE):
                self._note(f"{what} is wider than its room on a screen of {width} px")

    def _look(self, theme: str, width: int, *, whole: bool) -> None:
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme=theme)
        if not self.thorough:
            self.page.evaluate(TELLING, ALIKE)
        for violation in self.page.evaluate(AXE, whole):
            self._note(f"{theme}, {width} px: {violation}")
        self.looked += 1

    def _note(self, words: str) -> None:
        # A page that is not there, or a form that is refused, is meant to be so here; the browser says it all the same.
        if "Failed to load resource" not in words or not re.search(r"status of (404|422)", words):
            self.wrong.append(f"{self.page.url}: {words}")
