"""Commands about people: add one or many, list them, find some, give a password."""

import sys
from typing import Any, BinaryIO

import click

from webapp.cli._output import command
from webapp.cli._who import who
from webapp.domain.refusal import Refused
from webapp.runtime import runtime
from webapp.services.people import accounts, importing, second_factor
from webapp.services.people.accounts import DEFAULT_LOCALE, DEFAULT_ZONE, Person
from webapp.services.people.importing import Imported


@click.group()
def users() -> None:
    """People and their accounts."""


@users.command()
@click.argument("username", metavar="NAME")
@click.option("--display-name", required=True, help="What they are called.")
@click.option("--email", help="Where e-mail goes; without one only their inbox gets what is sent to them.")
@click.option("--phone", help="With the country's code: +49 30 901820.")
@click.option("--role", default="editor", show_default=True, help="editor, operator or admin.")
@click.option("--tz", default=DEFAULT_ZONE, show_default=True, help="Their time zone.")
@click.option("--locale", default=DEFAULT_LOCALE, show_default=True, help="How dates and numbers are written for them.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input, one line.")
@click.option("--service", is_flag=True, help="The account of a program: it acts by tokens, and has no password.")
@command
def add(*, password_stdin: bool, **given: Any) -> Person:
    """Add somebody. Without a password they cannot sign in yet."""
    return accounts.add(**given, password=_line() if password_stdin else None, by=who(), now=runtime().now())


@users.command("import")
@click.argument("file", metavar="FILE.csv", type=click.File("rb"))
@command
def import_(file: BinaryIO) -> Imported:
    """Add everybody in a CSV file, or nobody; they cannot sign in yet. “-” reads standard input.

    Its first line names the columns: username,display_name,email,phone,role (phone may be left out).
    """
    return importing.import_people(content=file.read(), by=who(), now=runtime().now())


@users.command()
@click.argument("username", metavar="NAME")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input, one line.")
@command
def password(username: str, *, password_stdin: bool) -> Person:
    """Give somebody another password, and sign them out everywhere."""
    if not password_stdin:
        raise Refused({"password": "Give it by --password-stdin, as one line: a command line can be read by others."})
    accounts.set_password(username=username, password=_line(), by=who(), now=runtime().now())
    return accounts.get(username=username)


@users.command("reset-second-factor")
@click.argument("username", metavar="NAME")
@click.option("--reason", required=True, help="Why; it is kept in the audit.")
@command
def reset_second_factor(username: str, reason: str) -> Person:
    """Let somebody sign in by the password alone who has lost their phone and their recovery codes.

    They are signed out everywhere.
    """
    return second_factor.reset(username=username, reason=reason, by=who(), now=runtime().now())


@users.command("list")
@command
def list_() -> list[Person]:
    """List everybody."""
    return accounts.listed()


@users.command()
@click.argument("partial")
@command
def find(partial: str) -> list[Person]:
    """Find people by the beginning of a word of their username, name or e-mail; 2 characters at least."""
    return accounts.find(partial=partial)


def _line() -> str:
    """The first line of standard input."""
    return sys.stdin.readline().rstrip("\r\n")


commands = [users]
