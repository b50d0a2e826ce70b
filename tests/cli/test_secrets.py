"""flask secrets …: a new encryption key, at the command line."""

import json

import pytest
from cryptography.fernet import Fernet

from tests.support.house import HAPPENS_WITHIN, house
from tests.support.visitor import Visitor
from webapp.database import writing
from webapp.extensions import db
from webapp.models import provider as providers
from webapp.vault import Vault

__all__ = ["house"]

PASSWORD = "correct horse battery"
NEW = Fernet.generate_key().decode()
SMTP = {
    "host": "127.0.0.1", "port": "1", "security": "none", "auth": "plain", "username": "belfry",
    "password": PASSWORD, "sender": "belfry@example.com",
}  # fmt: skip


@pytest.fixture
def smtp(belfry):
    """A provider with a password, and one whose key is lost where that is asked for."""
    pairs = [word for pair in SMTP.items() for word in ("--set", "=".join(pair))]
    return belfry("providers", "add", "smtp", "main", "--medium", "email", *pairs)


def test_rotating_a_key_from_beginning_to_end(belfry, smtp, environment):
    old = environment["BELFRY_ENCRYPTION_KEYS"]
    both = {"ENCRYPTION_KEYS": f"{NEW},{old}"}
    nothing, main = {"resealed": [], "current": [], "unreadable": []}, ["main"]
    assert belfry("secrets", "rotate", "--dry-run", **both) == nothing | {"resealed": main}
    assert belfry("secrets", "rotate", **both) == nothing | {"resealed": main}
    assert belfry("secrets", "rotate", **both) == nothing | {"current": main}
    [told] = belfry("providers", "list", ENCRYPTION_KEYS=NEW)
    assert (told["secrets"], told["needs"], told["version"]) == (["password"], "", 1)
    [told] = belfry("providers", "list", ENCRYPTION_KEYS=old)
    assert told["needs"].startswith("It needs its secret again")
    done = belfry("secrets", "rotate", check=False, ENCRYPTION_KEYS=old)
    assert done.returncode == 1
    assert done.stderr == "main: none of the encryption keys opens its secrets. Enter them again.\n"
    assert PASSWORD not in done.stdout + done.stderr


def test_keys_in_the_file_one_on_each_line(belfry, smtp, environment, instance, process_environment):
    old = process_environment.pop("BELFRY_ENCRYPTION_KEYS")
    file = instance / "encryption_key"
    file.write_text(f"{NEW}\n{old}\n")
    file.chmod(0o600)
    assert belfry("secrets", "rotate")["resealed"] == ["main"]
    file.write_text(f"{NEW}\n")
    [told] = belfry("providers", "list")
    assert told["needs"] == ""


def test_a_lost_key_stops_its_own_provider_and_no_other(house, serve, smtp):
    """As a screen, a command and the engine tell it."""
    house.move_in("ada", role="admin")
    house.answer("providers", "add", "file", "box", "--medium", "sms", "--activate")
    house.answer("providers", "activate", "main")
    with house._app.app_context(), writing(db.session) as session:
        providers.reseal(session, providers.named(session, "main"), Vault([NEW]).seal({"password": PASSWORD}))
    house.open_channel()
    server = serve()
    house.post("ada", ["ada"], "News")
    house.wait(lambda: house.states() == {"held": 1}, HAPPENS_WITHIN, "held")
    [row] = house.deliveries()
    assert (row.reason, row.attempts) == ("PROVIDER_PAUSED", 0)
    assert "enter it again" in (row.last_error or "")
    told = {one["name"]: one for one in json.loads(house.command("providers", "list", "--json").stdout)}
    assert (told["main"]["paused"], told["box"]["paused"]) == ("AUTH", None)
    assert told["main"]["needs"].startswith("It needs its secret again")
    ada = Visitor(server.url).sign_in("ada")
    page = ada.get("/providers").page
    assert page.text.count("It needs its secret again") == 1
    trial = house.command("providers", "test", "main", "--to", "ada@example.com", "--json")
    assert (trial.exit_code, json.loads(trial.stdout)["reason"]) == (1, "AUTH")
    box = house.command("providers", "test", "box", "--to", "+4930901820", "--json")
    assert box.exit_code == 0
    form = ada.get("/providers/main").form("/providers/main")
    assert ada.post("/providers/main", form | {"password": PASSWORD, "act": "save"}).status == 303
    [main] = [one for one in house.answer("providers", "list") if one["name"] == "main"]
    assert (main["needs"], main["secrets"], main["paused"]) == ("", ["password"], None)
