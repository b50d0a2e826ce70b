"""What the stories have in common: a house to look into, and people at its pages."""

from tests.support.house import house

__all__ = ["house"]
