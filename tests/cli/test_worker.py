"""``flask worker``: it begins with a line, says when it is not well, and ends in good order."""

from threading import Event

import pytest

from webapp.cli import worker
from webapp.cli.worker import _mind_health
from webapp.services.running.health import Health


def test_it_works_until_it_is_asked_to_end(work, database_url):
    one = work(JOBS="resender,truncation")
    assert one.log == "Belfry is working: resender, truncation\n"
    assert one.stop() == 0
    assert one.log == "Belfry is working: resender, truncation\n"


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ({"JOBS": "off"}, "A worker has nothing to do here: BELFRY_JOBS must name a job, or be all."),
        ({"DATABASE_URL": "postgresql://belfry@127.0.0.1:1/belfry"}, "The database cannot be used: "),
        ({"LEASE": "soon"}, "BELFRY_LEASE must be a number"),
    ],
)
def test_what_keeps_it_from_its_work_is_one_plain_line(belfry, database_url, told, line):
    done = belfry("worker", check=False, **told)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"belfry: {line}")
    assert len(done.stderr.splitlines()) == 1


def test_it_says_when_it_is_not_well_and_when_it_is_again(monkeypatch, capsys):
    ending, looks = Event(), [(), ("One.", "Two."), ("One.",), (), ()]

    def checked():
        problems = looks.pop(0)
        if not looks:
            ending.set()
        return Health(not problems, "ok", None, None, None, (), problems)

    monkeypatch.setattr(worker, "_LOOKS_EVERY_S", 0)
    monkeypatch.setattr(worker, "checked", checked)
    _mind_health(ending)
    assert capsys.readouterr().err == "belfry: Not well: One. Two.\nbelfry: Well again.\n"
