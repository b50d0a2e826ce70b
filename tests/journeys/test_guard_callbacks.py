"""Nobody makes Belfry dial where it must not by a subscriber's endpoint either: not by sending, nor by its check."""

import time
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.test_guard import ELSEWHERE, GROUPS, TRICKS, http, made_by_belfry
from tests.support.targets import PUBLIC, REBINDING
from tests.support.trap import trap
from tests.support.web import answer
from webapp.domain.envelope import Envelope, Failure, Transcript
from webapp.domain.reason import Reason
from webapp.providers import Surroundings, kinds

__all__ = ["trap"]

AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
LUNCH = Envelope("1", "webhook", "", "", "ada", "team.texts", "Lunch", '{"body":"Noon."}', None, AT)
REFUSED = (Reason.BLOCKED_TARGET, Reason.DNS)


def leading_there(raw: dict[str, str], surroundings: Surroundings) -> Any:
    """An endpoint that leads there although nobody could save it."""
    kind = kinds()["webhook"]
    settings = {each.name: each.default for each in kind.all_fields()} | made_by_belfry(kind) | raw
    return kind("Endpoint", settings, surroundings)


def heard_of(raw: dict[str, str], folder: Path) -> tuple[Any, ...]:
    """All that a callback tells, and its check, where nothing is allowed: the reason first."""
    endpoint, transcript = leading_there(raw, Surroundings(folder)), Transcript(time.monotonic, AT)
    with pytest.raises(Failure) as caught:
        endpoint.send(LUNCH, transcript)
    steps = endpoint.check(LUNCH, LUNCH, transcript)
    endpoint.close()
    return caught.value.reason, str(caught.value), steps, [phase.words for phase in transcript.phases]


@pytest.mark.parametrize("hosts", GROUPS.values(), ids=GROUPS)
def test_neither_a_callback_nor_its_check_dials_and_tells_nothing_of_a_port(trap, tmp_path, hosts):
    told = {host: heard_of(http(host, trap.port), tmp_path) for host in hosts}
    assert {host: words[0] for host, words in told.items() if words[0] not in REFUSED} == {}
    assert {host for host in hosts if told[host] != heard_of(http(host, trap.closed), tmp_path)} == set()
    assert trap.dialled == []


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_with_an_address_dials(trap, tmp_path, trick):
    assert heard_of({"url": trick.format(port=trap.port), "timeout": "1"}, tmp_path)[0] in REFUSED
    assert trap.dialled == []


def test_a_name_that_answers_otherwise_the_next_time_gains_nothing(trap, tmp_path):
    for _ in range(3):
        heard_of(http(REBINDING, trap.port), tmp_path)
    assert set(trap.dialled) == {PUBLIC}, "The second answer was dialled, or none at all."


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_no_redirect_is_followed(trap, web, tmp_path, elsewhere, status):
    server = web(answer(status, Location=elsewhere.format(port=trap.port)))
    raw = {"url": f"http://127.0.0.1:{server.port}", "timeout": "25"}
    endpoint = leading_there(raw, Surroundings(tmp_path, (ip_network("127.0.0.0/8"),)))
    with pytest.raises(Failure) as caught:
        endpoint.send(LUNCH, Transcript(time.monotonic, AT))
    steps = endpoint.check(LUNCH, LUNCH, Transcript(time.monotonic, AT))
    endpoint.close()
    assert caught.value.reason is Reason.REDIRECTED
    assert [(step.status, step.ok) for step in steps] == [(status, False), (status, False)]
    assert (set(trap.dialled), len(server.requests)) == ({"127.0.0.1"}, 3)
