"""A person, or Belfry itself under a name, as lists show them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Who:
    """``username`` is None where the sender is not a person."""

    display_name: str
    username: str | None = None

    @property
    def initials(self) -> str:
        """Two letters for an avatar."""
        return initials_of(self.display_name)


def initials_of(name: str) -> str:
    """The first letters of the first and the last word, or the first two letters of a single word."""
    words = name.split() or ["?"]
    return (words[0][0] + words[-1][0] if len(words) > 1 else words[0][:2]).upper()
