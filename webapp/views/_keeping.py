"""A cache for rendered pieces of pages.

What stands in ``{% keep entry, opened %}…{% endkeep %}`` may depend on these values, and otherwise only on the reader's
locale and zone, the day there, and the root of Belfry's addresses. Somebody who looks at a list again finds most of its
rows in the cache. Never keep anything with a token, which belongs to one session. Values that compare equal must render
alike.
"""

from collections.abc import Callable
from typing import Any

from flask import request
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

from webapp.runtime import runtime
from webapp.views._reader import here, local, reader

_MOST = 1024  # pieces, of 1 to 10 kB each


class Keeping(Extension):
    """Jinja's extension for the tag. With auto-reload of templates nothing is kept."""

    tags = {"keep"}  # noqa: RUF012 - so Jinja declares it

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self._kept: dict[Any, Any] = {}

    def parse(self, parser: Parser) -> nodes.Node:
        """Parse the tag up to its end. A piece's key includes its place, so a template without a name raises
        TemplateSyntaxError."""
        line = next(parser.stream).lineno
        if not parser.name:
            parser.fail("only a template with a name may keep something", line)
        made_of = parser.parse_tuple()
        values = made_of if isinstance(made_of, nodes.Tuple) else nodes.Tuple([made_of], "load")
        body = parser.parse_statements(("name:endkeep",), drop_needle=True)
        where = nodes.Const(f"{parser.name}:{parser.free_identifier().name}")  # the number of the tag in its file
        piece = self.call_method("keep", [where, values])
        return nodes.CallBlock(piece, [], [], body).set_lineno(line)

    def keep(self, where: str, made_of: tuple[Any, ...], caller: Callable[[], Any]) -> Any:
        """The cached piece for this place and these values; ``caller`` renders it where it is missing."""
        if self.environment.auto_reload:
            return caller()
        known_by = where, made_of, tuple(map(type, made_of)), _whose()  # True equals 1, but renders otherwise
        piece = self._kept.get(known_by)
        if piece is None:
            if len(self._kept) >= _MOST:
                self._kept.clear()
            piece = self._kept[known_by] = caller()
        return piece


def _whose() -> Any:
    """The part of the key that is the same for all pieces of a page."""
    known = here()
    try:
        return known.whose_pieces
    except AttributeError:
        known.whose_pieces = reader(), local(runtime().now()).date(), request.script_root
        return known.whose_pieces
