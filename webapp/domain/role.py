"""Role: what a person may do; each includes the one before."""

from enum import StrEnum


class Role(StrEnum):
    """Editors post and read; operators also work the queue; administrators also configure."""

    EDITOR = "editor"
    OPERATOR = "operator"
    ADMIN = "admin"

    @property
    def word(self) -> str:
        """The role as a word on a screen."""
        return {"editor": "Editor", "operator": "Operator", "admin": "Administrator"}[self.value]

    @property
    def rank(self) -> int:
        """0 for the least."""
        return _RANKS[self]

    def includes(self, other: "Role") -> bool:
        """Whether somebody of this role may do what ``other`` may."""
        return self.rank >= other.rank


_RANKS = {role: rank for rank, role in enumerate(Role)}
