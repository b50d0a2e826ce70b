"""One pass on demand."""

import pytest

from webapp.domain.envelope import Accepted, PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.services.running.dispatching import one_pass


def test_a_pass_of_one_kind_or_both(world):
    world.post("emil", "edith")
    assert one_pass(engine=world.engine(), kinds=["resender"]) == {}
    assert one_pass(engine=world.engine(), kinds=["dispatcher", "resender"]) == {"sent": 2}


@pytest.mark.parametrize("kinds", [["dispatcher"], ["resender"], []])
def test_with_nothing_to_do_nothing_is_counted(world, kinds):
    assert one_pass(engine=world.engine(), kinds=kinds) == {}


def test_first_tries_are_the_dispatcher_s_and_later_ones_the_resender_s(world):
    world.mail.answer = [TemporaryFailure(Reason.SERVER_BUSY, "451"), Accepted()]
    world.post()
    assert one_pass(engine=world.engine(), kinds=["dispatcher"]) == {"retrying": 1}
    world.clock.advance(60)
    assert one_pass(engine=world.engine(), kinds=["dispatcher"]) == {}
    assert one_pass(engine=world.engine(), kinds=["resender"]) == {"sent": 1}


def test_each_is_counted_by_what_became_of_it(world):
    refused = PermanentFailure(Reason.RECIPIENT_REFUSED, "550")
    world.mail.answer = lambda envelope: refused if envelope.address.startswith("p00001") else Accepted()
    world.post(*world.crowd(3))
    assert one_pass(engine=world.engine(), kinds=["dispatcher"]) == {"sent": 2, "undeliverable": 1}


def test_an_unknown_kind_is_an_error(world):
    with pytest.raises(ValueError, match="bells"):
        one_pass(engine=world.engine(), kinds=["bells"])
