"""From a row to something that sends."""

import pytest
from cryptography.fernet import Fernet

from webapp.delivery.accounts import BrokenProvider, build
from webapp.domain.envelope import ConfigurationFailure, Envelope, Transcript
from webapp.providers import Surroundings
from webapp.providers.smtp import Smtp
from webapp.vault import Vault

SETTINGS = {"host": "mail.example.com", "auth": "plain", "username": "belfry", "sender": "belfry@example.com"}


@pytest.fixture
def vault():
    return Vault([Fernet.generate_key().decode()])


@pytest.fixture
def make(tmp_path, vault):
    def built(**told):
        row = {"kind": "smtp", "name": "main", "settings": SETTINGS, "sealed": "", "vault": vault}
        return build(**row | told, surroundings=Surroundings(tmp_path))

    return built


def test_settings_and_secrets_come_together_again(make, vault):
    provider = make(sealed=vault.seal({"password": "secret"}))
    assert isinstance(provider, Smtp)
    assert (provider.name, provider.settings["password"]) == ("main", "secret")


def test_a_setting_that_the_row_does_not_know_yet_has_its_default(make):
    assert make().settings["port"] == 587
    assert make(settings=SETTINGS | {"port": 25}).settings["port"] == 25


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"kind": "pigeon"}, "“pigeon” are not installed"),
        ({"sealed": Vault([Fernet.generate_key().decode()]).seal({"password": "x"})}, "enter it again"),
    ],
)
def test_what_cannot_be_built_says_why_whenever_it_is_tried(make, told, words, clock):
    provider = make(**told)
    assert isinstance(provider, BrokenProvider)
    assert provider.timeout == 0
    envelope = Envelope("id", "email", "a@example.com", "A", "B", "c.d", "Subject", "Text", None, clock.now())
    with pytest.raises(ConfigurationFailure, match=words):
        provider.send(envelope, Transcript(clock.monotonic, clock.now()))


@pytest.mark.parametrize("error", [ZeroDivisionError, SystemExit])
@pytest.mark.parametrize("where", ["__init__", "timeout"])
def test_a_plugin_that_cannot_be_made_holds_up_itself_only(make, monkeypatch, where, error):
    def fail(*_arguments):
        raise error

    monkeypatch.setattr(Smtp, where, fail if where == "__init__" else property(fail))
    assert isinstance(make(), BrokenProvider)
