"""Changes that somebody could make to the database behind Belfry's back, each with the id that the audit must
report."""

import sqlite3
from typing import Any, NamedTuple

import psycopg

EARLY, FAR = "'2026-01-01 00:00:00.000000'", "'2099-01-01 00:00:00.000000'"
LATER = "'2026-03-02 10:00:00.000000'"


class Corruption(NamedTuple):
    """A description, the SQL, and the table and id that the audit reports. ``{sent.id}`` is a column of the History's
    delivery "sent"."""

    words: str
    sql: str
    found: str


def delivery(name: str, change: str, words: str) -> Corruption:
    """A change to the delivery's row."""
    return Corruption(words, f"UPDATE delivery SET {change} WHERE id = '{{{name}.id}}'", f"{{{name}.id}}")


def of(table: str, name: str, change: str, words: str, where: str = "", found: str = "id") -> Corruption:
    """A change to the rows of a table that belong to a delivery; with an empty ``change`` they are deleted."""
    keys = {
        "move": "delivery_id = '{NAME.id}'",
        "attempt": "envelope_id = '{NAME.envelope_id}'",
        "envelope": "id = '{NAME.envelope_id}'",
        "body": "id = (SELECT body_id FROM envelope WHERE id = '{NAME.envelope_id}')",
        "message": "id = '{NAME.message_id}'",
        "user_notification": "message_id = '{NAME.message_id}'",
        "delivery": "id = '{NAME.id}'",
        "user_account": "id = {NAME.user_id}",
        "channel": "id = {NAME.channel_id}",
    }
    which = keys[table].replace("NAME", name) + (f" AND {where}" if where else "")
    sql = f"UPDATE {table} SET {change} WHERE {which}" if change else f"DELETE FROM {table} WHERE {which}"
    return Corruption(words, sql, f"{{{name}.{found}}}")


def gone(table: str, name: str, words: str, where: str = "", found: str = "id") -> Corruption:
    """Deletes the rows."""
    return of(table, name, "", words, where, found)


def together(words: str, found: str, *several: Corruption) -> Corruption:
    """Several corruptions at once."""
    return Corruption(words, "; ".join(one.sql for one in several), found)


def put_in(words: str, name: str, was: str, became: str) -> Corruption:
    """Inserts a move that never happened."""
    into = "INSERT INTO move (delivery_id, was, became, at, by) VALUES"
    return Corruption(words, f"{into} ('{{{name}.id}}', {was}, '{became}', {LATER}, 'mallory')", f"{{{name}.id}}")


_COLUMNS = "envelope_id, generation, number, started_at, ms, phase, outcome, counted, reply, trigger, process"
_ALL_OF_SENT = [gone(table, "sent", "") for table in ("delivery", "move", "user_notification", "message")]

CORRUPTIONS = (
    # --- rows that are gone ---
    gone("delivery", "sent", "a delivery is deleted"),
    together("a delivery and its ledger", "{sent.message_id}", *_ALL_OF_SENT[:2]),
    together("a message with all but the ledger", "{sent.id}", _ALL_OF_SENT[0], *_ALL_OF_SENT[2:]),
    together("a message with all but the envelope", "{sent.envelope_id}", *_ALL_OF_SENT),
    gone("message", "sent", "a message is deleted"),
    gone("message", "board", "a message that nothing was delivered of", found="message_id"),
    gone("user_notification", "sent", "a copy is deleted"),
    gone("user_notification", "board", "a copy that nothing was delivered of", found="message_id"),
    gone("move", "sent", "a whole ledger is deleted"),
    gone("move", "sent", "the first move is deleted", "was IS NULL"),
    gone("move", "busy", "a move in the middle is deleted", "became = 'retrying'"),
    gone("move", "sent", "the last move is deleted", "became = 'sent'"),
    gone("envelope", "sent", "an envelope is deleted"),
    Corruption("an envelope that was replaced", "DELETE FROM envelope WHERE id = '{again.replaces}'", "{again.id}"),
    gone("attempt", "sent", "the only attempt is deleted"),
    gone("attempt", "given_up", "the first of four attempts is deleted", "number = 1"),
    gone("attempt", "died", "the trace of a crash is deleted", "trigger = 'sweep'"),
    gone("attempt", "spared", "an attempt that cost nothing is deleted", "outcome = 'temporary'"),
    gone("user_account", "sent", "a recipient is deleted"),
    gone("channel", "sent", "a channel is deleted"),
    # --- rows that nobody wrote ---
    put_in("a move goes on from the end", "sent", "'sent'", "queued"),
    put_in("a move that there is not", "sent", "'sent'", "cancelled"),
    put_in("a second beginning", "sent", "NULL", "queued"),
    Corruption(
        "an attempt is put in twice",
        f"INSERT INTO attempt ({_COLUMNS}) SELECT {_COLUMNS} FROM attempt WHERE envelope_id = '{{sent.envelope_id}}'",
        "{sent.id}",
    ),
    # --- the delivery's row ---
    delivery("sent", "state = 'queued'", "a state is changed"),
    delivery("sent", "state = 'lost'", "a state that there is not"),
    delivery("refused", "state = 'sent'", "what was refused is called sent"),
    delivery("refused", "reason = 'GONE'", "a reason is changed"),
    delivery("refused", "reason = NULL", "a reason is taken away"),
    delivery("sent", "reason = 'GONE'", "a reason is given"),
    delivery("sent", "generation = 2", "a generation is changed"),
    delivery("again", "replaces = NULL", "what it replaces is forgotten"),
    delivery("waiting", "failures = 0", "failures are forgotten"),
    delivery("waiting", "retries_left = 9", "tries are given"),
    delivery("claimed", "crashes = 0", "crashes are forgotten"),
    delivery("broken", "raises = 0", "raises are forgotten"),
    delivery("scheduled", f"due_at = {FAR}", "a first try is put off"),
    delivery("scheduled", f"due_at = {EARLY}", "a first try is put ahead"),
    delivery("waiting", f"due_at = {FAR}", "a retry is put off"),
    delivery("waiting", "due_at = failed_at", "a retry is put ahead"),
    delivery("waiting", f"expires_at = {FAR}", "a time to live is made longer"),
    delivery("sent", f"ended_at = {EARLY}", "an end is dated otherwise"),
    delivery("sent", "ended_at = NULL", "an end is taken away"),
    delivery("waiting", f"ended_at = {LATER}", "an end is given"),
    delivery("busy", f"failed_at = {EARLY}", "a failure is dated otherwise"),
    delivery("sent", "envelope_id = '{busy.envelope_id}'", "it gets another's envelope"),
    delivery("sent", "user_id = {texted.user_id}", "it gets another recipient"),
    delivery("sent", "channel_id = {unsure.channel_id}", "it gets another channel"),
    delivery("sent", "notification_id = NULL", "it loses its copy"),
    # --- leases ---
    delivery("flying", "lease_token = 'X'", "a lease gets another token"),
    delivery("flying", f"lease_until = {EARLY}", "a lease is cut short"),
    delivery("flying", f"lease_until = {FAR}", "a lease is made to last for ever"),
    delivery("flying", "envelope_id = NULL", "what was handed over loses its envelope"),
    delivery("taken", "lease_token = NULL, lease_until = NULL", "a lease is taken away"),
    delivery("sent", f"lease_token = 'X', lease_until = {FAR}", "a lease is given to what has ended"),
    # --- the ledger ---
    of("move", "sent", "lease_token = 'X'", "it moved under another lease", "became = 'sent'"),
    of("move", "busy", "reason = 'DNS'", "it moved for another reason", "became = 'retrying'"),
    of("move", "sent", "delivery_id = '{other.id}'", "a move is made another's", "became = 'sent'"),
    of("move", "sent", "envelope_id = '{busy.envelope_id}'", "it moved in another envelope", "became = 'sent'"),
    # --- envelopes, and what is in them ---
    of("envelope", "sent", "address = 'mallory@example.com'", "an envelope goes elsewhere"),
    of("envelope", "sent", "user_id = {texted.user_id}", "an envelope is made another's"),
    of("envelope", "sent", "variables = '{{}}'", "an envelope has no sender"),
    of("envelope", "sent", "replaces = '{busy.envelope_id}'", "an envelope replaces another"),
    of("envelope", "sent", "digest = 'X'", "a digest is changed"),
    of("envelope", "busy", "address = 'x@example.com', digest = NULL", "a digest is taken away"),
    of("envelope", "arrived", "far_state = NULL", "a far side's word is taken away"),
    of("envelope", "bounced", "far_state = 'delivered', far_reason = NULL", "a far side's word is turned round"),
    of("envelope", "bounced", "far_reason = 'GONE'", "a far side's word is for another reason"),
    of("envelope", "sent", "far_state = 'delivered'", "a far side is made to say that it arrived"),
    of("move", "arrived", "by = 'mallory'", "somebody speaks for the far side", "became = 'delivered'"),
    delivery("arrived", "state = 'sent', reason = NULL", "what arrived is called sent"),
    of("body", "sent", "text = 'Pay here.'", "a text is changed", found="envelope_id"),
    of("body", "sent", "hash = 'X', text = 'Pay here.'", "a text is changed with its hash"),
    # --- what went out together ---
    delivery("one", "failures = 0", "a failure of several is forgotten by one"),
    gone("attempt", "two", "the try of several is deleted"),
    of("envelope", "one", "members = 3", "an envelope of two is said to be of three"),
    of("envelope", "one", "replaces = NULL", "what took another's place says so no more"),
    Corruption(
        "one that was cancelled is put into what took the place of its envelope",
        "UPDATE delivery SET envelope_id = '{one.envelope_id}' WHERE id = '{two.id}'",
        "{three.id}",
    ),
    # --- attempts ---
    of("attempt", "refused", "outcome = 'accepted', reason = NULL", "a failure is called a success"),
    of("attempt", "sent", "outcome = 'temporary', reason = 'DNS'", "a success is called a failure"),
    of("attempt", "refused", "reason = 'GONE'", "it failed for another reason"),
    of("attempt", "sent", "counted = (1 = 0)", "an attempt counts no more"),
    of("attempt", "sent", "number = 2", "an attempt has another number"),
    of("attempt", "sent", "generation = 2", "an attempt is of another generation"),
    of("attempt", "sent", f"started_at = {EARLY}", "an attempt was made at another time"),
    of("attempt", "sent", "envelope_id = '{busy.envelope_id}'", "an attempt is made another envelope's"),
    of("attempt", "sent", "envelope_id = 'GONE'", "an attempt is made nobody's"),
    # --- messages and copies ---
    of("message", "sent", 'counted = \'{{"inbox": 2, "email": 2}}\'', "it was for more people", found="message_id"),
    of("message", "sent", "channel_id = {unsure.channel_id}", "a message is of another channel"),
    of("message", "sent", f"expires_at = {FAR}", "a message lives longer"),
    of("user_notification", "sent", "user_id = {texted.user_id}", "a copy is made another's"),
    of("user_notification", "sent", f"visible_at = {FAR}", "a copy is hidden", found="notification_id"),
)


def meddle(url: str, sql: str) -> None:
    """Run SQL as somebody would who knows the database and not Belfry; no foreign keys are checked."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        connection.executescript(sql)
        connection.close()
    else:
        with psycopg.connect(url) as other:
            other.execute(f"SET session_replication_role = replica; {sql}".encode())


def filled(text: str, rows: dict[str, Any]) -> str:
    """The SQL with the history's ids filled in."""
    return text.format(**rows)
