"""Where the engine sends to: what resolvers say, and what becomes of those that raise."""

from webapp.domain.envelope import Accepted, TemporaryFailure
from webapp.domain.reason import Reason

BUSY = TemporaryFailure(Reason.SERVER_BUSY, "451 later")


def test_a_resolver_that_raises_stops_its_own_deliveries_only(world, resolver):
    resolver("desk", lambda person: 1 // 0, channels=("ops.*",))
    world.channel("ops.alarms")
    world.post(channel="ops.alarms")
    world.post()
    assert world.dispatch() == {"queued": 1, "sent": 1}
    for wait_s in (5, 15, 45):
        world.clock.advance(wait_s)
        assert world.dispatch() == {"queued": 1}
    world.clock.advance(135)
    assert world.dispatch() == {"undeliverable": 1}
    row = world.rows(state="undeliverable")[0]
    assert (row.raises, row.reason, row.failures) == (5, "RESOLVER_FAILED", 0)
    assert row.last_error == "ZeroDivisionError: integer division or modulo by zero"


def test_a_resolver_is_asked_once_for_what_is_sent_and_never_for_a_stored_envelope(world, resolver):
    addresses = iter(["one@example.com", "two@example.com"])
    resolver("desk", lambda person: next(addresses))
    world.mail.answer = [BUSY, Accepted()]
    world.post()
    world.dispatch()
    world.clock.advance(60)
    assert world.retry() == {"sent": 1}
    assert world.mail.addresses == ["one@example.com"] * 2


def test_a_resolver_that_knows_nobody_is_believed(world, resolver):
    resolver("desk", lambda person: None)
    world.post()
    assert world.dispatch() == {"filtered": 1}
    assert (world.row.reason, world.row.evidence["evidence"]["resolver"]) == ("NO_ADDRESS", "desk")
