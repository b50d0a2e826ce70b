"""Pieces of pages that are made again and again of the same, kept until others need their room.

What stands in ``{% keep entry, opened %}…{% endkeep %}`` is made of these, and of nothing else that changes but the
reader's language and zone, the day there, and where Belfry's addresses begin: whoever looks at their list again has
most of its rows already. Never what a token is in: that is one session's. What is equal must be written alike.
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
    """Jinja's extension for the tag. Where templates may change while Belfry runs, nothing is kept."""

    tags = {"keep"}  # noqa: RUF012 - so Jinja declares it

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self._kept: dict[Any, Any] = {}

    def parse(self, parser: Parser) -> nodes.Node:
        """The tag, up to its end. A piece is known by where it stands: raises TemplateSyntaxError where that has no
        name."""
        line = next(parser.stream).lineno
        if not parser.name:
            parser.fail("only a template with a name may keep something", line)
        made_of = parser.parse_tuple()
        values = made_of if isinstance(made_of, nodes.Tuple) else nodes.Tuple([made_of], "load")
        body = parser.parse_statements(("name:endkeep",), drop_needle=True)
        where = nodes.Const(f"{parser.name}:{parser.free_identifier().name}")  # the number of a name in its file
        piece = self.call_method("keep", [where, values])
        return nodes.CallBlock(piece, [], [], body).set_lineno(line)

    def keep(self, where: str, made_of: tuple[Any, ...], caller: Callable[[], Any]) -> Any:
        """The piece that stands ``where`` and is ``made_of`` this; ``caller`` makes it."""
        if self.environment.auto_reload:
            return caller()
        known_by = where, made_of, tuple(map(type, made_of)), _whose()  # true is 1, and is not written so
        piece = self._kept.get(known_by)
        if piece is None:
            if len(self._kept) >= _MOST:
                self._kept.clear()
            piece = self._kept[known_by] = caller()
        return piece


def _whose() -> Any:
    """What each piece is made of besides: the same for all of a page."""
    known = here()
    try:
        return known.whose_pieces
    except AttributeError:
        known.whose_pieces = reader(), local(runtime().now()).date(), request.script_root
        return known.whose_pieces
