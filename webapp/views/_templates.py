"""Flask's templates, made faster: a page consists of two dozen files with a thousand expressions.

- All templates share one dict of globals instead of a ChainMap each. Each include copies it and each import compares
  it, name by name: with ChainMaps that was a tenth of a page's time.
- A page becomes one string in the end, and most expressions contain nothing to escape.
- Calls are plain calls. Jinja checks at each call whether the function wants the template's context.
- A loaded template is not looked up again, unless templates may change while Belfry runs. A lock lets one thread load
  it: otherwise each of eight first requests for a page would compile it for itself.
"""

import operator
import re
from collections.abc import MutableMapping
from threading import Lock
from typing import Any

from flask.templating import Environment
from jinja2 import Template, Undefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup, escape

from webapp.views._compiled import Compiled
from webapp.views._keeping import Keeping

_has_active = re.compile("[&<>\"']").search


def written(value: Any) -> str:
    """The value as HTML, like ``escape``, but without marking plain strings as Markup: they are written at once."""
    if type(value) is str:
        return escape(value) if _has_active(value) else value
    if type(value) is Markup:
        return value
    return "" if type(value) is Undefined else escape(value)


class _Code(CodeGenerator):
    """Generates a template's Python code."""

    def write_commons(self) -> None:
        """Begin a function with faster local names for ``escape`` and for calls."""
        super().write_commons()
        self.writeline("escape, call = environment.written, environment.called")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802 - so it is called
        """Write a call. Only some of Jinja's own globals want the context; they keep Jinja's way of calling."""
        if isinstance(node.node, nodes.Name) and hasattr(self.environment.globals.get(node.node.name), _WANTS_CONTEXT):
            return super().visit_Call(node, frame, forward_caller=forward_caller)
        self.write("call(")
        self.visit(node.node, frame)
        self.signature(node, frame, {"caller": "caller"} if forward_caller else None)
        return self.write(")")


_WANTS_CONTEXT = "jinja_pass_arg"  # how jinja2.pass_context marks a function


class Templates(Environment):
    """Jinja's environment. A template that is first loaded with globals of its own still gets a ChainMap; globals
    passed for one that is loaded already reach all templates."""

    code_generator_class = _Code
    written = staticmethod(written)
    called = staticmethod(operator.call)

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, bytecode_cache=Compiled(), **options)
        self.add_extension(Keeping)
        self._found: dict[Any, Template] = {}
        self._finding = Lock()

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals of a template."""
        return super().make_globals(d) if d else self.globals

    def get_template(
        self, name: str | Template, parent: str | None = None, globals: MutableMapping[str, Any] | None = None
    ) -> Template:
        """A template by its name."""
        if globals or self.auto_reload:
            return super().get_template(name, parent, globals)
        if name not in self._found:
            with self._finding:
                self._found[name] = super().get_template(name, parent)
        return self._found[name]
