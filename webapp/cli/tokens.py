"""Commands about the tokens of the API: list them, make one, revoke one."""

from datetime import timedelta
from typing import Any

import click

from webapp.cli._output import Answer, command
from webapp.cli._who import who
from webapp.domain.scope import Scope
from webapp.runtime import runtime
from webapp.services.people import tokens as service
from webapp.services.people.tokens import USUAL, Token


@click.group()
def tokens() -> None:
    """Tokens by which programs act."""


@tokens.command("list")
@click.option("--user", "username", metavar="NAME", help="Only of this account.")
@command
def list_(username: str | None) -> list[Token]:
    """List 200 tokens, the good and then the new ones first; never what they are, only how they begin."""
    now = runtime().now()
    return service.account_tokens(username=username, now=now) if username else service.listed(now=now)


@tokens.command()
@click.argument("username", metavar="NAME")
@click.option("--name", required=True, help="Which program it is for.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice([scope.value for scope in Scope]), metavar="SCOPE",
              help="What it may do, such as messages:write; repeat it for several.")  # fmt: skip
@click.option("--days", type=click.IntRange(1, 366), default=USUAL.days, show_default=True, help="How long it is good.")
@click.option("--never-expires", is_flag=True, help="It is good until it is revoked.")
@command
def make(username: str, *, name: str, scopes: tuple[str, ...], days: int, never_expires: bool) -> Answer:
    """Make a token of an account, and print it this once: it cannot be shown again."""
    now = runtime().now()
    end = None if never_expires else now + timedelta(days=days)
    made = service.make(username=username, name=name, scopes=scopes, expires_at=end, by=who(), now=now)
    answer: dict[str, Any] = {"token": made.secret, "id": made.token.id, "expires_at": made.token.expires_at}
    return Answer(answer, made.secret)


@tokens.command()
@click.argument("id", metavar="ID", type=click.IntRange(1, 2**31 - 1))
@command
def revoke(id: int) -> Token:
    """Revoke a token by the number that “list” shows; from the next request on it is good for nothing."""
    return service.revoke(id=id, by=who(), now=runtime().now())


commands = [tokens]
