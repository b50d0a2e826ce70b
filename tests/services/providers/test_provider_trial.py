"""Trying a provider out: the engine's own path, told step by step, with no effect on anything else."""

from dataclasses import replace
from threading import Event, Thread
from time import monotonic

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from tests.support.smtp import Conversation, ScriptedServer, hang
from webapp.domain.channel_options import ChannelOptions
from webapp.domain.reason import Reason
from webapp.domain.refusal import Missing, Refused
from webapp.domain.segments import segments
from webapp.extensions import db
from webapp.models.audit import AuditEvent
from webapp.models.envelope import Attempt
from webapp.models.provider import Provider, ProviderHealth
from webapp.providers.file import sent
from webapp.runtime import runtime
from webapp.services.posting import channels
from webapp.services.providers import provider_setup, provider_trial
from webapp.vault import Vault

pytestmark = pytest.mark.usefixtures("session")

PASSWORD = "correct horse/battery+staple"
TO = "ada@example.com"


@pytest.fixture
def bench():
    return runtime()


@pytest.fixture
def server():
    servers = []

    def start(script=(), **options):
        servers.append(ScriptedServer(dict(script), offers=("AUTH PLAIN",), **options))
        return servers[-1]

    yield start
    for one in servers:
        one.stop()


@pytest.fixture
def add(clock, bench):
    def make(name="main", kind="smtp", medium="email", raw=(), **options):
        return provider_setup.add(
            kind=kind, name=name, medium=medium, raw=dict(raw), by="ada", now=clock.now(), vault=bench.vault, **options
        ).provider

    return make


def smtp(port: int, **more: str) -> dict[str, str]:
    account = {"host": "127.0.0.1", "port": str(port), "security": "none", "auth": "plain", "username": "belfry"}
    return account | {"password": PASSWORD, "sender": "belfry@example.com", "timeout": "25"} | more


def attempts() -> list[Attempt]:
    return list(db.session.scalars(select(Attempt)))


def test_every_step_is_told_and_a_mail_arrives(server, add, bench):
    listening = server()
    add(raw=smtp(listening.port))
    trial = provider_trial.try_out(name="main", to=TO, by="ada", bench=bench)
    assert (trial.ok, trial.to, trial.stopped, trial.reason) == (True, TO, None, None)
    assert trial.reply.startswith("250 taken")
    assert [phase.name for phase in trial.phases][:2] == ["look-up", "connect"]
    assert b"Subject: Test of main" in listening.mails[0]


def test_the_far_side_s_words_stand_apart_from_ours(server, add, bench):
    listening = server({"RCPT": "550 5.1.1 nobody of that name"})
    add(raw=smtp(listening.port))
    trial = provider_trial.try_out(name="main", to=TO, by="ada", bench=bench)
    assert not trial.ok
    assert (trial.reason, trial.label) == ("RECIPIENT_REFUSED", "Address refused")
    assert trial.reply == "550 5.1.1 nobody of that name"
    assert trial.stopped == trial.phases[-1].name
    assert trial.advice
    assert trial.advice not in trial.reply
    assert all(trial.advice not in phase.words for phase in trial.phases)


@pytest.mark.parametrize(
    ("script", "advice"),
    [
        ({"RCPT": "550 5.1.1 nobody"}, "Every step before this one works."),
        ({"RCPT": "451 4.7.1 later"}, "A test is never tried again by itself"),
        ({"DATA": "554 5.6.0 spam"}, "every message of this kind"),
        ({"AUTH": "535 no"}, None),
    ],
)
def test_the_advice_is_about_a_test_and_promises_no_further_try(server, add, bench, script, advice):
    add(raw=smtp(server(script).port))
    trial = provider_trial.try_out(name="main", to=TO, by="ada", bench=bench)
    assert (advice or Reason.AUTH.words.advice) in trial.advice
    assert "tried again by itself" not in trial.advice.replace("never tried again by itself", "")


def test_it_is_on_record_and_counts_for_nothing(server, add, bench):
    view = add(raw=smtp(server({"MAIL": "451 later"}).port))
    trial = provider_trial.try_out(name="main", to=TO, by="ada", bench=bench)
    [attempt] = attempts()
    row = db.session.scalars(select(Provider)).one()
    assert (attempt.trigger, attempt.counted, attempt.envelope_id) == ("test", False, None)
    assert (attempt.provider_id, attempt.provider_version) == (row.id, view.version)
    assert (attempt.outcome, attempt.reason, attempt.reply) == ("temporary", trial.reason, trial.reply)
    assert [name for name, _, _ in attempt.phases or ()] == [phase.name for phase in trial.phases]
    health = db.session.scalars(select(ProviderHealth)).one()
    assert (health.last_success_at, health.last_error, health.streak, health.proven_at) == (None, None, 0, None)


def test_values_that_are_not_saved_are_tried_with_the_secret_that_is(server, add, bench):
    listening = server({"AUTH": "535 no"})
    add(raw=smtp(listening.port))
    typed = smtp(listening.port, username="other") | {"password": ""}
    trial = provider_trial.try_out(name="main", to=TO, raw=typed, by="ada", bench=bench)
    assert trial.reason == "AUTH"
    assert any(command.startswith("AUTH PLAIN") for command in listening.commands)
    assert attempts()[0].provider_version is None
    assert provider_setup.get(name="main", now=bench.clock.now(), vault=bench.vault).settings["username"] == "belfry"


def test_a_saved_secret_is_not_tried_on_another_host(server, add, bench):
    listening = server()
    add(raw=smtp(listening.port))
    elsewhere = smtp(listening.port, host="localhost") | {"password": ""}
    with pytest.raises(Refused) as caught:
        provider_trial.try_out(name="main", to=TO, raw=elsewhere, by="ada", bench=bench)
    assert list(caught.value.problems) == ["password"]
    assert listening.connections == 0


def test_a_new_one_is_tried_before_it_is_saved(server, bench):
    raw = smtp(server().port)
    trial = provider_trial.try_new(kind="smtp", medium="email", raw=raw, to=TO, by="ada", bench=bench)
    assert trial.ok
    assert attempts()[0].provider_id is None
    [event] = db.session.scalars(select(AuditEvent))
    assert (event.who, event.what, event.target) == ("ada", "provider tested", "provider kind:smtp")
    assert event.after == {"to": "a…@example.com", "outcome": "accepted"}
    assert provider_setup.listed(now=bench.clock.now(), vault=bench.vault) == []


def test_what_was_typed_is_checked_first(bench, add):
    for told in ({"medium": "sms"}, {"raw": {}}, {"to": ""}, {"to": "a\nb"}):
        asked = {"kind": "smtp", "medium": "email", "raw": smtp(1), "to": TO} | told
        with pytest.raises(Refused):
            provider_trial.try_new(**asked, by="ada", bench=bench)
    with pytest.raises(Missing):
        provider_trial.try_out(name="no", to=TO, by="ada", bench=bench)
    assert attempts() == []


def test_a_lost_key_is_said_by_the_test(add, bench):
    add(raw=smtp(1))
    lost = replace(bench, vault=Vault([Fernet.generate_key().decode()]))
    trial = provider_trial.try_out(name="main", to=TO, by="ada", bench=lost)
    assert trial.reason == "AUTH"
    assert "None of the encryption keys" in trial.reply


def test_the_file_provider_keeps_its_test_in_its_mailbox(add, bench):
    add(kind="file")
    assert provider_trial.try_out(name="main", to=TO, by="ada", bench=bench).ok
    [mail] = sent(bench.surroundings.folder, "main", 5)
    assert mail.header("subject") == "Test of main"
    assert segments(mail.text).count == 1  # as an SMS


def test_a_long_timeout_is_shortened_to_what_one_can_wait_for(add, bench):
    add(raw=smtp(1, timeout="25"))
    row = db.session.scalars(select(Provider)).one()
    account = provider_trial._Account(
        name=row.name, kind=row.kind, medium=row.medium, settings=row.settings, sealed=row.secrets
    )
    assert provider_trial._built(account, bench).timeout == pytest.approx(20)


def test_while_it_hangs_another_can_write(app, server, add, bench, clock):
    dialled = Event()

    def never_answer(conversation: Conversation) -> None:
        dialled.set()
        hang(conversation)

    listening = server({"greeting": never_answer})
    add(raw=smtp(listening.port))
    db.session.rollback()
    trials = []

    def try_it():
        with app.app_context():
            trials.append(provider_trial.try_out(name="main", to=TO, by="ada", bench=bench))

    waiting = Thread(target=try_it)
    waiting.start()
    assert dialled.wait(30)
    begun = monotonic()
    channels.add(name="team.news", options=ChannelOptions(title="News"), by="ada", now=clock.now())
    took = monotonic() - begun
    assert not trials, "The test had ended before the other one wrote."
    listening.stop()
    waiting.join(30)
    assert took < 10, "It waited for the test, or for the database to give up."
    assert not trials[0].ok
