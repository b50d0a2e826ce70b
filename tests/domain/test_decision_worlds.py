"""The oracle: what decide() says of the worlds is what was written beside each by hand."""

import inspect
import re

import pytest

from tests.domain.worlds import WORLDS, World, when
from webapp.domain import decision as decision_rules
from webapp.domain.decision import Facts, decide
from webapp.domain.reason import Reason

ORDINARY = Facts(
    now=when("03-02 09:00"), medium="email", channel="team.news", visible_at=when("03-02 09:00"),
    expires_at=when("04-01 09:00"), recipient_active=True, address="bo@example.com", provider="smtp-main",
    provider_version=1, policy="optimizely", policy_version=1,
)  # fmt: skip
DECIDED = {
    "PREF_OFF", "MUTED", "QUIET_HOURS", "DIGESTED", "IF_UNREAD", "ALREADY_READ", "NO_ADDRESS", "ADDRESS_UNVERIFIED",
    "RECIPIENT_INACTIVE", "EXPIRED", "NOT_YET", "NO_PROVIDER", "PROVIDER_PAUSED", "RATE_LIMITED",
    "AMBIGUOUS_FORMATTER", "RESOLVER_FAILED", "SUBSCRIBER_OFF", "CANCELLED_BY_PERSON",
}  # fmt: skip


@pytest.mark.parametrize("world", WORLDS, ids=[world.told for world in WORLDS])
def test_a_world(world: World) -> None:
    decision = decide(ORDINARY._replace(**world.facts))
    assert (decision.action, decision.reason, decision.at) == (world.action, world.reason, world.at)
    assert decision.evidence


def test_the_worlds_are_many_each_its_own_and_leave_no_reason_out() -> None:
    assert len({world.told for world in WORLDS}) == len(WORLDS) >= 60
    assert len({str(world.facts) for world in WORLDS}) == len(WORLDS)
    assert {world.reason for world in WORLDS} - {None} == DECIDED
    assert set(Reason) >= DECIDED
    assert set(re.findall(r"Reason\.([A-Z_]+)", inspect.getsource(decision_rules))) == DECIDED
