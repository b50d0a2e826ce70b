"""Markdown as people write it, made safe to show: HTML without anything active, or plain text."""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt

# Raw HTML stays text; images would tell a stranger when a message is read.
_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable("image")
_TAGS = {
    "a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip


@lru_cache(maxsize=256)
def to_html(markdown: str) -> str:
    """Safe HTML. Remembered, because a message to a thousand people is rendered once."""
    rendered = _markdown.render(markdown)
    return nh3.clean(
        rendered, tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto"}, link_rel="noopener"
    )


def to_text(markdown: str) -> str:
    """The text as it was written: Markdown is made to be read so. Line ends are unified."""
    return "\n".join(markdown.splitlines()).strip()
