"""What may import what: the contracts of pyproject.toml."""

import subprocess
import sys
from pathlib import Path

from tests.support import ROOT


def test_imports_keep_the_contracts() -> None:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
