"""Where the tests' temporary folders are: in memory, if there is room.

Every commit on SQLite waits for its disk, as it should: a power cut must not lose an answered post. No test cuts the
power, and waiting for a shared disk would only cost time.
"""

import os
import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")
ENOUGH = 2 * 1024**3  # bytes; a container's default of 64 MB is too little for a run


def pytest_configure() -> None:
    """Set pytest's base folder before it makes the first one, unless somebody has set it."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
