"""Commands for what is sealed. None of them prints a secret."""

import click

from webapp.cli._output import Failed, command
from webapp.cli._who import who
from webapp.runtime import runtime
from webapp.services.providers import rotation
from webapp.services.providers.rotation import Rotated


@click.group()
def secrets() -> None:
    """Secrets: what providers sign in with, encrypted at rest."""


@secrets.command("rotate")
@click.option("--dry-run", is_flag=True, help="Only say what would be sealed anew.")
@command
def rotate(*, dry_run: bool) -> Rotated | Failed:
    """Seal everything with the first encryption key; exits with 1 where something cannot be opened by any."""
    here = runtime()
    done = (
        rotation.foresee(vault=here.vault) if dry_run else rotation.rotate(by=who(), now=here.now(), vault=here.vault)
    )
    for name in done.unreadable:
        click.echo(f"{name}: none of the encryption keys opens its secrets. Enter them again.", err=True)
    return Failed(done) if done.unreadable else done


commands = [secrets]
