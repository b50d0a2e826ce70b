"""The audit's command."""

import click

from webapp.cli._output import Answer, Failed, command
from webapp.runtime import runtime
from webapp.services.auditing import audit as service


@click.command()
@click.option("--all", "_all", is_flag=True, help="Look at everything, as it does without; for scripts that say so.")
@command
def audit(*, _all: bool) -> Answer | Failed:
    """Check that the queue, its ledger, its envelopes and its tries fit together; exits with 1 where they do not."""
    here = runtime()
    audited = service.run(now=here.now, lease_s=here.settings.lease)
    if audited.misfits:
        return Failed(Answer(audited, audited.misfits))
    return Answer(audited, f"All fits: {audited.deliveries} deliveries of {audited.messages} messages.")


commands = [audit]
