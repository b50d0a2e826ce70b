"""Markdown as people write it, made safe to show: as HTML without anything active, or as plain text."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache, partial
from html import escape
from typing import TYPE_CHECKING, Any

import nh3

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

# A page of text has a few hundred parts and links. Beyond these bounds, 64 KiB could grow to many MB, or take seconds.
_MOST_PARTS = 30_000
_MOST_BRACKETS = 5_000


class _TooMuch(Exception):
    """The text has more parts than are rendered."""


def _bounded_table(
    table: "Callable[[StateBlock, int, int, bool], bool]", state: "StateBlock", start: int, end: int, silent: bool
) -> bool:
    """What ``table`` does, within bounds: each row gets all the columns of the header, however short it was written."""
    is_one = table(state, start, end, True)
    if silent or not is_one:
        return is_one
    columns = state.src[state.bMarks[start] : state.eMarks[start]].count("|") + 1
    rows = next((line for line in range(start, end) if state.isEmpty(line)), end) - start
    _bound(len(state.tokens) + 3 * columns * rows)
    return table(state, start, end, False)


def _bound_all(state: "StateCore") -> None:
    """Runs before the contents of the parts are parsed, which takes the most time."""
    _bound(len(state.tokens))
    if state.src.count("[") > _MOST_BRACKETS:
        raise _TooMuch


def _bound(parts: int) -> None:
    if parts > _MOST_PARTS:
        raise _TooMuch


def _lower_headings(state: "StateCore") -> None:
    """Lower a message's headings below those of the page and of the subject, without skipping levels."""
    above: list[str] = []
    for token in state.tokens:
        if token.type == "heading_open":
            above = [tag for tag in above if tag < token.tag] + [token.tag]
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, len(above) + 2)}"


def _as_link(renderer: Any, tokens: "Sequence[Token]", index: int, options: Any, env: Any) -> str:
    """An image as a link to it: to load one would tell a stranger when a message is read."""
    image = tokens[index]
    address = str(image.attrs.get("src", ""))
    words = renderer.renderInlineAsText(image.children, options, env) or address
    return f'<a href="{escape(address)}">{escape(words)}</a>'


_TAGS = {
    "a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
# What is wider than a screen scrolls sideways; this makes it scroll by keyboard, too.
_REACHED_BY_KEYBOARD = {tag: {"tabindex": "0"} for tag in ("pre", "table")}
_MARKS = re.compile(
    r"^ {0,3}(?:#{1,6}\s|>\s?|[-*+]\s|(?:```|~~~).*$)"  # how a line begins
    r"|!?\[([^\]]{0,300})\]\((?:[^()]|\([^()]*\))*\)"  # a link: its words stay; bounded, for the sake of many "["
    r"|(?<!\w)[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?!\w)|`",  # round a word
    re.MULTILINE,
)


@lru_cache(maxsize=256)
def to_html(markdown: str) -> str:
    """Safe HTML. Cached, because a message to a thousand people is rendered once."""
    return _cleaned(markdown, _REACHED_BY_KEYBOARD)


@lru_cache(maxsize=256)
def to_styled_html(markdown: str, styles: tuple[tuple[str, str], ...]) -> str:
    """The same for a mail, with ``styles`` for the tags."""
    return _cleaned(markdown, {tag: {"style": style} for tag, style in styles})


def _cleaned(markdown: str, set_values: Mapping[str, Mapping[str, str]]) -> str:
    return nh3.clean(
        _rendered(markdown),
        tags=_TAGS,
        attributes={"a": {"href"}},
        set_tag_attribute_values=set_values,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener",
    )


def _rendered(markdown: str) -> str:
    """HTML; a text with too many parts stays as it was written."""
    try:
        return str(_reader().render(markdown))
    except _TooMuch:
        return f"<pre>{escape(markdown)}</pre>"


@cache
def _reader() -> "MarkdownIt":
    """Made at the first use: it loads sixty modules, which no start should wait for."""
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import table

    made = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")  # raw HTML stays text
    made.add_render_rule("image", _as_link)
    made.block.ruler.at("table", partial(_bounded_table, table), {"alt": ["paragraph", "reference"]})
    made.core.ruler.after("block", "bound_all", _bound_all)
    made.core.ruler.push("lower_headings", _lower_headings)
    return made


def load() -> None:
    """Load beforehand what the first text would have to wait for."""
    _reader()


def to_text(markdown: str) -> str:
    """The text as it was written, with line ends unified: Markdown is made to be readable as it is."""
    return "\n".join(markdown.splitlines()).strip()


@lru_cache(maxsize=1024)
def to_line(markdown: str) -> str:
    """The text in one line, without Markdown's marks, for a row of a list: approximate, but a hundred times as fast as
    rendering. Cached, because a message to a thousand people is in a thousand lists."""
    return " ".join(_MARKS.sub(_words, markdown).split())


def _words(found: re.Match[str]) -> str:
    """What a mark is replaced by: a link by its text, which may contain further marks; any other by nothing."""
    return _MARKS.sub(_words, found[1]) if found[1] else ""
