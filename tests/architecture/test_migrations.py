"""Migrations are numbered, and follow each other in one line."""

from pathlib import Path

from alembic.script import ScriptDirectory

from tests.support import ROOT
from tests.support.source import modules


def test_they_are_numbered_without_a_gap() -> None:
    names = [path.name for path in modules("migrations/versions")]
    assert [name[:5] for name in names] == [f"{number:04}_" for number in range(1, len(names) + 1)]


def test_they_have_one_head_and_one_line() -> None:
    scripts = ScriptDirectory(str(ROOT / "migrations"))
    line = [(script.revision, script.down_revision, script.module.__file__) for script in scripts.walk_revisions()]
    assert len(scripts.get_heads()) == 1
    for revision, before, file in line:
        assert Path(str(file)).name.startswith(f"{revision}_")
        assert before == (None if revision == "0001" else f"{int(revision) - 1:04}")
