"""The harmless provider: what it writes, and that it writes it once, whole, and nowhere else."""

import json
import stat

import pytest

from webapp.domain.envelope import PermanentFailure, TemporaryFailure
from webapp.domain.field import parse_fields
from webapp.domain.reason import Reason
from webapp.providers import Surroundings, kinds
from webapp.providers.file import read, sent

KIND = kinds()["file"]
DEFAULTS = parse_fields(KIND.fields, {})


@pytest.fixture
def provider(surroundings):
    return KIND("Demo", DEFAULTS, surroundings)


def test_its_defaults_work(provider, envelope, transcript, tmp_path):
    assert KIND.problems(DEFAULTS) == {}
    mail = envelope()
    assert provider.send(mail, transcript).reply == f"Written to {mail.id}.eml"
    assert [path.name for path in (tmp_path / "outbox" / "Demo").iterdir()] == [f"{mail.id}.eml"]
    assert [phase.name for phase in transcript.phases] == ["write"]


def test_nobody_else_may_read_it(provider, envelope, transcript, tmp_path):
    provider.send(envelope(), transcript)
    [folder] = (tmp_path / "outbox").iterdir()
    [file] = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_retry_leaves_one_file(provider, envelope, transcript, tmp_path):
    mail = envelope()
    for _ in range(3):
        provider.send(mail, transcript)
    assert len(list((tmp_path / "outbox" / "Demo").iterdir())) == 1


def test_a_text_message_is_written_as_json(provider, envelope, transcript, tmp_path):
    message = envelope(medium="sms", address="+4915112345678", text="Mittag 🔔", html=None)
    provider.send(message, transcript)
    told = json.loads((tmp_path / "outbox" / "Demo" / f"{message.id}.json").read_text())
    assert (told["to"], told["text"]) == ("+4915112345678", "Mittag 🔔")


@pytest.mark.parametrize("name", ["../evil", "..", ".", "/etc", "a/b", "a\0b", "Büro Nord", "%2E%2E", "A b"])
def test_every_name_has_a_folder_of_its_own_below_the_installation(surroundings, envelope, transcript, tmp_path, name):
    mail = envelope()
    KIND(name, DEFAULTS, surroundings).send(mail, transcript)
    [file] = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert file.parent.parent == tmp_path / "outbox"
    assert read(tmp_path, name, mail.id) is not None
    assert [found.id for found in sent(tmp_path, name, 5)] == [mail.id]
    assert sent(tmp_path, f"{name}x", 5) == []


@pytest.mark.parametrize("bad", ["", "../x", "01ARZ3NDEKTSV4RRFFQ69G5FAI", "01arz3ndektsv4rrffq69g5fav", "0" * 27])
def test_what_is_no_id_names_no_file(provider, envelope, transcript, tmp_path, bad):
    with pytest.raises(PermanentFailure):
        provider.send(envelope(id=bad), transcript)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_address_is_refused(provider, envelope, transcript):
    with pytest.raises(PermanentFailure) as caught:
        provider.send(envelope(address="emil"), transcript)
    assert caught.value.reason is Reason.RECIPIENT_REFUSED


def test_a_disk_that_refuses_is_a_temporary_failure_and_leaves_nothing(
    provider, envelope, transcript, tmp_path, monkeypatch
):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("webapp.providers.file.os.fsync", full)
    with pytest.raises(TemporaryFailure, match="No space left"):
        provider.send(envelope(), transcript)
    assert list((tmp_path / "outbox" / "Demo").iterdir()) == []
    assert "No space left" in transcript.phases[-1].words


def test_a_folder_that_cannot_be_made_is_a_temporary_failure(envelope, transcript, tmp_path):
    (tmp_path / "outbox").write_text("in the way")
    with pytest.raises(TemporaryFailure):
        KIND("Demo", DEFAULTS, Surroundings(tmp_path)).send(envelope(), transcript)


def test_a_sender_that_is_no_address_is_a_problem():
    assert "sender" in KIND.problems({"sender": "belfry"})
