"""Templates as Flask has them, but that they share one map of what is known to all, instead of a chain of maps each.

A page is made of two dozen files. Each include copies that map and each import compares it, name by name: with a chain
that was a tenth of the page.
"""

from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment


class Templates(Environment):
    """Jinja's environment. One that is first loaded with globals of its own still gets a chain;
    whoever hands them over later hands them to everybody."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """What a template knows without being handed it."""
        return super().make_globals(d) if d else self.globals
