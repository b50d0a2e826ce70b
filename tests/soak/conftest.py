"""What the long tests have in common: a house to look into."""

from tests.support.house import house

__all__ = ["house"]
