"""Whatever leaves Belfry goes through one line of code: no second way of sending can forget a rule."""

from pathlib import Path

from tests.support.source import calls, modules

THE_PLACE = Path("webapp/delivery/send.py")
SIGNALS = "webapp.domain.signals."  # Blinker's verb is the same, and goes nowhere
NO_PROVIDERS = {"socket", "sock", "signal"}  # their `send` is another verb


def test_a_provider_sends_from_exactly_one_place() -> None:
    engine = [path for path in modules("webapp") if path.parts[1] != "providers"]
    places = [(path, node.lineno) for path in engine for node, name in calls(path) if _sends(name)]
    assert [path for path, _ in places] == [THE_PLACE], places


def test_a_try_in_parts_is_made_in_the_same_place() -> None:
    """What is asked by HTTP may go out on a line that another thread waits for: the door is the same."""
    engine = [path for path in modules("webapp") if path.parts[1] != "providers"]
    doors = {"provider.request", "provider.judged", "provider.transport.begin", "provider.transport.end"}
    places = {(path, name) for path in engine for _, name in calls(path) if name in doors}
    assert places == {(THE_PLACE, name) for name in doors}


def test_a_far_side_is_asked_about_codes_from_exactly_one_place() -> None:
    verbs = {"start_verification", "check_verification"}
    engine = [path for path in modules("webapp") if path.parts[1] != "providers"]
    places = [(path, name) for path in engine for _, name in calls(path) if name.rpartition(".")[2] in verbs]
    assert [path for path, _ in places] == [Path("webapp/delivery/verify.py")] * 2, places


def _sends(name: str) -> bool:
    receiver, _, verb = name.rpartition(".")
    return (
        verb == "send" and not name.startswith(SIGNALS) and receiver.rpartition(".")[2].strip("_") not in NO_PROVIDERS
    )
