"""Every act on the queue in every order, on real rows: each delivery stands exactly where the promises say."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.soak.counting import RULES
from tests.soak.shuffle import PEOPLE, Shuffle
from tests.support.soak import Soak
from tests.support.world import World

STEPS = 50  # of one example, at most


@pytest.mark.both_databases
def test_whatever_happens_in_whatever_order_the_promises_hold(bare_world: World, soak: Soak) -> None:
    bare_world.channel("team.news")
    bare_world.channel("team.once", at_most_once=True)
    bare_world.provider()
    bare_world.person("edith")
    people = {name: bare_world.person(name) for name in PEOPLE}

    class Machine(Shuffle):
        world, ids, steps = bare_world, people, Counter(dict.fromkeys(RULES, 0))

    wanted, turns = soak.size("steps", short=0, full=1000), 0
    while turns == 0 or min(Machine.steps.values()) < wanted:
        run_state_machine_as_test(
            seed(f"{soak.seed} {turns}")(Machine),
            settings=settings(
                max_examples=soak.size("examples", short=12, full=100), stateful_step_count=STEPS, database=None,
                deadline=None, suppress_health_check=list(HealthCheck), print_blob=False,
                phases=(Phase.generate,),
            ),
        )  # fmt: skip
        turns += 1
    counts = ", ".join(f"{name} {count}" for name, count in sorted(Machine.steps.items()))
    soak.told(f"{Machine.steps.total()} steps: {counts}")
