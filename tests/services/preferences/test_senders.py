"""Of whom something has come lately."""

from webapp.models import user as users
from webapp.services.preferences import senders


def test_each_once_and_not_oneself(world):
    world.person("ada", display_name="ada Kern")
    for sender in ("edith", "ada", "edith", "emil"):
        world.post("emil", sender=sender)
    emil = users.named(world.session, "emil")
    found = senders.lately(user_id=emil.id, now=world.clock.now())
    assert [(it.display_name, it.username) for it in found] == [("ada Kern", "ada"), ("Edith", "edith")]
