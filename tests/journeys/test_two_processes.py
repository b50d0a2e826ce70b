"""Several processes on one database: they share the work, nothing is sent twice, and nobody waits for the network."""

import json
from collections import Counter
from time import monotonic
from urllib.request import Request

import pytest

from tests.support.house import CHANNEL, House
from tests.support.mail import SmtpServer
from tests.support.server import DIRECT, Belfry, Serve, Server, StartBelfry

PEOPLE = [f"reader-{number:03}" for number in range(100)]
SUBJECTS = [f"News {number}" for number in range(20)]
GATHERED = "team.gathered"  # a channel whose news are laid out as digests
BATCH, LARGE = 40, 100  # what a process claims at once, and how much each of a few has due together
LATENCY = 0.05  # seconds that a mail server in the same city takes over a message
FAIR = 0.2  # of all, at least, for each of two
AT_ONCE = 1.0  # seconds
HANGING = 8


@pytest.fixture
def furnished(house: House, smtp_server: SmtpServer) -> House:
    """Edith posts to Emil."""
    house.move_in("edith", "emil")
    house.open_channel()
    house.send_by(smtp_server.port)
    return house


@pytest.mark.both_databases
def test_two_servers_share_two_thousand_deliveries(house: House, serve: Serve, smtp_server: SmtpServer) -> None:
    smtp_server.latency = LATENCY
    house.move_in("edith", *PEOPLE)
    house.open_channel()
    house.send_by(smtp_server.port)
    servers = [serve(), serve()]

    for subject in SUBJECTS:
        house.post("edith", PEOPLE, subject)
    smtp_server.wait_for(len(PEOPLE) * len(SUBJECTS), within=60)
    house.wait_until_all("sent")

    arrived = Counter((mail.recipients[0], mail.subject) for mail in smtp_server.mails)
    assert arrived == Counter((f"{name}@example.com", subject) for name in PEOPLE for subject in SUBJECTS)
    shares = house.shares()
    assert shares.total() == arrived.total()
    assert len(shares) == len(servers)
    assert min(shares.values()) >= FAIR * arrived.total(), shares
    assert [server.stop() for server in servers] == [0, 0]


def test_while_sends_and_a_test_hang_another_process_posts_at_once(
    furnished: House, serve: Serve, start_belfry: StartBelfry, smtp_server: SmtpServer
) -> None:
    serve(CONCURRENCY=str(HANGING))
    smtp_server.hold()
    for number in range(HANGING):
        furnished.post("edith", ["emil"], f"Hanging {number}")
    smtp_server.wait_until_held(HANGING)
    trial = start_belfry("providers", "test", "smtp-main", "--to", "ada@example.com", "--json")
    smtp_server.wait_until_held(HANGING + 1)

    began = monotonic()
    furnished.post("edith", ["emil"], "While all of that hangs")
    assert monotonic() - began < AT_ONCE

    smtp_server.release()
    assert trial.wait(timeout=30) == 0
    smtp_server.wait_for(HANGING + 2)
    furnished.wait_until_all("sent")
    assert len(smtp_server.mails) == HANGING + 2


@pytest.mark.both_databases
def test_what_goes_together_is_one_mail_whoever_takes_it(house: House, serve: Serve, smtp_server: SmtpServer) -> None:
    """Although neither of two processes takes hold of so much at once, and both of them look at the same moment."""
    few = PEOPLE[:4]
    house.move_in("edith", *few)
    house.open_channel(GATHERED, immediate=False, formatter="digest")
    house.send_by(smtp_server.port)
    for number in range(LARGE):
        house.post("edith", few, f"News {number}", channel=GATHERED)
    servers = [serve(wait=False, DISPATCH_BATCH=str(BATCH)) for _ in range(2)]
    house.wait_until_all("sent")

    assert sorted(mail.recipients[0] for mail in smtp_server.mails) == [f"{name}@example.com" for name in few]
    assert {mail.subject[: len("100 new")] for mail in smtp_server.mails} == {f"{LARGE} new"}
    assert house.answer("audit")["misfits"] == []
    for server in servers:
        server.wait()


@pytest.mark.both_databases
def test_what_one_process_posts_another_hands_over_without_looking(
    furnished: House, serve: Serve, work: Serve, smtp_server: SmtpServer
) -> None:
    """With an hour between two looks; and what a command has posted, it hears of as well."""
    web, worker = serve(JOBS="off"), work(DISPATCH_EVERY="3600", RESEND_EVERY="3600", LEASE="3600")
    _post_by_api(furnished, web, "By the web")
    smtp_server.wait_for(1)
    furnished.post("edith", ["emil"], "From the side")
    smtp_server.wait_for(2)
    furnished.wait_until_all("sent")
    assert [server.stop() for server in (web, worker)] == [0, 0]
    assert worker.log == "Belfry is working: dispatcher, resender, truncation\n"


@pytest.mark.both_databases
def test_of_the_processes_of_one_server_one_has_the_jobs(
    furnished: House, serve: Serve, belfry: Belfry, smtp_server: SmtpServer
) -> None:
    """And it hears at once of what the others post."""
    server = serve(WEB_PROCESSES="3", DISPATCH_EVERY="3600", RESEND_EVERY="3600")
    server.wait(processes=3)

    for number in range(12):  # connections that are spread over all of them
        _post_by_api(furnished, server, f"News {number}")
    smtp_server.wait_for(12)
    furnished.wait_until_all("sent")
    assert [runner["jobs"] for runner in belfry("jobs", "runners")] == [["dispatcher", "resender", "truncation"]]
    assert server.stop() == 0
    assert (server.log, server.members) == (f"Belfry is serving on {server.url}\n", [])


def _post_by_api(house: House, web: Server, subject: str) -> None:
    told = {"channel": CHANNEL, "recipients": ["emil"], "subject": subject, "body": "Have a look."}
    headers = {"Authorization": f"Bearer {house.token('edith')}", "Content-Type": "application/json"}
    asked = Request(f"{web.url}/api/v1/messages", json.dumps(told).encode(), headers)
    with DIRECT.open(asked, timeout=20) as answer:
        assert answer.status == 201
