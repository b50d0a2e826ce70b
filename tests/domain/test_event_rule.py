"""Rules for events: globs that match, and what is wrong with them."""

import pytest

from webapp.domain.event_rule import EventRule


@pytest.mark.parametrize(
    ("type_", "source", "takes"),
    [
        ("*", "*", True),
        ("com.example.*", "*", True),
        ("com.example.order.pai?", "https://shop.example/*", True),
        ("com.example.Order.paid", "*", False),
        ("com.example", "*", False),
        ("*", "https://shop.example", False),
        ("*", "*/orders", True),
    ],
)
def test_what_it_takes(type_, source, takes):
    rule = EventRule(channel="a.b", type=type_, source=source)
    assert rule.takes(type="com.example.order.paid", source="https://shop.example/orders") is takes


@pytest.mark.parametrize("glob", ["https://[::1]/orders", "https://[::1]/*", "*[::?]*"])
def test_a_bracket_is_itself(glob):
    rule = EventRule(channel="a.b", source=glob)
    assert rule.takes(type="paid", source="https://[::1]/orders")
    assert not rule.takes(type="paid", source="https://:/orders")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"type": ""}, "type"),
        ({"type": "x" * 201}, "type"),
        ({"source": "a\nb"}, "source"),
        ({"source": "x" * 501}, "source"),
        ({"recipients": ("role:king",)}, "recipients"),
        ({"recipients": ("emil", "emil")}, "recipients"),
    ],
)
def test_what_is_wrong_with_it(wrong, field):
    problems = EventRule(**{"channel": "a.b", **wrong}).problems()
    assert [name for name, problem in problems.items() if problem] == [field]
