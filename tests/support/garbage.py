"""How often a test run looks for garbage: what has been collected never becomes any, so it is not looked at.

Ten thousand tests and all that they import are a million objects. Python would look through them again and again, for
each test makes an application, which is a lot at once: that was a third of all that the tests' processes did.
"""

import gc

OBJECTS = 20_000  # made, and not gone, until the young ones are looked through; Python's own choice is 700


def pytest_collection_finish() -> None:
    """Begin with the first test."""
    set_aside()
    gc.set_threshold(OBJECTS, 20, 10)


def set_aside() -> None:
    """Look no more at what there is now."""
    gc.collect()
    gc.freeze()
    gc.collect()  # so that it knows how little there is left
