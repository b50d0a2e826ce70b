"""Worlds and what is decided in them, each written by hand from what the words mean, none by asking the code.

A world is told in words; what it says beside that departs from an ordinary one: Bo, who is active, lives by UTC, has
``bo@example.com`` and has said nothing, and a post on ``team.news`` of 2 March 2026 (a Monday), 09:00, that is good for
30 days and goes by e-mail through ``smtp-main``. Times are UTC, ``2026-`` and ``:00`` left out.
"""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from webapp.domain.digest import Digest
from webapp.domain.quiet_hours import QuietHours
from webapp.domain.reason import Reason

BERLIN, NEW_YORK, KOLKATA = "Europe/Berlin", "America/New_York", "Asia/Kolkata"
NIGHTS = "mon 22:00-07:00, tue 22:00-07:00, wed 22:00-07:00, thu 22:00-07:00, fri 22:00-07:00, sat 22:00-07:00, "
NIGHTS += "sun 22:00-07:00"
WEEKEND = "fri 18:00-00:00, sat 00:00-00:00, sun 00:00-00:00, mon 00:00-08:00"


class World(NamedTuple):
    """``is_`` and ``at`` are what the domain says: the action, the reason, and until when it waits."""

    told: str
    facts: dict[str, Any]
    action: str
    reason: str | None
    at: datetime | None


def when(text: str) -> datetime:
    """``03-02 09:00`` is 2026-03-02T09:00:00Z."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


def world(told: str, decided: str, at: str = "", **facts: Any) -> World:
    """``decided`` is the action, and the reason where there is one. Times and wishes are written as people do."""
    action, _, reason = decided.partition(" ")
    return World(told, {name: _read(name, it) for name, it in facts.items()}, action, reason or None,
                 when(at) if at else None)  # fmt: skip


def _read(name: str, it: Any) -> Any:
    if name in ("now", "visible_at", "expires_at", "read_at", "muted_until", "paused_until", "first_try") and it:
        return when(it)
    if name == "quiet_hours":
        return tuple(QuietHours.read(one) for one in it.split(", "))
    if name == "digest":
        return Digest.read(it)
    return Reason(it) if name == "paused_reason" else it


WORLDS = [
    # --- nothing in the way
    world("Nobody has said anything, and all is well", "send"),
    world("Bo said that she wants it", "send", preference="on"),
    world("A second before it expires", "send", now="04-01 08:59:59"),
    world("A fallback sends while the primary is paused", "send", provider="smtp-backup", stands_in_for="smtp-main"),
    # --- its time
    world("It expired a second ago", "cancel EXPIRED", now="04-01 09:00:01"),
    world("It expires this very second", "cancel EXPIRED", now="04-01 09:00"),
    world("Five minutes' ttl, 301 s old", "cancel EXPIRED", now="03-02 09:05:01", expires_at="03-02 09:05"),
    world("Five minutes' ttl, 299 s old", "send", now="03-02 09:04:59", expires_at="03-02 09:05"),
    world("Scheduled for ten, it is nine", "wait NOT_YET", "03-02 10:00", visible_at="03-02 10:00"),
    world("Five minutes' ttl and scheduled in an hour: it counts from then", "wait NOT_YET", "03-02 10:00",
          visible_at="03-02 10:00", expires_at="03-02 10:05"),
    world("Scheduled for this very second", "send", now="03-02 10:00", visible_at="03-02 10:00"),
    # --- off, and what fights it
    world("Bo turned e-mail off for the channel", "filter PREF_OFF", preference="off"),
    world("Off, and expired: it is too late for either, and that is what ended it", "cancel EXPIRED",
          preference="off", now="04-01 09:00"),
    world("Off, and scheduled: she may still change her mind by then", "wait NOT_YET", "03-05 09:00",
          preference="off", visible_at="03-05 09:00"),
    world("Off, and the account is deactivated: the account comes first", "filter RECIPIENT_INACTIVE",
          preference="off", recipient_active=False),
    world("Off, and no address: what she chose comes before what she lacks", "filter PREF_OFF",
          preference="off", address=None),
    world("Off, and nothing to send with: it waits for nothing", "filter PREF_OFF", preference="off", provider=None),
    world("Off, in quiet hours: off is off, not later", "filter PREF_OFF", preference="off",
          quiet_hours="mon 08:00-10:00"),
    world("Off, and a digest: off is off", "filter PREF_OFF", preference="off", digest="hourly"),
    world("Off, and sent again by a person: her choice stands", "filter PREF_OFF", preference="off", generation=2),
    world("Off, but the channel is required", "send", preference="off", required=True),
    # --- muted
    world("Bo muted Max for good", "filter MUTED", muted="sender"),
    world("Bo muted the channel until ten", "filter MUTED", muted="channel", muted_until="03-02 10:00"),
    world("Her mute ended at nine sharp", "send", muted="channel", muted_until="03-02 09:00"),
    world("Her mute has a second left", "filter MUTED", muted="sender", muted_until="03-02 09:00:01"),
    world("Muted, but the channel is required", "send", muted="channel", required=True),
    world("Muted and off: off is the plainer word", "filter PREF_OFF", muted="sender", preference="off"),
    world("Muted, and read: the mute is asked first", "filter MUTED", muted="sender", read_at="03-02 08:00"),
    world("A mute that is over, in quiet hours", "wait QUIET_HOURS", "03-02 10:00", muted="sender",
          muted_until="03-02 08:00", quiet_hours="mon 08:00-10:00"),
    world("Muted until tomorrow, with a digest that is due tomorrow, too", "filter MUTED", muted="sender",
          muted_until="03-03 00:00", digest="daily 17:00"),
    # --- whether she can be reached
    world("The account is deactivated", "filter RECIPIENT_INACTIVE", recipient_active=False),
    world("Deactivated, and required", "filter RECIPIENT_INACTIVE", recipient_active=False, required=True),
    world("No e-mail on the account", "filter NO_ADDRESS", address=None),
    world("A phone, not verified", "filter ADDRESS_UNVERIFIED", medium="sms", address=None, unverified=True),
    world("No phone at all", "filter NO_ADDRESS", medium="sms", address=None),
    world("Required, but no address", "filter NO_ADDRESS", address=None, required=True),
    world("The directory that knows her address raises", "hold RESOLVER_FAILED", address=None, resolver="directory",
          unresolved="OSError: away"),
    world("No address, and nothing to send with", "filter NO_ADDRESS", address=None, provider=None),
    # --- read
    world("She read it in the inbox before it went", "filter ALREADY_READ", read_at="03-02 08:59"),
    world("Read, and sent again by a person: it goes", "send", read_at="03-02 08:59", generation=2),
    world("Read, but the channel is required", "send", read_at="03-02 08:59", required=True),
    world("Read, in quiet hours: there is nothing to wait for", "filter ALREADY_READ", read_at="03-02 08:59",
          quiet_hours="mon 08:00-10:00"),
    world("Read, and the provider is away", "filter ALREADY_READ", read_at="03-02 08:59", provider=None),
    # --- only if unread
    world("She wants mail only of what is unread after half an hour", "wait IF_UNREAD", "03-02 09:30",
          unread_after_s=1800),
    world("The half hour is over, still unread", "send", unread_after_s=1800, now="03-02 09:30"),
    world("The half hour is over, read meanwhile", "filter ALREADY_READ", unread_after_s=1800, now="03-02 09:30",
          read_at="03-02 09:20"),
    world("Only if unread, but required", "send", unread_after_s=1800, required=True),
    world("Only if unread, and sent again: reading has stopped to count", "send", unread_after_s=1800, generation=2),
    world("The wait for reading ends with the ttl", "cancel EXPIRED", unread_after_s=1800, expires_at="03-02 09:30"),
    world("The wait for reading ends a second before the ttl", "wait IF_UNREAD", "03-02 09:30", unread_after_s=1800,
          expires_at="03-02 09:30:01"),
    # --- digests
    world("Hourly, posted on the hour: this is the digest's own moment", "send", digest="hourly"),
    world("Hourly, posted at 09:01", "wait DIGESTED", "03-02 10:00", digest="hourly", visible_at="03-02 09:01",
          now="03-02 09:01"),
    world("Hourly in Kolkata: their full hours are at our half ones", "wait DIGESTED", "03-02 09:30", digest="hourly",
          tz=KOLKATA),
    world("Daily at 17:00 in Berlin, in winter", "wait DIGESTED", "03-02 16:00", digest="daily 17:00", tz=BERLIN),
    world("Daily at 17:00 in Berlin, in summer", "wait DIGESTED", "07-01 15:00", digest="daily 17:00", tz=BERLIN,
          now="07-01 09:00", visible_at="07-01 09:00", expires_at="07-31 09:00"),
    world("Daily at 17:00 in New York, posted at 17:30 there: tomorrow's", "wait DIGESTED", "03-03 22:00",
          digest="daily 17:00", tz=NEW_YORK, now="03-02 22:30", visible_at="03-02 22:30"),
    world("Daily at 17:00 in New York over the night of the leap", "wait DIGESTED", "03-08 21:00", tz=NEW_YORK,
          digest="daily 17:00", now="03-07 22:30", visible_at="03-07 22:30"),
    world("Daily at 02:30 in Berlin on the day that has no 02:30", "wait DIGESTED", "03-29 01:30", tz=BERLIN,
          digest="daily 02:30", now="03-29 00:00", visible_at="03-29 00:00", expires_at="04-28 00:00"),
    world("Daily at 02:30 in Berlin on the day that has two: the first", "wait DIGESTED", "10-25 00:30", tz=BERLIN,
          digest="daily 02:30", now="10-24 23:00", visible_at="10-24 23:00", expires_at="11-23 23:00"),
    world("The digest's time has come", "send", digest="daily 17:00", now="03-02 17:00"),
    world("A digest, but required", "send", digest="daily 17:00", required=True),
    world("The next digest comes after the ttl", "cancel EXPIRED", digest="daily 17:00", expires_at="03-02 16:59"),
    world("Unread for half an hour, then in the next hourly digest", "wait DIGESTED", "03-02 10:00", digest="hourly",
          unread_after_s=1800, now="03-02 09:30"),
    world("A digest, and its reading first", "wait IF_UNREAD", "03-02 09:30", digest="hourly", unread_after_s=1800),
    world("Daily at 17:00, but the channel is first tried at 18:00: tomorrow's", "wait DIGESTED", "03-03 17:00",
          digest="daily 17:00", first_try="03-02 18:00", now="03-02 18:00"),
    world("Tried at 18:00 and held beyond tomorrow's digest: it goes late", "send", digest="daily 17:00",
          first_try="03-02 18:00", now="03-03 17:30"),
    world("Hourly, and the channel is first tried at ten: that is the digest's own moment", "send", digest="hourly",
          visible_at="03-02 09:01", first_try="03-02 10:00", now="03-02 10:00"),
    world("Unread for two hours, which is later than the channel's first try", "wait DIGESTED", "03-02 12:00",
          digest="hourly", unread_after_s=7260, first_try="03-02 10:00", now="03-02 11:01"),
    # --- quiet hours
    world("At three at night, quiet until seven", "wait QUIET_HOURS", "03-03 07:00", quiet_hours=NIGHTS,
          now="03-03 03:00"),
    world("A second before seven", "wait QUIET_HOURS", "03-03 07:00", quiet_hours=NIGHTS, now="03-03 06:59:59"),
    world("At seven sharp", "send", quiet_hours=NIGHTS, now="03-03 07:00"),
    world("The weekend, from Friday evening to Monday morning in one", "wait QUIET_HOURS", "03-09 08:00",
          quiet_hours=WEEKEND, now="03-06 20:00"),
    world("Berlin, the short night: seven comes at five", "wait QUIET_HOURS", "03-29 05:00", quiet_hours=NIGHTS,
          tz=BERLIN, now="03-28 22:00"),
    world("Berlin, the long night: seven comes at six", "wait QUIET_HOURS", "10-25 06:00", quiet_hours=NIGHTS,
          tz=BERLIN, now="10-24 22:00", visible_at="10-24 22:00", expires_at="11-23 22:00"),
    world("Berlin, an end at 02:30 that the short night leaves out", "wait QUIET_HOURS", "03-29 01:30",
          quiet_hours="sat 22:00-02:30", tz=BERLIN, now="03-29 00:45"),
    world("Berlin, an end at 02:30 that the long night has twice: the second", "wait QUIET_HOURS", "10-25 01:30",
          quiet_hours="sat 22:00-02:30", tz=BERLIN, now="10-25 00:45", visible_at="10-25 00:45",
          expires_at="11-24 00:45"),
    world("New York, the short night", "wait QUIET_HOURS", "03-08 11:00", quiet_hours=NIGHTS, tz=NEW_YORK,
          now="03-08 04:00"),
    world("New York, the long night", "wait QUIET_HOURS", "11-01 12:00", quiet_hours=NIGHTS, tz=NEW_YORK,
          now="11-01 04:00", visible_at="11-01 04:00", expires_at="12-01 04:00"),
    world("Kolkata, half an hour from everybody: seven is 01:30", "wait QUIET_HOURS", "03-03 01:30",
          quiet_hours=NIGHTS, tz=KOLKATA, now="03-02 16:30"),
    world("Kolkata, a minute before it begins", "send", quiet_hours=NIGHTS, tz=KOLKATA, now="03-02 16:29"),
    world("Quiet, but required", "send", quiet_hours=NIGHTS, now="03-03 03:00", required=True),
    world("Quiet past the ttl", "cancel EXPIRED", quiet_hours=NIGHTS, now="03-03 03:00", expires_at="03-03 06:00"),
    world("Quiet up to the very end of the ttl", "cancel EXPIRED", quiet_hours=NIGHTS, now="03-03 03:00",
          expires_at="03-03 07:00"),
    world("Quiet all week: looked at again after eight days", "wait QUIET_HOURS", "03-10 09:00",
          quiet_hours="mon 00:00-00:00, tue 00:00-00:00, wed 00:00-00:00, thu 00:00-00:00, fri 00:00-00:00, "
          "sat 00:00-00:00, sun 00:00-00:00"),
    world("Quiet, and a digest at 17:00: first the digest's time", "wait DIGESTED", "03-02 17:00",
          quiet_hours="mon 08:00-18:00", digest="daily 17:00"),
    world("The digest's time is in quiet hours: after them", "wait QUIET_HOURS", "03-02 18:00", now="03-02 17:00",
          quiet_hours="mon 08:00-18:00", digest="daily 17:00"),
    world("Quiet, and sent again by a person: it still lets her sleep", "wait QUIET_HOURS", "03-03 07:00",
          quiet_hours=NIGHTS, now="03-03 03:00", generation=2),
    world("Quiet, with nothing to send with: it is held when the night is over, not now", "wait QUIET_HOURS",
          "03-03 07:00", quiet_hours=NIGHTS, now="03-03 03:00", provider=None),
    # --- with what
    world("Two formatters and nobody has chosen", "hold AMBIGUOUS_FORMATTER", formatters=("newest", "plain")),
    world("One formatter", "send", formatters=("plain",)),
    world("Two formatters and no provider: what an admin of channels mends first", "hold AMBIGUOUS_FORMATTER",
          formatters=("newest", "plain"), provider=None),
    world("Two formatters, required", "hold AMBIGUOUS_FORMATTER", formatters=("newest", "plain"), required=True),
    world("No active provider", "hold NO_PROVIDER", provider=None),
    world("No active provider, required", "hold NO_PROVIDER", provider=None, required=True),
    world("The provider is paused after a refused certificate", "hold PROVIDER_PAUSED", paused_reason="TLS",
          paused_until="03-02 09:10"),
    world("The paused provider's rest is over: this may be its probe", "send", paused_reason="TLS",
          paused_until="03-02 09:00"),
    world("The far side asked to be left alone for ten minutes", "hold RATE_LIMITED", paused_until="03-02 09:10"),
    world("The ten minutes are over", "send", paused_until="03-02 09:10", now="03-02 09:10"),
    # --- to a subscriber
    world("A subscriber needs no provider", "send", provider=None, subscriber="archive"),
    world("A subscriber that a person has switched off", "hold SUBSCRIBER_OFF", provider=None, subscriber="archive",
          switched_off="person", switched_off_at="03-01 09:00"),
    world("A subscriber that is gone", "hold SUBSCRIBER_OFF", provider=None, subscriber="archive",
          switched_off="gone", switched_off_at="03-01 09:00"),
    world("A subscriber that was removed", "cancel CANCELLED_BY_PERSON", provider=None, subscriber="archive",
          switched_off="removed", switched_off_at="03-01 09:00"),
    world("A subscriber that is switched off, and expired", "cancel EXPIRED", provider=None, subscriber="archive",
          switched_off="person", switched_off_at="03-01 09:00", now="04-01 09:00"),
    world("No provider, and expired", "cancel EXPIRED", provider=None, now="04-01 09:00"),
]  # fmt: skip
