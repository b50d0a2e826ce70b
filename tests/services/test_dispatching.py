"""One pass on demand."""

from webapp.services.dispatching import one_pass


def test_a_pass_of_one_kind_or_both(world):
    world.post("emil", "edith")
    assert one_pass(engine=world.engine(), kinds=["resender"]) == {}
    assert one_pass(engine=world.engine(), kinds=["dispatcher", "resender"]) == {"sent": 2}
