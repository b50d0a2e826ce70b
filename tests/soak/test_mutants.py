"""Bugs sown on purpose: each of them is caught by some test, or the tests promise more than they hold."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support import ROOT
from tests.support.soak import Soak

CAUGHT_WITHIN = 300.0


class Mutant(NamedTuple):
    """``good`` stands once in the file; ``bad`` in its place must make one of the tests fail."""

    file: str
    good: str
    bad: str
    tests: str


ENGINE = "webapp/delivery"
MUTANTS = {
    "no token is asked for": Mutant(
        "webapp/models/leases.py",
        "exists().where(mine.c.id == given.c.id, mine.c.lease_token == given.c.lease_token)",
        "exists().where(mine.c.id == given.c.id)",
        "tests/models/test_leases.py",
    ),
    "written down as sent before it is": Mutant(
        f"{ENGINE}/_share.py",
        "return Finished(ready, try_once(self._provider, ready.envelope, self._means.clock))",
        "self._means.done(done := Finished(ready, try_once(self._provider, ready.envelope, self._means.clock)))\n"
        "        return done",
        "tests/delivery/test_pipeline.py tests/delivery/test_senders.py",
    ),
    "the lease is not looked at before the hand-over": Mutant(
        f"{ENGINE}/_share.py",
        "in_time = ready.lease_until - now >= self._margin and now < ready.expires_at",
        "in_time = now < ready.expires_at",
        "tests/delivery/test_senders.py",
    ),
    "leases never end": Mutant(
        "webapp/models/leases.py",
        "over = or_(_delivery.c.lease_until <= now,",
        "over = or_(_delivery.c.lease_until < now - timedelta(days=9999),",
        "tests/models/test_leases.py tests/delivery/test_claim.py",
    ),
    "a write begins as a read": Mutant(
        "webapp/database.py",
        'connection.execute("BEGIN IMMEDIATE")',
        'connection.execute("BEGIN")',
        "tests/test_database.py",
    ),
    "a bad goodbye counts as a failure": Mutant(
        "webapp/providers/smtp/__init__.py",
        "return Accepted(self._connection().hand_over(message, transcript, deadline))",
        "reply = self._connection().hand_over(message, transcript, deadline)\n"
        "        if (host := self._connection().host) and host.docmd('QUIT')[0] != 221:\n"
        "            raise ConnectionError('a bad goodbye')\n"
        "        return Accepted(reply)",
        "tests/delivery/test_smtp_faults.py",
    ),
    "what was lost after the dot is taken for not sent": Mutant(
        "webapp/providers/smtp/_outcome.py",
        "    if stage is Stage.HANDED_OVER:\n",
        "    if False:\n",
        "tests/providers/smtp tests/delivery/test_smtp_faults.py",
    ),
    "what must not be repeated is": Mutant(
        "webapp/domain/outcome.py",
        "doubtful and made.at_most_once\n",
        "False\n",
        "tests/domain/test_outcome.py tests/delivery/test_record.py",
    ),
    "a retry is a new envelope": Mutant(
        f"{ENGINE}/prepare.py",
        "if _is_whole(group) and _is_carried(group[0]):",
        "if False:",
        "tests/delivery/test_prepare.py tests/delivery/test_record.py",
    ),
    "a fault of the set-up costs a try": Mutant(
        "webapp/domain/outcome.py",
        "(made.free or isinstance(outcome, ConfigurationFailure))",
        "made.free",
        "tests/domain/test_outcome.py",
    ),
    "a refused recipient speaks against the provider": Mutant(
        "webapp/domain/breaker.py",
        "outcome.blame is Blame.PROVIDER",
        "True",
        "tests/domain/test_breaker.py",
    ),
    "it is tried before its time": Mutant(
        "webapp/models/_due.py",
        'is_in(was), _delivery.c.due_at <= bindparam("due", type_=_delivery.c.due_at.type), met',
        "is_in(was), met",
        "tests/models/test_claims.py tests/delivery/test_record.py",
    ),
    "the time to live is not looked at again": Mutant(
        f"{ENGINE}/turn.py", "return changed or is_over or", "return changed or", "tests/delivery/test_prepare.py"
    ),
    "two who send again send twice": Mutant(
        "webapp/models/by_hand.py",
        "if row.generation == seen[row.id].generation]",
        "]",
        "tests/models/test_by_hand.py",
    ),
    "a move is not written down": Mutant(
        "webapp/models/arrows.py",
        "    if not ids:\n        return\n    as_written",
        "    if not ids or became is S.HELD:\n        return\n    as_written",
        "tests/services/auditing/test_audit.py tests/models/test_arrows.py",
    ),
    "the clock runs back": Mutant(
        "webapp/domain/clock.py",
        "max(self._wall(), least), tick",
        "self._wall(), tick",
        "tests/domain/test_clock.py",
    ),
    "a probe is not taken by one alone": Mutant(
        "webapp/models/provider.py",
        "update(health).where(health.c.provider_id == provider_id, over)",
        "update(health).where(health.c.provider_id == provider_id)",
        "tests/models/test_provider.py",
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_each_can_be_sown(name: str) -> None:
    mutant = MUTANTS[name]
    assert (ROOT / mutant.file).read_text().count(mutant.good) == 1


@pytest.mark.timeout(len(MUTANTS) * CAUGHT_WITHIN)
def test_each_is_caught(soak: Soak, tmp_path: Path) -> None:
    """In the short turn, one."""
    names = soak.chance().sample(sorted(MUTANTS), soak.size("mutants", short=1, full=len(MUTANTS)))
    tree = tmp_path / "tree"
    left_out = shutil.ignore_patterns(".*", "vendor", "__pycache__", "instance", "node_modules")
    shutil.copytree(ROOT, tree, ignore=left_out)
    (tree / "static/vendor").symlink_to((ROOT / "static/vendor").resolve())
    survived = [name for name in names if not _is_caught(MUTANTS[name], tree)]
    soak.told(f"{len(names)} mutants, {len(names) - len(survived)} caught")
    assert survived == []


def _is_caught(mutant: Mutant, tree: Path) -> bool:
    file = tree / mutant.file
    good = file.read_text()
    file.write_text(good.replace(mutant.good, mutant.bad))
    try:
        return _fails(mutant.tests, tree)
    finally:
        file.write_text(good)


def _fails(tests: str, tree: Path) -> bool:
    """Whether a test fails, on SQLite; 1 is pytest's word for that, all others mean that it could not even try."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-k", "not postgresql", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *tests.split()], cwd=tree, capture_output=True, text=True, timeout=CAUGHT_WITHIN, check=False
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return done.returncode == 1
