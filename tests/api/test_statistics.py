"""The numbers, as programs of operators see them."""

import pytest

from webapp.domain.envelope import PermanentFailure
from webapp.domain.job import Job
from webapp.domain.reason import Reason
from webapp.services.running import jobs

REFUSED = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 No such user")


@pytest.fixture
def numbers(program_of, world):
    otto = program_of("otto", role="operator")
    return lambda: otto.get("/statistics").json


def test_the_queue(numbers, world):
    world.mail.answer = REFUSED
    world.post(type="rota")
    world.dispatch()
    world.post()
    world.clock.advance(90)
    queue = numbers()["queue"]
    assert (queue["deliveries"], queue["due"], queue["oldest_due_s"]) == (2, 1, 90.0)
    assert {state: n for state, n in queue["states"].items() if n} == {"queued": 1, "undeliverable": 1}
    for name in ("failed", "failed_24_hours", "failed_7_days"):
        assert queue[name] == [{"reason": "RECIPIENT_REFUSED", "count": 1}]
    for name, names in {"media": ["email"], "channels": ["team.news"], "types": ["message", "rota"]}.items():
        assert [it["name"] for it in queue[name]] == names
    assert queue["channels"][0]["states"] == queue["states"]


def test_how_providers_fare(numbers, world):
    assert [(it["name"], it["medium"], it["role"], it["last_success_at"]) for it in numbers()["providers"]] == [
        ("email-main", "email", "primary", None)
    ]
    world.post()
    world.dispatch()
    [provider] = numbers()["providers"]
    assert provider["last_success_at"] == world.clock.now().isoformat().replace("+00:00", "Z")
    assert "settings" not in provider


def test_what_the_jobs_did_last(numbers, world):
    ran = {"started_at": world.clock.now(), "ended_at": world.clock.now(), "counts": {"sent": 2, "retrying": 1}}
    jobs.note_run(job="dispatcher", process="here", **ran)
    told = {it["name"]: it for it in numbers()["jobs"]}
    assert set(told) == set(Job)
    assert (told["dispatcher"]["done"], told["dispatcher"]["failed"]) == (2, 1)
    assert (told["truncation"]["last_at"], told["truncation"]["every_s"]) == (None, None)


def test_an_empty_house(program_of):
    counted = program_of("otto", role="operator").get("/statistics").json
    assert (counted["queue"]["deliveries"], counted["queue"]["oldest_due_at"], counted["providers"]) == (0, None, [])


def test_an_editor_has_no_business_here(program_of):
    assert program_of("edna").get("/statistics").status_code == 403


def test_it_costs_few_statements(numbers, world, statements):
    world.post()
    numbers()  # a token's use is noted now and then
    with statements() as asked:
        numbers()
    assert len(asked) <= 8
