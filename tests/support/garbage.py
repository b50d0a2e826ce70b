"""Garbage collection during a test run: objects that exist after the collection of tests are frozen (``gc.freeze``).

Ten thousand tests and their imports are a million objects. Python would scan them again and again, since each test
makes an application with many objects: that took a third of the tests' CPU time.
"""

import gc

OBJECTS = 20_000  # new objects until a collection of the youngest generation; Python's default is 700


def pytest_collection_finish() -> None:
    """Freeze once, before the first test."""
    set_aside()
    gc.set_threshold(OBJECTS, 20, 10)


def set_aside() -> None:
    """Exclude all present objects from future collections."""
    gc.collect()
    gc.freeze()
    gc.collect()  # updates its count of what is left
