"""A changed mind reaches what already waits: it is decided on again at once, and only what still must wait waits on."""

from dataclasses import replace
from datetime import time, timedelta

import pytest
from sqlalchemy import update

from tests.support.setups import apply
from webapp.domain.channel_options import ChannelOptions
from webapp.domain.digest import Digest
from webapp.domain.quiet_hours import QuietHours
from webapp.models.user import User
from webapp.services.people import accounts
from webapp.services.posting import channels
from webapp.services.preferences import grid, times

HOUR = timedelta(hours=1)


@pytest.fixture
def say(world):
    """What Emil may change, at nine on a Monday morning."""

    def quiet(*texts):
        times.keep_quiet(username="emil", hours=[QuietHours.read(text) for text in texts], now=world.clock.now())

    def unread(after_s):
        times.mail_unread(username="emil", after_s=after_s, now=world.clock.now())

    def digest(digest, *, wanted=True):
        cell = {"channel": "team.news", "medium": "email", "wanted": wanted, "digest": digest}
        grid.choose(username="emil", **cell, now=world.clock.now())

    def zone(tz):
        now = accounts.get(username="emil")
        told = {"display_name": now.display_name, "email": now.email, "phone": None, "locale": now.locale, "tz": tz}
        accounts.edit(username="emil", **told, by="emil", now=world.clock.now())

    return {"quiet": quiet, "unread": unread, "digest": digest, "zone": zone}


CHANGES = {
    "no quiet hours": ([("quiet", "mon 08:00-17:00")], ("quiet",), "sent"),
    "shorter quiet hours": ([("quiet", "mon 08:00-17:00")], ("quiet", "mon 08:00-08:30"), "sent"),
    "quiet hours that go on": ([("quiet", "mon 08:00-17:00")], ("quiet", "mon 08:00-12:00"), 3),
    "more quiet hours": ([("quiet", "mon 08:00-12:00")], ("quiet", "mon 08:00-12:00", "mon 11:00-14:00"), 3),
    "mail at once": ([("unread", 7 * 86400)], ("unread", None), "sent"),
    "mail sooner": ([("unread", 7 * 86400)], ("unread", 7200), 2),
    "mail later": ([("unread", 7200)], ("unread", 86400), 2),
    "each at once": ([("digest", Digest(time(17)))], ("digest", None), "sent"),
    "an earlier digest": ([("digest", Digest(time(17)))], ("digest", Digest(time(11))), 2),
    "another zone": ([("quiet", "mon 08:00-17:00")], ("zone", "Asia/Tokyo"), "sent"),
    "one of two": ([("quiet", "mon 08:00-11:00"), ("digest", Digest(time(12)))], ("quiet",), 3),
}


@pytest.mark.parametrize(("before", "change", "after"), CHANGES.values(), ids=CHANGES)
def test_it_counts_for_what_waits(world, say, before, change, after):
    """``after``: sent, or in how many hours it is then due."""
    for what, *said in before:
        say[what](*said)
    world.post()
    world.dispatch()
    assert world.row.due_at > world.clock.now()
    what, *said = change
    say[what](*said)
    world.dispatch()
    assert world.row.state == after if after == "sent" else world.row.due_at == world.clock.now() + after * HOUR


def test_what_is_turned_off_meanwhile_is_not_sent(world, say):
    say["digest"](Digest(time(17)))
    world.post()
    world.dispatch()
    say["digest"](None, wanted=False)
    world.dispatch()
    assert (world.row.state, world.row.reason) == ("filtered", "PREF_OFF")


def test_a_channel_that_becomes_required_waits_for_nobody(world, say):
    say["quiet"]("mon 08:00-17:00")
    world.post()
    world.dispatch()
    seen, now = channels.get(name="team.news"), world.clock.now()
    options = ChannelOptions(**seen.told())
    for title, required, state in (("News", False, "queued"), ("Alarms", True, "sent")):
        options = replace(options, title=title, required=required)
        seen = channels.edit(name="team.news", version=seen.version, options=options, by="ada", now=now)
        world.dispatch()
        assert world.row.state == state


def test_a_zone_from_a_setup_counts_as_well(world, say):
    world.execute(update(User).where(User.username == "emil").values(display_name="Emil"))
    say["quiet"]("mon 08:00-17:00")
    world.post()
    world.dispatch()
    apply('version = 1\n[people.emil]\ndisplay_name = "Emil"\nemail = "emil@example.com"\ntz = "Asia/Tokyo"\n')
    assert world.row.due_at <= world.clock.now()
