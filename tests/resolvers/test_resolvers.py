"""Resolvers as a whole: who is asked, that their word is final, and that their bugs stop nobody."""

import pytest

from webapp.resolvers import Person, Resolved, Resolver, _read, resolve, resolver_for, resolvers

EMIL = Person(username="emil", display_name="Emil", email="emil@example.com")


def ask(channel="team.news", medium="email"):
    return resolve(EMIL, channel=channel, medium=medium)


def test_the_account_is_asked_by_itself():
    assert ask() == Resolved("email", "emil@example.com")
    assert ask(medium="webhook") == Resolved(None)


@pytest.mark.parametrize(
    ("installed", "channel", "asked"),
    [
        ({"desk": ("*",)}, "team.news", "desk"),
        ({"desk": ("ops.*",)}, "team.news", "email"),
        ({"desk": ("*",), "pager": ("ops.*",)}, "ops.alarms", "pager"),
        ({"desk": ("*", "ops.alarms"), "pager": ("ops.*",)}, "ops.alarms", "desk"),
        ({"b": ("ops.*",), "a": ("ops.*",)}, "ops.alarms", "a"),
        ({"desk": ("Ops.*",)}, "ops.alarms", "email"),
    ],
)
def test_what_is_installed_comes_first_and_then_the_closer_name(resolver, installed, channel, asked):
    for name, channels in installed.items():
        resolver(name, lambda person, name=name: f"{person.username}@{name}", channels=channels)
    assert resolver_for(channel, "email") == asked
    assert ask(channel).address == ("emil@example.com" if asked == "email" else f"emil@{asked}")


def test_none_is_final(resolver):
    resolver("desk", lambda person: None)
    assert ask() == Resolved("desk", None)


@pytest.mark.parametrize(
    "find",
    [lambda person: 1 // 0, lambda person: 7, lambda person: b"emil", lambda person: "a\r\nBcc: b",
     lambda person: "\x00", lambda person: "x" * 255, lambda person: [person.email], lambda: "emil"],
    ids=["raises", "number", "bytes", "lines", "nul", "long", "list", "no such call"],
)  # fmt: skip
def test_what_is_no_address_is_an_error_in_words(resolver, find):
    resolver("desk", find)
    found = ask()
    assert (found.resolver, found.address) == ("desk", None)
    assert 0 < len(found.error) <= 300


def test_what_is_installed_must_be_one():
    with pytest.raises(TypeError, match="no Resolver"):
        _read(type("Module", (), {"RESOLVER": lambda person: None, "__name__": "odd"}))
    with pytest.raises(AttributeError):
        _read(type("Module", (), {"__name__": "odd"}))


def test_a_resolver_reads_the_registry_s_name():
    made = Resolver(label="Desk", medium="email", find=lambda person: None)
    assert _read(type("Module", (), {"RESOLVER": made, "__name__": "x"}))[1] is made
    assert list(resolvers()) == ["email", "sms"]
