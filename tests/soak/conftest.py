"""What the long tests have in common: a house to look into."""

import pytest

from tests.support.house import house

__all__ = ["house"]

pytest.register_assert_rewrite("tests.soak.shuffle", "tests.soak.promises")
