"""All that a person has said about how they want to be told, at once."""

from webapp.domain.digest import Digest
from webapp.domain.medium import Medium
from webapp.domain.quiet_hours import QuietHours
from webapp.services.people import accounts
from webapp.services.preferences import times, whole


def test_all_of_it_by_few_statements(world, statements):
    emil = accounts.get(username="emil")
    world.prefer("emil", digest="hourly")
    world.quiet("emil", "mon 22:00-07:00")
    world.mute("emil", sender="edith")
    times.mail_unread(username="emil", after_s=600, now=world.clock.now())
    with statements() as asked:
        kept = whole.get(user_id=emil.id, username="emil", now=world.clock.now())
    assert (kept.tz, kept.unread_after_s, kept.hours) == ("UTC", 600, (QuietHours.read("mon 22:00-07:00"),))
    [row] = kept.rows
    assert (row.name, row.cells[Medium.EMAIL].digest) == ("team.news", Digest())
    assert [it.name for it in kept.mutes] == ["edith"]
    assert len(asked) <= 7
