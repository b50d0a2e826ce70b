"""What a subscriber was told last: the newest first, so many at most, and nobody else's."""

from tests.support.subscribers import queued_for, subscriber
from webapp.services.subscribers import latest


def test_the_newest_first_and_only_its_own(world):
    mine, other = subscriber(world), subscriber(world, name="other")
    ids = [queued_for(world, mine, subject=f"Lunch {number}")[0] for number in range(12)]
    queued_for(world, other)
    found = latest.deliveries(subscriber_id=mine)
    assert [one.id for one in found] == ids[:1:-1]
    first = found[0]
    assert (first.subject, first.channel, first.state, first.tries, first.left) == (
        "Lunch 11", "team.news", "queued", 0, 8,
    )  # fmt: skip
