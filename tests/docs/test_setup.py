"""docs/setup.md: its file is applied as it stands, and comes out of an export again."""

import re
import tomllib

import pytest

from tests.support import ROOT
from tests.support.setups import VARIABLES, apply, tree
from webapp.cli.setup import WOULD_CHANGE

PAGE = (ROOT / "docs" / "setup.md").read_text(encoding="utf-8")
[SHOWN] = re.findall(r"^```toml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.usefixtures("session")
def test_the_example_is_applied_and_exported():
    done = apply(SHOWN, variables=VARIABLES | {"BELFRY_SECRET_SUBSCRIBER_ARCHIVE_SECRET": "correct staple"})
    assert {one.fate for one in done.differences} == {"added"}
    told = tree()
    for section, things in tomllib.loads(SHOWN).items():
        for name, entry in things.items() if section != "version" else ():
            settings = told[section][name].get("settings", {}).items() >= entry.get("settings", {}).items()
            rest = {key: value for key, value in entry.items() if key != "settings"}
            assert settings, name
            assert told[section][name].items() >= rest.items(), name


def test_it_names_the_exit_code():
    assert f"with {WOULD_CHANGE}\nwhere something would" in PAGE
