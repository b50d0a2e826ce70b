"""The demo: it opens its doors on this machine only, it can be left, and without it nobody has an account."""

import re

import pytest

from tests.support.house import House
from tests.support.server import Belfry, Serve
from tests.support.visitor import Visitor

OFFERED = ["Edith", "Olaf", "Ada"]
# What the demo's own posts come to, each by another way of failing.
FAILED = {
    ("bruno", "undeliverable", "RECIPIENT_REFUSED"),
    ("fay", "retrying", "CONNECT_REFUSED"),
    ("olaf", "held", "NO_PROVIDER"),
}
BEHIND_A_PROXY = ["X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "X-Real-IP", "Via"]


def test_one_continues_as_one_of_the_team(serve: Serve) -> None:
    visitor = Visitor(serve(DEMO="on").url)
    assert _offered(visitor) == OFFERED
    assert visitor.submit("/login/demo", {"username": "ada"}, page="/login").headers["Location"] == "/"
    assert visitor.get("/users").status == 200


@pytest.mark.parametrize("header", BEHIND_A_PROXY)
def test_not_through_a_proxy(serve: Serve, header: str) -> None:
    visitor = Visitor(serve(DEMO="on").url)
    assert _offered(visitor, {header: "203.0.113.9"}) == []
    token = visitor.get("/login").token
    assert visitor.post("/login/demo", {"csrf_token": token, "username": "ada"}, {header: "203.0.113.9"}).status == 404
    assert visitor.get("/users").status == 303


@pytest.mark.parametrize(
    "settings",
    [{"DEMO": "off"}, {"DEMO": "on", "PUBLIC_URL": "http://belfry.example.com"}, {"DEMO": "on", "HOST": "0.0.0.0"}],
    ids=["off", "public address", "open to the network"],
)
def test_only_where_it_is_meant(serve: Serve, settings: dict[str, str]) -> None:
    visitor = Visitor(serve(**settings).url)
    host = {"Host": settings.get("PUBLIC_URL", settings.get("HOST", "localhost")).removeprefix("http://")}
    assert visitor.get("/login", host).status == 200
    assert _offered(visitor, host) == []
    given = {"csrf_token": visitor.get("/login", host).token, "username": "ada"}
    assert visitor.post("/login/demo", given, host).status == 404


def test_the_team_has_a_random_password_that_is_printed(serve: Serve) -> None:
    server = serve(DEMO="on")
    found = re.search(r"Their password is (\S+)", server.log)
    assert found
    Visitor(server.url).sign_in("edith", found[1])


def test_it_moves_in_once_however_many_processes_begin(serve: Serve) -> None:
    server = serve(DEMO="on", WEB_PROCESSES="3")
    server.wait(processes=3)
    assert server.log.count("has moved in") == 1


def test_or_one_that_is_given(serve: Serve) -> None:
    server = serve(DEMO="on", DEMO_PASSWORD="a password of one's own")
    Visitor(server.url).sign_in("edith", "a password of one's own")


def test_a_mail_fails_and_recovers_while_one_looks(serve: Serve, house: House) -> None:
    """The README's walk, as a browser without scripts takes it."""
    server = serve(DEMO="on")
    edith, olaf = (Visitor(server.url) for _ in range(2))
    for visitor, name in ((edith, "edith"), (olaf, "olaf")):
        visitor.submit("/login/demo", {"username": name}, page="/login")

    given = {"channel": "desk.status", "recipients": "greta", "subject": "Back up", "body": "All of it."}
    posted = edith.post("/compose", edith.get("/compose").form("/compose") | given)
    sent = posted.headers["Location"]
    assert re.match("/sent/", sent), posted.text
    house.wait(lambda: "Trying again" in _outcome(edith, sent, "greta"), what="Greta's mail is refused")
    house.wait(lambda: _went(house) >= FAILED, what="the demo's own posts fail")
    assert _letters(olaf, "Back up") == 0
    house.wait(lambda: "Handed over" in _outcome(edith, sent, "greta"), 60, what="Greta's mail is taken")
    assert _letters(olaf, "Back up") == 1
    (row,) = [row for row in house.deliveries() if f"/sent/{row.message}" == sent]
    assert [(it["outcome"], it["phase"]) for it in house.delivery(row.id).attempts] == [
        ("temporary", "RCPT"),
        ("accepted", "handed over"),
    ]


def _went(house: House) -> set[tuple[str, str, str | None]]:
    return {(row.recipient, row.state, row.reason) for row in house.deliveries()}


def _outcome(visitor: Visitor, path: str, username: str) -> str:
    """What the sender reads of one recipient."""
    line = visitor.get(path).page.select_one(f"#to-{username}")
    assert line
    return line.text


def _letters(visitor: Visitor, subject: str) -> int:
    """How many there are in the demo's mailbox."""
    rows = visitor.get("/providers/demo-mailbox/outbox").page.select(".mail-row a")
    return [row.text for row in rows].count(subject)


def test_it_can_be_left(serve: Serve, belfry: Belfry, house: House) -> None:
    server = serve(DEMO="on")
    ada = Visitor(server.url)
    ada.submit("/login/demo", {"username": "ada"}, page="/login")
    house.wait_until_all("sent", "filtered", "retrying", "held", "undeliverable")
    removed = belfry("demo", "remove")
    assert removed["people"] == ["ada", "bruno", "edith", "emil", "erin", "fay", "greta", "olaf"]
    assert [belfry(what, "list") for what in ("users", "channels", "providers")] == [[], [], []]
    left = {name for name, count in house.rows().items() if count}
    assert left == {"audit_event", "policy", "provider", "provider_health"}  # what a removed provider did stays known
    assert ada.get("/inbox").status == 303
    assert _offered(Visitor(server.url)) == []

    server.stop()
    assert "moved in" not in serve(DEMO="on").log
    again = belfry("demo", "remove", "--json", check=False)
    assert (again.returncode, again.stdout) == (1, "")
    assert "no demo" in again.stderr


def test_without_it_the_first_admin_is_made_by_a_command(serve: Serve, belfry: Belfry, house: House) -> None:
    server = serve()
    assert house.rows()["user_account"] == 0
    belfry(
        "users", "add", "ruth", "--display-name", "Ruth", "--email", "ruth@example.com", "--role", "admin",
        "--password-stdin", stdin="in the tower at noon\n",
    )  # fmt: skip
    assert Visitor(server.url).sign_in("ruth", "in the tower at noon").get("/users").status == 200


def _offered(visitor: Visitor, headers: dict[str, str] | None = None) -> list[str]:
    buttons = visitor.get("/login", headers).page.select("form[action='/login/demo'] button strong")
    return [button.text for button in buttons]
