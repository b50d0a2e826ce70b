"""Templates as Flask has them, made to cost less: a page is made of two dozen files and says a thousand things.

- All share one map of what is known to all, instead of a chain of maps each. Each include copies that map and each
  import compares it, name by name: with a chain that was a tenth of the page.
- What a page says is one string in the end, and most of it has nothing in it that would have to be escaped.
- What a template calls, it just calls. Jinja looks at each call for whether the function wants the template's context.
- A template that was found once is not looked for again, unless templates may change while Belfry runs; and by one at
  a time: of eight who ask for a page that nobody has seen yet, each would make it ready for itself.
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
    """The value as HTML, as ``escape`` makes it; but no longer marked as such, since it is written at once."""
    if type(value) is str:
        return escape(value) if _has_active(value) else value
    if type(value) is Markup:
        return value
    return "" if type(value) is Undefined else escape(value)


class _Code(CodeGenerator):
    """The Python that a template becomes."""

    def write_commons(self) -> None:
        """Begin a function of it. Jinja's code looks for ``escape`` where it writes, and nowhere else."""
        super().write_commons()
        self.writeline("escape, call = environment.written, environment.called")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802 - so it is called
        """Write a call. Of what stands in a template only some of Jinja's own globals want its context."""
        if isinstance(node.node, nodes.Name) and hasattr(self.environment.globals.get(node.node.name), _WANTS_CONTEXT):
            return super().visit_Call(node, frame, forward_caller=forward_caller)
        self.write("call(")
        self.visit(node.node, frame)
        self.signature(node, frame, {"caller": "caller"} if forward_caller else None)
        return self.write(")")


_WANTS_CONTEXT = "jinja_pass_arg"  # how jinja2.pass_context marks a function


class Templates(Environment):
    """Jinja's environment. One that is first loaded with globals of its own still gets a chain;
    whoever hands them over later hands them to everybody."""

    code_generator_class = _Code
    written = staticmethod(written)
    called = staticmethod(operator.call)

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, bytecode_cache=Compiled(), **options)
        self.add_extension(Keeping)
        self._found: dict[Any, Template] = {}
        self._finding = Lock()

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """What a template knows without being handed it."""
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
