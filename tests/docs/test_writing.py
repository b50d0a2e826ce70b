"""The page for whoever writes a provider kind shows the very one that the tests install."""

import re

from tests.support import ROOT
from webapp.domain.envelope import Envelope
from webapp.domain.field import Field, FieldKind
from webapp.domain.medium import Medium
from webapp.providers import Provider

PAGE = (ROOT / "docs" / "providers" / "writing.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "tests" / "plugins" / "snpp.py").read_text(encoding="utf-8")


def test_the_example_is_the_one_that_is_tested() -> None:
    [shown] = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert shown == EXAMPLE, "Copy tests/plugins/snpp.py into docs/providers/writing.md."


def test_it_names_every_kind_of_field_and_every_medium() -> None:
    assert [kind for kind in (*FieldKind.__args__, *Medium) if f"`{kind}`" not in PAGE] == []


def test_what_it_names_is_there() -> None:
    declared = re.findall(r"^\| `(\w+)", PAGE, re.MULTILINE)
    assert [name for name in declared if not hasattr(Provider, name) and name not in _declared()] == []
    assert [name for name in ("required", "only_if", "target", "help") if name not in Field.__slots__] == []
    assert [name for name in ("callback", "html", "address") if name not in Envelope._fields] == []


def _declared() -> set[str]:
    failures = {"TemporaryFailure", "PermanentFailure", "ConfigurationFailure"}
    return set(Provider.__annotations__) | failures | {"raise"}
