"""The page for whoever writes a resolver: its example is run as it is shown."""

import re
from types import ModuleType

import pytest

from tests.support import ROOT
from webapp.resolvers import Person, Resolver, _read, resolve, resolver_for, resolvers

PAGE = (ROOT / "docs" / "resolvers.md").read_text(encoding="utf-8")


@pytest.fixture
def on_call():
    """The example, as an installed package would bring it."""
    [shown] = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    module = ModuleType("on_call")
    exec(shown, module.__dict__)
    resolvers().add(*_read(module))
    resolver_for.cache_clear()
    yield module
    resolvers()._plugins.pop("on_call")
    resolver_for.cache_clear()


@pytest.mark.parametrize(
    ("username", "channel", "resolver", "address"),
    [
        ("emil", "ops.alarms", "on_call", "emil+oncall@example.com"),
        ("ines", "ops.alarms", "on_call", None),
        ("bo", "ops.alarms", "on_call", "bo@example.com"),
        ("emil", "team.news", "email", "emil@example.com"),
    ],
)
def test_the_example_does_what_the_page_says(on_call, username, channel, resolver, address):
    person = Person(username=username, display_name="Somebody", email=f"{username}@example.com")
    found = resolve(person, channel=channel, medium="email")
    assert (found.resolver, found.address) == (resolver, address)


def test_it_names_all_that_there_is():
    for name in (*Resolver.__slots__, *Person.__slots__):
        assert f"`{name}`" in PAGE, name
    for code in ("NO_ADDRESS", "RESOLVER_FAILED"):
        assert f"`{code}`" in PAGE
