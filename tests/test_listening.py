"""Listening: the process that holds the port. Whole servers: journeys/."""

from tests.support.server import refused

# What the process that answers is made of.
HEAVY = ("flask", "sqlalchemy", "webapp.models", "webapp.runtime", "webapp.serving")
# What is loaded when it is first needed, which in many processes is never.
SELDOM = ("alembic", "flask_migrate", "mako", "webapp.cli.users", "email_validator", "phonenumbers", "markdown_it")


def test_an_address_of_another_machine(run):
    said = refused(run("from webapp.listening import serve; serve()", HOST="192.0.2.1"))
    assert said == "belfry: Cannot listen on 192.0.2.1: Cannot assign requested address.\n"


def test_a_bad_setting(run):
    said = refused(run("from webapp.listening import serve; serve()", LEASE="soon"))
    assert said.startswith("belfry: BELFRY_LEASE must be a number from 1 to 3600")


def test_it_is_small_until_it_has_forked(run):
    loaded = f"print([name for name in {HEAVY} if name in sys.modules])"
    done = run(f"import sys; from webapp.listening import Settings; Settings.from_environment(); {loaded}",
               DATABASE_URL="")  # fmt: skip
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_start_does_without_what_only_some_need(run):
    start = f"""
import os, sys
from webapp.listening import Lead, _application

_application(parent=os.getppid(), lead=Lead())
print([name for name in {SELDOM} if name in sys.modules])
"""
    run(start, JOBS="off")  # which migrates
    done = run(start, JOBS="off")
    assert (done.stdout.splitlines()[-1], done.stderr) == ("[]", "")


def test_garbage_is_looked_for_once_it_serves(run):
    done = run("""
import gc, os
from webapp.listening import Lead, _application

_application(parent=os.getppid(), lead=Lead())
print(gc.isenabled(), gc.get_freeze_count() > 100_000)
""", JOBS="off")  # fmt: skip
    assert (done.stdout.splitlines()[-1], done.stderr) == ("True True", "")
