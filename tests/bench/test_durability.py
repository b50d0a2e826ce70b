"""That commits wait for the disk is looked at before anything is measured."""

from pathlib import Path

import pytest

from bench.bench import opened
from bench.durability import demand_durable
from bench.sizes import TINY

pytestmark = pytest.mark.one_database


def test_it_says_what_it_found(tmp_path: Path) -> None:
    with opened(TINY, tmp_path) as bench:
        assert demand_durable(bench).startswith("Every commit waits for the disk")
