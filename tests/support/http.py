"""pytest-httpserver, told to answer several requests at once."""

from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer


@pytest.fixture(scope="session")
def make_httpserver() -> Iterator[HTTPServer]:
    """What the ``httpserver`` fixture stands on. Without threads, one held answer would hold up all the others."""
    with HTTPServer(host="127.0.0.1", port=0, threaded=True) as server:
        yield server
