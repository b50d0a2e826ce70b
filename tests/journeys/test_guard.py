"""Nobody makes Belfry dial where it must not: not by saving a provider, nor by testing, sending or retrying."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import update

from tests.support.targets import LISTED, NAMES, NEVER, NONSENSE, PUBLIC, REBINDING
from tests.support.trap import trap
from tests.support.web import answer
from tests.support.world import World
from webapp.delivery.lot import Kind
from webapp.delivery.resident import drain
from webapp.domain.envelope import Envelope, Failure, Transcript
from webapp.domain.reason import Reason
from webapp.domain.refusal import Refused
from webapp.models._columns import table_of
from webapp.models.provider import Provider as Row
from webapp.models.provider import ProviderHealth
from webapp.providers import Surroundings, _net, kinds
from webapp.runtime import engine, runtime
from webapp.services.providers import provider_setup, provider_trial
from webapp.services.queue import queue

__all__ = ["trap"]

AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def smtp(host: str, port: int) -> dict[str, str]:
    return {
        "host": host, "port": str(port), "security": "none", "sender": "belfry@example.com", "timeout": "1",
    }  # fmt: skip


def in_url(host: str) -> str:
    return f"[{host.replace('%', '%25')}]" if host.count(":") > 1 and not host.startswith("[") else host


@dataclass(frozen=True)
class Way:
    """A kind that dials where an administrator says: ``raw`` is what is typed for a host and a port."""

    kind: str
    medium: str
    to: str
    raw: Callable[[str, int], dict[str, str]]
    target: str  # the field


def twilio(host: str, port: int) -> dict[str, str]:
    return {
        "account_sid": f"AC{'0' * 32}", "auth_token": "f" * 32, "sender": "+4930901820", "timeout": "1",
        "endpoint": f"https://{in_url(host)}:{port}",
    }  # fmt: skip


def http(host: str, port: int) -> dict[str, str]:
    return {"url": f"https://{in_url(host)}:{port}/hook", "timeout": "1"}


def made_by_belfry(kind: Any) -> dict[str, str]:
    """The secrets that nobody types in."""
    return {each.name: each.make() for each in kind.all_fields() if each.make}


WAYS = [
    Way("smtp", "email", "emil@example.com", smtp, "host"),
    Way("http", "sms", "+4930901821", http, "url"),
    Way("twilio", "sms", "+4930901821", twilio, "endpoint"),
]


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    """Nothing is allowed."""
    return environment | {"BELFRY_ALLOWED_NETWORKS": ""}


@pytest.fixture
def place(world: World) -> World:
    """The world, whose person has a phone, too."""
    world.person("sam", phone="+4930901820", phone_verified_at=world.clock.now())
    world.channel("team.texts", "sms")
    world.channel("team.mails", "email")
    return world


@dataclass
class Attacker:
    """An administrator who wants to know what is behind a host and a port, by one kind of provider."""

    way: Way
    world: World
    id: int = 0
    made: int = 0

    def save(self, host: str, port: int) -> dict[str, str]:
        """The problems that saving it meets with; none where it is saved."""
        self.made += 1
        try:
            provider_setup.add(
                kind=self.way.kind, name=f"attack-{self.made}", medium=self.way.medium, raw=self.way.raw(host, port),
                by="ada", now=self.world.clock.now(), vault=runtime().vault,
            )  # fmt: skip
        except Refused as refused:
            return dict(refused.problems)
        return {}

    def try_out(self, host: str, port: int) -> tuple[str, ...]:
        """All that a test of it tells."""
        try:
            trial = provider_trial.try_new(
                kind=self.way.kind, medium=self.way.medium, raw=self.way.raw(host, port), to=self.way.to, by="ada",
                bench=runtime(),
            )  # fmt: skip
        except Refused as refused:
            return ("refused", *refused.problems.items())  # pyright: ignore[reportReturnType]
        return (str(trial.reason), trial.reply, trial.sentence, trial.advice, *(phase.words for phase in trial.phases))

    def send(self, host: str, port: int) -> tuple[str, ...]:
        """What comes of a first try and of another, by a provider that leads there although nobody could save it."""
        world = self.world
        self._lead_to(host, port)
        to, channel = ("sam", "team.texts") if self.way.medium == "sms" else ("emil", "team.mails")
        message = world.post(to, channel=channel).id
        told = list[str]()
        for kind in (Kind.FRESH, Kind.LATER):
            drain(engine(world.app), [kind])
            [row] = world.rows(message_id=message)
            told += [row.state, row.reason, row.last_error or ""]
            world.clock.advance(3600)
            if kind is Kind.FRESH:
                queue.retry_now(ids=[row.id], by="ada", now=world.clock.now())
        queue.cancel(ids=[row.id], by="ada", now=world.clock.now())
        return tuple(told)

    def _lead_to(self, host: str, port: int) -> None:
        kind = kinds()[self.way.kind]
        raw = self.way.raw(host, port)
        values = {each.name: each.default for each in kind.all_fields()} | made_by_belfry(kind) | raw
        secret = {each.name for each in kind.all_fields() if each.secret}
        settings = {name: _number(kind, name, value) for name, value in values.items() if name not in secret}
        if not self.id:
            self.world.execute(update(Row).where(Row.medium == self.way.medium).values(role="inactive"))
            self.id = self.world.provider(self.way.medium, name=f"leads-{self.way.kind}")
        sealed = runtime().vault.seal({name: str(values[name]) for name in secret if values[name]})
        change = {"kind": self.way.kind, "settings": settings, "secrets": sealed, "version": Row.version + 1}
        self.world.execute(update(Row).where(Row.id == self.id).values(change))
        fresh = {"paused_reason": None, "paused_until": None, "streak": 0, "proven_at": self.world.clock.now()}
        health = table_of(ProviderHealth)
        self.world.execute(update(health).where(health.c.provider_id == self.id).values(fresh))


def _number(kind: Any, name: str, value: Any) -> Any:
    is_number = any(each.name == name and each.kind == "number" for each in kind.all_fields())
    return float(value) if is_number and value != "" else value


@pytest.fixture(params=WAYS, ids=lambda way: way.kind)
def attacker(request: pytest.FixtureRequest, place: World) -> Attacker:
    return Attacker(request.param, place)


GROUPS = {"never": NEVER, "listed": LISTED, "names": tuple(NAMES), "nonsense": NONSENSE}
HOSTS = tuple(host for group in GROUPS.values() for host in group)


def test_there_are_more_than_sixty():
    assert len(set(HOSTS)) > 100


def test_saving_dials_nobody_and_refuses_what_nobody_may_ever_dial(attacker, trap):
    problems = {host: attacker.save(host, trap.port) for host in (*HOSTS, REBINDING)}
    assert {host for host in NEVER if attacker.way.target not in problems[host]} == set()
    if attacker.way.kind == "smtp":
        sentence = problems["169.254.169.254"]["host"]
        assert sentence == "169.254.169.254 is not on the public Internet (link-local). Never allowed."
    assert trap.dialled == []


def test_the_page_says_so_at_the_field(browser_of, trap):
    given = smtp("169.254.169.254", trap.port) | {"name": "main", "medium": "email", "act": "save"}
    answer = browser_of("ada", role="admin").submit("/providers/new/smtp", given)
    assert answer.status_code == 422
    page = BeautifulSoup(answer.text, "html.parser")
    assert "(link-local). Never allowed." in page.select_one("#error-summary a[href='#host']").text
    assert trap.dialled == []


def test_a_test_dials_nobody_and_tells_nothing_of_a_port(attacker, trap):
    told = {host: attacker.try_out(host, trap.port) for host in HOSTS}
    assert {host: words for host, words in told.items() if words[0] not in ("refused", "BLOCKED_TARGET", "DNS")} == {}
    assert {host: told[host] for host in (*LISTED, *NAMES) if told[host][0] not in ("refused", "BLOCKED_TARGET")} == {}
    assert {host: words for host, words in told.items() if words != attacker.try_out(host, trap.closed)} == {}
    assert trap.dialled == []


@pytest.mark.parametrize("hosts", GROUPS.values(), ids=GROUPS)
def test_neither_a_first_try_nor_a_later_one_dials_and_tells_nothing_of_a_port(attacker, trap, hosts):
    told = {host: attacker.send(host, trap.port) for host in hosts}
    assert {host: words[1] for host, words in told.items() if words[1] not in ("PROVIDER_PAUSED", "DNS")} == {}
    assert {words[0] for words in told.values()} <= {"held", "retrying"}
    assert {host: told[host] for host in hosts[::9] if told[host] != attacker.send(host, trap.closed)} == {}
    assert trap.dialled == []


def test_a_name_that_answers_otherwise_the_next_time_gains_nothing(attacker, trap):
    for _ in range(3):
        attacker.try_out(REBINDING, trap.port)
        attacker.send(REBINDING, trap.port)
    assert set(trap.dialled) <= {PUBLIC}, "The second answer was dialled."
    assert trap.dialled, "It was never dialled at all."


TRICKS = [
    "http://good.example.com@127.0.0.1:{port}/", "https://good:word@127.0.0.1:{port}/", "https://127.0.0.1:{port}#@good",
    "https://good.example.com\\@127.0.0.1:{port}/", "https://127.0.0.1 :{port}/", "https://127.0.0.1%2f@good:{port}/",
    "file:///etc/passwd", "gopher://127.0.0.1:{port}/_x", "dict://127.0.0.1:{port}/x", "ftp://127.0.0.1:{port}/",
    "//127.0.0.1:{port}/", "https:127.0.0.1:{port}", "https:///127.0.0.1:{port}/", "https://[::ffff:127.0.0.1]:{port}/",
    "https://127.0.0.1:{port}\t.good.example.com/", "HTTPS://127.1:{port}/", "https://0:{port}/", "https://[::]:{port}/",
    "https://%31%32%37.0.0.1:{port}/", "https://①②⑦.0.0.1:{port}/", "unix:///run/docker.sock", "https://127.0.0.1:0/",
]  # fmt: skip


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_with_an_address_dials(place, trap, trick):
    """Whatever a browser, urllib and libcurl would each make of it."""
    url = trick.format(port=trap.port)
    way = replace(WAYS[1], raw=lambda _host, port: http("x", port) | {"url": url})
    attacker = Attacker(way, place)
    attacker.save("", trap.port)
    assert attacker.try_out("", trap.port)[0] in ("refused", "BLOCKED_TARGET", "DNS")
    assert attacker.send("", trap.port)[1] in ("PROVIDER_PAUSED", "DNS")
    assert trap.dialled == []


ELSEWHERE = [
    "http://127.0.0.1:{port}/",
    "http://169.254.169.254/latest/",
    "http://[::1]:{port}/",
    "//0:{port}/",
    "file:///",
]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("elsewhere", ELSEWHERE)
@pytest.mark.parametrize("way", WAYS[1:], ids=lambda way: way.kind)
def test_no_redirect_is_followed(trap, web, tmp_path, way, elsewhere, status):
    server = web(answer(status, Location=elsewhere.format(port=trap.port)))
    kind, url = kinds()[way.kind], f"http://127.0.0.1:{server.port}"
    raw = way.raw("x", 1) | {way.target: url}
    settings = {each.name: each.default for each in kind.all_fields()} | made_by_belfry(kind) | raw | {"timeout": 25}
    provider = kind("Office", settings, Surroundings(tmp_path, (ip_network("127.0.0.0/8"),)))
    made = Envelope("1", "sms", way.to, "sam", "ada", "team.texts", "Lunch", "Noon.", None, AT)
    with pytest.raises(Failure) as caught:
        provider.send(made, Transcript(time.monotonic, AT))
    provider.close()
    assert caught.value.reason is Reason.REDIRECTED
    assert (trap.dialled, len(server.requests)) == (["127.0.0.1"], 1)


@pytest.mark.parametrize("host", NEVER)
def test_listing_everything_opens_none_of_these(host, trap):
    everything = ip_network("0.0.0.0/0"), ip_network("::/0")
    with pytest.raises(Exception, match="may not be dialled") as caught:
        _net.look_up(host, trap.port, allowed=everything, wait=25)
    assert "Never allowed." in str(caught.value)


@pytest.mark.parametrize("host", LISTED)
def test_listing_its_network_opens_each_of_these(host, trap):
    everything = ip_network("0.0.0.0/0"), ip_network("::/0")
    assert _net.look_up(host, trap.port, allowed=everything, wait=25)
    assert _net.never_dialled(host) is None
