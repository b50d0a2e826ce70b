"""Why a delivery has not arrived: a clause for every reason."""

import pytest

from tests.support.sentences import course, every_course, plain
from webapp.domain.causes import BY_STATE, DECIDED, HAPPENED, cause
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.reason import Reason


def test_every_reason_was_decided_or_has_happened():
    assert DECIDED.keys() | HAPPENED.keys() == set(Reason)
    assert not DECIDED.keys() & HAPPENED.keys()


@pytest.mark.parametrize("reason", HAPPENED)
def test_what_happened_names_who_spoke_as_far_as_that_is_known(reason):
    told = [plain(cause(course(S.UNDELIVERABLE, reason, far=far))) for far in ("mail.example", "")]
    assert "mail.example" in told[0] or told[0] == told[1]
    assert "the far side" in told[1] or told[0] == told[1]


def test_a_clause_can_stand_within_a_sentence():
    for it in every_course():
        clause = plain(cause(it))
        assert clause
        assert clause[-1] not in ".:, "
        assert clause[0] == clause[0].lower() or clause.startswith("Bo")


@pytest.mark.parametrize("state", BY_STATE)
def test_without_a_reason_the_state_speaks(state):
    assert plain(cause(course(state))) == BY_STATE[state] % {"channel": "Releases"}
