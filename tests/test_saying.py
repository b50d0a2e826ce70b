"""Saying: a fault is one plain line and the end."""

from tests.support.server import refused


def test_a_fault_ends_the_process_on_the_spot(run):
    said = refused(run("""
from webapp.saying import fail
try:
    fail("There is no more paper.")
finally:
    print("still here")
"""))  # fmt: skip
    assert said == "belfry: There is no more paper.\n"


def test_what_is_said_is_a_line(run):
    done = run("from webapp.saying import say; say('Here.')")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Here.\n", "")
