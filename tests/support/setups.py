"""A whole installation in one file, to be applied, exported and damaged."""

import tomllib
from typing import Any

from webapp.extensions import db
from webapp.models._columns import table_of
from webapp.models.audit import AuditEvent
from webapp.runtime import runtime
from webapp.services.setup import applying, standing
from webapp.services.setup.applying import Applied

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VARIABLES = {
    "BELFRY_SECRET_SMTP_MAIN_PASSWORD": "correct horse",
    "BELFRY_SECRET_RELAY_SIGNING_KEY": KEY,
}
FILE = """\
version = 1

[policies.patient]
kind = "steps"
steps = [60, 300.5]
max_attempts = 3

[policies.patient.rules.voicemail_new.first]
attempt = 1
retry_after_s = 900

[channels."news.releases"]
title = "Releases"
media = ["email", "sms"]
policy = "patient"
posters = ["ada", "role:operator"]
ttl_s = 3600

[channels."desk.status"]
title = "Status"
immediate = true

[providers.smtp-main]
kind = "smtp"
medium = "email"
role = "primary"

[providers.smtp-main.settings]
host = "mail.example.com"
auth = "plain"
username = "belfry"
password = { env = "BELFRY_SECRET_SMTP_MAIN_PASSWORD" }
sender = "belfry@example.com"

[providers.mailbox]
kind = "file"
medium = "email"
role = "fallback"
place = 1

[providers.relay]
kind = "http"
medium = "sms"

[providers.relay.settings]
url = "https://relay.example.com/"
signing_key = { env = "BELFRY_SECRET_RELAY_SIGNING_KEY" }

[people.ada]
display_name = "Ada Kern"
email = "ada@example.com"
phone = "+4930901820"
phone_verified = true
role = "admin"

[people.emil]
display_name = "Emil Moreau"
tz = "Europe/Paris"
active = false
"""


def at(fragment: str, field: str, text: str = FILE) -> str:
    """How a refusal names the line of that fragment, and the field."""
    return f"belfry.toml:{text[: text.index(fragment)].count(chr(10)) + 1}: {field}"


def apply(text: str | bytes = FILE, *, variables: dict[str, str] | None = None, dry_run: bool = False) -> Applied:
    """Apply a text as the file ``belfry.toml``."""
    here = runtime()
    return applying.apply(
        file="belfry.toml",
        content=text.encode() if isinstance(text, str) else text,
        variables=VARIABLES if variables is None else variables,
        dry_run=dry_run,
        by="olaf (command)",
        now=here.now(),
        vault=here.vault,
    )


def export() -> str:
    """The present setup as a file."""
    return standing.export(vault=runtime().vault).text


def tree() -> dict[str, Any]:
    """The export, parsed."""
    return tomllib.loads(export())


def rows() -> dict[str, list[Any]]:
    """Everything in the database except encrypted secrets, which differ each time."""
    db.session.rollback()
    return {
        table.name: sorted(str(tuple(row)) for row in db.session.execute(table.select()))
        for table in db.metadata.sorted_tables
    }


def audited() -> list[tuple[str, str]]:
    """What the audit has of it, in order: what, and of which thing."""
    events = table_of(AuditEvent)
    db.session.rollback()
    return [(row.what, row.target) for row in db.session.execute(events.select().order_by(events.c.id))]


def events() -> list[Any]:
    """What the audit has, whole."""
    db.session.rollback()
    return list(db.session.execute(table_of(AuditEvent).select()))
