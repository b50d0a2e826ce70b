"""Where the tests' temporary folders are: in memory, if there is room.

Every commit on the embedded database waits for its disk, as it should: a power cut must not lose an answered post.
No test cuts the power, and a disk that others use as well makes them wait for nothing.
"""

import os
import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")
ENOUGH = 2 * 1024**3  # bytes; a container has 64 MB by default, in which a run has no room


def pytest_configure() -> None:
    """Tell pytest, before it makes the first one; whoever has chosen a place keeps it."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
