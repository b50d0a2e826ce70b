"""What the documents say about settings and states is what the code says."""

import pytest

from tests.docs.blocks import BLOCKS, written


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_is_as_made(name: str) -> None:
    assert written(name) == BLOCKS[name][1](), f"{BLOCKS[name][0]} is out of date: make docs"
