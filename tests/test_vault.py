"""Secrets at rest: what is sealed says nothing, and keys can be rotated."""

import pytest
from cryptography.fernet import Fernet

from webapp.vault import Unreadable, Vault

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
SECRETS = {"password": "pässword 🔑 \"'", "token": ""}


def test_what_is_sealed_is_opened_again():
    vault = Vault([OLD])
    assert vault.open(vault.seal(SECRETS)) == SECRETS


def test_what_is_sealed_says_nothing_and_never_the_same():
    vault = Vault([OLD])
    assert "password" not in vault.seal(SECRETS)
    assert vault.seal(SECRETS) != vault.seal(SECRETS)


def test_a_new_key_seals_and_an_old_one_still_opens():
    before = Vault([OLD]).seal(SECRETS)
    rotated = Vault([NEW, OLD])
    assert rotated.open(before) == SECRETS
    assert Vault([NEW]).open(rotated.seal(SECRETS)) == SECRETS


def test_what_is_sealed_with_the_old_key_is_resealed_with_the_new_one_and_then_left_alone():
    rotated = Vault([NEW, OLD])
    resealed = rotated.resealed(Vault([OLD]).seal(SECRETS))
    assert Vault([NEW]).open(resealed) == SECRETS
    assert rotated.resealed(resealed) is None


@pytest.mark.parametrize("sealed", [Vault([OLD]).seal(SECRETS), "", "nonsense", "Ünsinn"])
def test_what_no_key_opens_cannot_be_resealed(sealed):
    with pytest.raises(Unreadable, match="enter it again"):
        Vault([NEW]).resealed(sealed)


@pytest.mark.parametrize("sealed", [Vault([OLD]).seal(SECRETS), "", "nonsense", "Ünsinn"])
def test_without_the_key_it_says_what_to_do(sealed):
    with pytest.raises(Unreadable, match="enter it again"):
        Vault([NEW]).open(sealed)


def test_a_malformed_key_is_refused():
    with pytest.raises(ValueError, match="Fernet key"):
        Vault(["short"])


def test_a_digest_is_recognised_under_any_key_and_says_nothing_without_one():
    kept = Vault([OLD]).digest("123456")
    assert Vault([OLD]).recognises(kept, "123456")
    assert Vault([NEW, OLD]).recognises(kept, "123456")
    assert not Vault([OLD]).recognises(kept, "123457")
    assert not Vault([NEW]).recognises(kept, "123456")
    assert "123456" not in kept
    assert Vault([NEW, OLD]).digest("123456") == Vault([NEW]).digest("123456") != kept


@pytest.mark.parametrize("text", ["", "\x00", "\ud83d", "x" * 10_000], ids=ascii)
def test_whatever_was_typed_can_be_compared(text):
    vault = Vault([OLD])
    assert not vault.recognises(vault.digest("123456"), text)
    assert not vault.recognises("", text)
