"""Commands about people: add one, list them, find some."""

import sys

import click

from webapp.cli._output import command
from webapp.cli._who import who
from webapp.runtime import runtime
from webapp.services import accounts
from webapp.services.accounts import DEFAULT_LOCALE, DEFAULT_ZONE, Person


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
@command
def add(*, password_stdin: bool, **given: str) -> Person:
    """Add somebody. Without a password they cannot sign in yet."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    return accounts.add(**given, password=password, by=who(), now=runtime().now())


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


commands = [users]
