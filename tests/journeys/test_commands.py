"""The commands as automation knows them: names, flags and keys are a promise, and stdout is JSON and nothing else."""

import json
import re
from datetime import datetime
from typing import Any

import pytest

from tests.support.house import House
from tests.support.mail import SmtpServer
from tests.support.server import Belfry

DELIVERY = {
    "id", "state", "reason", "medium", "recipient", "address", "attempts", "retries_left", "failed_at", "due_at",
    "last_error", "provider",
}  # fmt: skip
ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


def test_one_day_of_an_installation_by_commands_alone(house: House, smtp_server: SmtpServer) -> None:
    for name, role in [("ruth", "admin"), ("edith", "editor"), ("emil", "editor")]:
        added = house.answer(
            "users", "add", name, "--display-name", name.title(), "--email", f"{name}@example.com", "--phone",
            "+43 664 1234567", "--role", role, "--password-stdin", stdin="correct horse battery\n",
        )  # fmt: skip
        assert (added["username"], added["role"]) == (name, role)
        assert not any("password" in key for key in added)
    assert [it["username"] for it in house.answer("users", "list")] == ["edith", "emil", "ruth"]
    assert [it["username"] for it in house.answer("users", "find", "emi")] == ["emil"]

    channel = house.answer("channels", "add", "team.news", "--title", "News", "--media", "email", "--immediate")
    assert (channel["name"], channel["media"], channel["immediate"]) == ("team.news", ["email"], True)
    [listed] = house.answer("channels", "list")
    assert channel.items() <= listed.items()
    assert [sender["provider"] for sender in listed["senders"]] == [None]

    posted = _post(house, "--to", "emil", "--to-role", "admin", "--type", "release", "--key", "release 1")
    assert set(posted) == {"id", "recipients", "deliveries"}
    assert (posted["recipients"], posted["deliveries"]) == (2, 2)
    assert _post(house, "--to", "emil", "--to-role", "admin", "--type", "release", "--key", "release 1") == posted

    assert house.answer("dispatch")["held"] == 2
    (hers, his) = sorted(
        house.answer("deliveries", "--state", "held", "--message", posted["id"]),
        key=lambda it: it["address"],
        reverse=True,
    )
    assert set(hers) >= DELIVERY
    assert (his["recipient"], his["address"], his["reason"]) == ("emil", "emil@example.com", "NO_PROVIDER")
    assert (his["attempts"], his["retries_left"], his["failed_at"], his["provider"]) == (0, 4, None, None)

    provider = _add_provider(house, smtp_server.port)
    assert provider["active"] is False
    assert house.answer("providers", "activate", "smtp-main")["released"] == 2
    assert house.answer("providers", "test", "smtp-main", "--to", "test@example.com")["ok"] is True
    assert house.answer("dispatch")["sent"] == 2
    assert {mail.recipients[0] for mail in smtp_server.mails} == {
        f"{it}@example.com" for it in ("emil", "ruth", "test")
    }
    assert {it["state"] for it in house.answer("deliveries")} == {"sent"}

    (copy,) = house.answer("inbox", "emil", "--unread")
    assert (copy["subject"], house.answer("inbox", "emil")) == ("News", [copy])
    assert house.answer("truncate", "--dry-run") == {"notifications": 0, "messages": 0, "dry_run": True}
    assert house.answer("truncate") == {"notifications": 0, "messages": 0, "dry_run": False}


def test_a_failure_is_told_in_full_and_tried_again(house: House, smtp_server: SmtpServer) -> None:
    house.move_in("edith", "emil")
    house.open_channel()
    house.send_by(smtp_server.port)
    smtp_server.answer = "451 come back later"
    posted = _post(house, "--to", "emil")
    assert house.answer("dispatch") == {"retrying": 1}
    (row,) = house.answer("deliveries", "--state", "retrying")
    assert (row["attempts"], row["retries_left"], row["provider"]) == (1, 3, "smtp-main")
    assert "451 come back later" in row["last_error"]
    assert (_moment(row["due_at"]) - _moment(row["failed_at"])).total_seconds() == 60
    assert house.answer("retry") == {}

    told = house.answer("delivery", row["id"])
    assert told["delivery"] == row
    assert told["envelope"]["address"] == "emil@example.com"
    assert told["envelope"]["subject"] == "News"
    (attempt,) = told["attempts"]
    assert (attempt["outcome"], attempt["certainty"], attempt["counted"]) == ("temporary", "not sent", True)
    assert [(move["was"], move["became"]) for move in told["moves"]] == [
        (None, "queued"), ("queued", "sending"), ("sending", "retrying"),
    ]  # fmt: skip
    assert posted["id"] == row["message"]


@pytest.mark.parametrize("when", [("--at", "2099-01-01T09:00:00Z"), ("--delay", "10m")])
def test_later_means_later(house: House, smtp_server: SmtpServer, when: tuple[str, str]) -> None:
    house.move_in("edith", "emil")
    house.open_channel()
    house.send_by(smtp_server.port)
    _post(house, "--to", "emil", *when, "--ttl", "60")
    assert house.answer("dispatch") == {}
    assert house.answer("inbox", "emil") == []
    (row,) = house.answer("deliveries", "--state", "queued")
    assert _moment(row["due_at"]).tzinfo is not None
    if when[0] == "--at":
        assert row["due_at"] == "2099-01-01T09:00:00Z"


def test_providers_by_commands(house: House, smtp_server: SmtpServer) -> None:
    kinds = {kind["kind"]: kind for kind in house.answer("providers", "kinds")}
    assert set(kinds) >= {"smtp", "file"}
    assert {field["name"] for field in kinds["smtp"]["fields"]} == {
        "host", "port", "security", "auth", "username", "password", "sender", "sender_name", "reply_to", "timeout",
        "bounces_to", "certificates", "helo", "at_once", "per_minute",
    }  # fmt: skip
    (password,) = [field for field in kinds["smtp"]["fields"] if field["secret"]]
    assert password["name"] == "password"

    _add_provider(house, smtp_server.port, "--activate")
    house.answer("providers", "add", "file", "letterbox", "--medium", "email", "--activate")
    assert {it["name"]: it["active"] for it in house.answer("providers", "list")} == {
        "smtp-main": False,
        "letterbox": True,
    }
    already = house.command("providers", "activate", "letterbox", "--json")
    assert (already.exit_code, already.stdout) == (1, "")
    assert "active already" in already.stderr
    house.answer("providers", "deactivate", "letterbox")
    house.answer("providers", "remove", "letterbox")
    assert [it["name"] for it in house.answer("providers", "list")] == ["smtp-main"]

    smtp_server.answer = "554 not today"
    failed = house.command("providers", "test", "smtp-main", "--to", "test@example.com", "--json")
    assert failed.exit_code == 1
    assert "554 not today" in json.loads(failed.stdout)["reply"]


def test_as_processes_of_their_own(house: House, belfry: Belfry, smtp_server: SmtpServer) -> None:
    house.move_in("edith", "emil")
    house.open_channel()
    house.send_by(smtp_server.port)
    words = (
        "--channel",
        "team.news",
        "--sender",
        "edith",
        "--to",
        "emil",
        "--subject",
        "Grüße 🔔",
        "--body",
        "Läuten!",
    )
    posted = belfry("post", *words)
    assert set(posted) == {"id", "recipients", "deliveries"}
    assert belfry("dispatch") == {"sent": 1}
    (row,) = belfry("deliveries")
    assert (row["message"], row["state"]) == (posted["id"], "sent")
    unknown = belfry("inbox", "nobody", "--json", check=False)
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert unknown.stderr.startswith("username: ")
    assert [mail.subject for mail in smtp_server.mails] == ["Grüße 🔔"]


def test_migrating_by_command(belfry: Belfry, tmp_path: Any) -> None:
    elsewhere = {"INSTANCE": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path / 'other.sqlite3'}"}
    assert belfry("users", "list", check=False, **elsewhere).returncode == 1
    assert belfry("db", "upgrade", check=False, **elsewhere).returncode == 0
    assert belfry("users", "list", **elsewhere) == []


def _post(house: House, *words: str) -> dict[str, Any]:
    posted = house.answer(
        "post", "--channel", "team.news", "--sender", "edith", "--subject", "News", "--body", "Have a *look*.", *words
    )
    assert ID.fullmatch(posted["id"])
    return posted


def _add_provider(house: House, port: int, *words: str) -> dict[str, Any]:
    settings = {"host": "127.0.0.1", "port": port, "security": "none", "auth": "none", "sender": "belfry@example.com"}
    pairs = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    return house.answer("providers", "add", "smtp", "smtp-main", "--medium", "email", *pairs, *words)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
