"""Who is at the command line."""

from getpass import getuser


def who() -> str:
    """The account of this machine that runs the command, as the audit names it."""
    return f"{getuser()[:40]} (command)"
