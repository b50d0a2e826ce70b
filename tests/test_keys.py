"""Keys: made once where that is possible, asked for where it is not, and never a bad one."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from webapp.config import BadSetting, Settings
from webapp.keys import encryption_keys, secret_key
from webapp.vault import Vault

POSTGRESQL = "postgresql://db/belfry"


@pytest.fixture
def fresh(instance):
    """``fresh(SECRET_KEY="…")``: the settings of an installation that has no keys yet."""

    def make(**given):
        return Settings.read({"BELFRY_INSTANCE": str(instance)} | {f"BELFRY_{key}": it for key, it in given.items()})

    return make


def test_they_are_made_at_the_first_start_and_kept(fresh, instance):
    made = secret_key(fresh()), encryption_keys(fresh())
    assert (secret_key(fresh()), encryption_keys(fresh())) == made
    assert len(made[0]) >= 32
    assert Vault(made[1]).open(Vault(made[1]).seal({"password": "p"})) == {"password": "p"}
    assert {path.name: path.stat().st_mode & 0o777 for path in instance.iterdir()} == {
        "secret_key": 0o600,
        "encryption_key": 0o600,
    }


def test_each_installation_has_its_own(fresh, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert secret_key(fresh()) != secret_key(fresh(INSTANCE=str(elsewhere)))
    assert encryption_keys(fresh()) != encryption_keys(fresh(INSTANCE=str(elsewhere)))


def test_those_that_are_given_are_used_and_nothing_is_written(fresh, instance):
    new, old = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings = fresh(SECRET_KEY="told", ENCRYPTION_KEYS=f"{new},{old}")
    assert (secret_key(settings), encryption_keys(settings)) == ("told", (new, old))
    assert list(instance.iterdir()) == []


def read_keys(folder: str) -> tuple[str, ...]:
    settings = Settings.read({"BELFRY_INSTANCE": folder})
    return secret_key(settings), *encryption_keys(settings)


def test_processes_that_start_at_once_have_the_same(tmp_path: Path):
    folders = [tmp_path / str(number) for number in range(10)]
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as processes:
        for folder in folders:
            folder.mkdir()
            assert len(set(processes.map(read_keys, [str(folder)] * 4))) == 1
    assert {path.name for folder in folders for path in folder.iterdir()} == {"secret_key", "encryption_key"}


@pytest.mark.parametrize(("read", "name"), [(secret_key, "SECRET_KEY"), (encryption_keys, "ENCRYPTION_KEYS")])
def test_on_postgresql_they_must_be_given(read, name, fresh, instance):
    with pytest.raises(BadSetting, match=f"^BELFRY_{name} must be given"):
        read(fresh(DATABASE_URL=POSTGRESQL))
    assert list(instance.iterdir()) == []


@pytest.mark.parametrize("key", ["short", "*" * 44, "é" * 44, "a" * 43])
def test_a_malformed_key_is_refused_without_being_told(key, fresh):
    good = Fernet.generate_key().decode()
    with pytest.raises(BadSetting, match=r"^BELFRY_ENCRYPTION_KEYS must be Fernet keys") as caught:
        encryption_keys(fresh(ENCRYPTION_KEYS=f"{good},{key}"))
    assert key not in str(caught.value)
    assert good not in str(caught.value)


@pytest.mark.parametrize(("read", "name"), [(secret_key, "secret_key"), (encryption_keys, "encryption_key")])
def test_a_kept_key_that_was_lost_is_not_replaced_in_silence(read, name, fresh, instance):
    (instance / name).write_text("\n")
    with pytest.raises(BadSetting, match=f"{name} is empty"):
        read(fresh())
    assert (instance / name).read_text() == "\n"
