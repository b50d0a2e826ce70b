"""Installations to look at: an empty one, a full one and one in trouble. ``pages`` knows their addresses."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import time, timedelta
from typing import Any

from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import update

from tests.support import endpoints
from tests.support.gallery_words import BODY, LONG, NAMES, PASSWORD, PROGRAM, ROWS, SUBJECTS, VIEWER
from tests.support.mail import Mail, SmtpServer
from tests.support.smtp import ScriptedServer, drop
from webapp.database import writing
from webapp.domain.channel_options import ChannelOptions
from webapp.domain.digest import Digest
from webapp.domain.event_rule import EventRule
from webapp.domain.message import NotificationMessage
from webapp.domain.quiet_hours import QuietHours
from webapp.domain.retry_policy import RetryPolicy, Rule
from webapp.domain.role import Role
from webapp.domain.scope import Scope
from webapp.extensions import db
from webapp.models import user as users
from webapp.models.channel import Channel
from webapp.runtime import engine, runtime
from webapp.services.inbox import readings, whole
from webapp.services.people import accounts, tokens
from webapp.services.people.passwords import hashed
from webapp.services.posting import channels, mappings, notifier, policies
from webapp.services.preferences import grid, mutes, times
from webapp.services.preferences.mutes import Wanted, What
from webapp.services.providers import provider_setup
from webapp.services.running import dispatching, job_orders, jobs
from webapp.vault import Vault

SMTP = {"host": "127.0.0.1", "security": "none", "auth": "none", "sender": "belfry@example.com", "timeout": "2"}
LOGIN = SMTP | {"host": "mail.example.com", "port": "587", "security": "starttls", "auth": "login", "username": "me"}

# A mail server's answer by address.
GONE = {"gone@example.com": "550 5.1.1 There is no such user here"}
LATER = "451 4.7.1 Greylisted: come back in five minutes, please, or read https://mail.example.com/why?code=451-4.7.1"
NEVER = f"550 5.1.1 {LONG[:190]}"
LOST = {f"person-{number:02}": LATER if number % 2 else NEVER for number in range(ROWS)}

Filling = Callable[[Flask], None]


def empty(app: Flask) -> None:
    """Only the account of the viewer."""
    with app.app_context():
        _viewer()


def full(app: Flask) -> None:
    """At least 50 rows wherever there are rows, with every kind of text that people can write."""
    with app.app_context():
        names = [f"person-{number:02}" for number in range(ROWS)]
        _viewer()
        for number in range(ROWS):
            _somebody(number, names[number])
            _channel(number)
            _policy(number)
            _mapping(number)
        _wide_channel()
        _fail_many(app, names)
        for number in range(ROWS):
            _provider("file", f"mailbox-{number:02}", {}, activate=number == 0)
            endpoints.add(
                f"archive-{number:02}", [f"team-{(number + step) % ROWS:02}.news" for step in range(number % 5)]
            )
        for number in range(ROWS + 10):
            _post(number, names[number % ROWS], (VIEWER, names[-1 - number % ROWS]))
            _post(number, VIEWER, names if number == 0 else names[: number % 7 + 1])
        for name in names[::10]:
            accounts.deactivate(username=name, by=VIEWER, now=runtime().now())
        _read_some()
        _prefer(names)
        _make_tokens()
        _note_runs(error=None)
        _dispatch(app)


def failing(app: Flask) -> None:
    """Everything that can go wrong: failed, undeliverable, held, unknown, expired; and providers that need a person."""
    everybody = ("emil", "bouncer", "nomad", VIEWER)
    with app.app_context(), _mail_server() as server:
        _viewer()
        _person(
            "emil", "Emil Moreau", email="emil@example.com", phone="+4915112345678", phone_verified_at=runtime().now()
        )
        _person("bouncer", NAMES[1], email="gone@example.com")
        _person("nomad", "Noah Brown")
        _add_channel("team.news", "News", ("email",))
        _add_channel("team.alarms", "Alarms", ("email", "sms"))
        _lose_confirmation(app, "team.pages", ("emil", VIEWER))
        _provider("smtp", "smtp-main", SMTP | {"port": str(server.port)}, activate=True)
        _provider("smtp", "smtp-lost", LOGIN | {"password": "gone"}, vault=Vault([Fernet.generate_key().decode()]))
        _provider("file", "no-mail-yet", {})
        endpoints.in_trouble("team.news", words=LONG[:190])
        _post(3, VIEWER, everybody, subject="Taken by most", channel="team.news")
        _dispatch(app)
        server.stop()
        _post(2, VIEWER, ("emil",), subject="Too late by now", channel="team.news", ttl_s=1)
        tomorrow = runtime().now() + timedelta(days=1)
        _post(1, VIEWER, ("emil",), subject="For tomorrow", channel="team.news", at=tomorrow)
        _post(0, VIEWER, everybody, subject=SUBJECTS[1], channel="team.alarms")
        _note_runs(error="OperationalError: the database is locked\n  at line 12")
        _dispatch(app)
        until = runtime().now() + timedelta(hours=2)
        job_orders.pause(job="dispatcher", reason=LONG[:200].strip(), until=until, by=VIEWER, now=runtime().now())


FILLINGS: Mapping[str, Filling] = {"empty": empty, "full": full, "failing": failing}


# --- what they are made of ------------------------------------------------------------------------------------------


def _viewer() -> None:
    """Only the viewer has a password."""
    _person(VIEWER, "Ada Kern", role="admin", email="ada@example.com", password_hash=hashed(PASSWORD))


def _make_tokens() -> None:
    """As many tokens as an account may have, for the viewer and for a program."""
    now = runtime().now()
    accounts.add(username=PROGRAM, display_name=NAMES[1], role="operator", service=True, by=VIEWER, now=now)
    for number in range(ROWS):
        scopes = [scope for scope in Scope if Role.OPERATOR.includes(scope.role)][: number + 1]
        end = None if number % 3 else now + timedelta(days=number + 1)
        for username in (VIEWER, PROGRAM):
            name = f"{number} {LONG}"[:100] if number % 2 else f"script {number}"
            tokens.make(username=username, name=name, scopes=scopes, expires_at=end, by=VIEWER, now=now)


def _somebody(number: int, username: str) -> None:
    address = f"{username}.with-a-rather-long-local-part@mail.subsidiary.of.a.company.with.a.long.name.example"
    name, role = NAMES[number % len(NAMES)], ("editor", "editor", "operator")[number % 3]
    phone = {"phone": f"+491511234{number:04}", "phone_verified_at": runtime().now()}
    _person(username, name, role=role, email=address, **phone)


def _person(username: str, display_name: str, *, role: str = "editor", **columns: Any) -> None:
    made = {"username": username, "display_name": display_name, "role": role, "created_at": runtime().now()}
    with writing(db.session) as session:
        users.add(session, **made, **columns)


def _mapping(number: int) -> None:
    """One mapping onto each channel, each for more people than the one before."""
    recipients = ("role:operator", *(f"person-{other:02}" for other in range(number % 5)))[: number % 7]
    rule = EventRule(
        channel=f"team-{number:02}.news",
        type=f"com.example.department-{number:02}.*",
        source=LONG[:80].strip() if number == 1 else "https://example.com/*",
        recipients=recipients,
    )
    mappings.add(rule=rule, by=VIEWER, now=runtime().now())


def _policy(number: int) -> None:
    """A policy with rules for some types, and more tries than the one before."""
    rules = {f"{word}_new": {"often": Rule(retries=number)} for word in ("voicemail", "fax")[: number % 3]}
    name = f"{number:02}-{'a-very-patient-' * 3}"[: 50 if number % 7 == 0 else 12].rstrip("-")
    made = RetryPolicy(name=name, kind="exponential", initial_s=number, base=1.5, max_attempts=number + 1, rules=rules)
    policies.add(policy=made, by=VIEWER, now=runtime().now())


def _channel(number: int) -> None:
    title = ("Releases", "القناة العامة", "🎈 Fun", LONG[:100])[number % 4]
    about = ("What goes out, and when.", "", LONG[:500])[number % 3]
    media = (("email",), ("email", "sms"), ())[number % 3] if number else ("email",)
    _add_channel(f"team-{number:02}.news", title, media, description=about, immediate=number % 2 == 0)


def _wide_channel() -> None:
    """Words that break nowhere, as long as they may be."""
    _add_channel(f"team-99.{'news' * 11}"[:50], SUBJECTS[4][:100], ("email",), description=SUBJECTS[4] * 2)


def _add_channel(name: str, title: str, media: Iterable[str], **options: Any) -> None:
    told = ChannelOptions(title=title, media=tuple(media), **options)
    channels.add(name=name, options=told, by=VIEWER, now=runtime().now())


def _provider(
    kind: str, name: str, raw: Mapping[str, str], *, activate: bool = False, vault: Vault | None = None
) -> None:
    here = runtime()
    provider_setup.add(
        kind=kind, name=name, medium="email", raw=raw, activate=activate, by=VIEWER, now=here.now(),
        vault=vault or here.vault,
    )  # fmt: skip


def _post(number: int, sender: str, to: Iterable[str], **message: Any) -> None:
    """A post some hours ago; the higher its number, the longer ago."""
    usual = {"channel": "team-00.news", "subject": SUBJECTS[number % len(SUBJECTS)], "body": BODY}
    made = NotificationMessage(recipients=tuple(dict.fromkeys(to)), **usual | message)
    notifier.post(message=made, sender=sender, now=runtime().now() - timedelta(hours=3 * number))


def _fail_many(app: Flask, names: list[str]) -> None:
    """Many deliveries in each state that needs a person or patience, by a server that rejects all recipients."""
    with _mail_server(LOST) as server:
        _lose_confirmation(app, "team.pages", names)
        _provider("smtp", "smtp-that-refuses", SMTP | {"port": str(server.port)}, activate=True)
        for number in range(2):
            _post(number, VIEWER, names)
        _post(3, VIEWER, names, channel="team-01.news")  # also by SMS, for which there is no provider
        _dispatch(app)


def _lose_confirmation(app: Flask, channel: str, to: Iterable[str]) -> None:
    """The far side takes the whole message and disconnects before it confirms; the channel is at most once."""
    server = ScriptedServer({".": drop})
    _provider("smtp", "smtp-old", SMTP | {"port": str(server.port)}, activate=True)
    _add_channel(channel, "Pages", ("email",), at_most_once=True)
    _post(1, VIEWER, to, subject="Door code changed", channel=channel)
    _dispatch(app)
    server.stop()


def _read_some() -> None:
    now, me = runtime().now(), users.named(db.session, VIEWER)
    assert me is not None
    copies = whole.everything(user_id=me.id, now=now)
    readings.mark_many(user_id=me.id, ids=[copy.id for copy in copies[2::2]], now=now)


def _prefer(names: list[str]) -> None:
    """Some of every preference there is."""
    me = {"username": VIEWER, "now": runtime().now()}
    for number, digest in ((3, None), (4, Digest()), (9, Digest(time(17, 30)))):
        grid.choose(channel=f"team-{number:02}.news", medium="email", wanted=bool(digest), digest=digest, **me)
    with writing(db.session) as session:
        session.execute(update(Channel).where(Channel.name == "team-07.news").values(required=True))
    evenings = [f"{day} 22:00-07:00" for day in ("mon", "tue", "wed", "thu")]
    hours = [QuietHours.read(text) for text in (*evenings, "mon 12:00-13:00", "sat 00:00-00:00")]
    times.keep_quiet(hours=hours, **me)
    times.mail_unread(after_s=1800, **me)
    for name in names[:3]:
        mutes.mute(wanted=Wanted(What.SENDER, name, None), **me)
    until = runtime().now() + timedelta(days=3)
    mutes.mute(wanted=Wanted(What.CHANNEL, "team-03.news", until), **me)


def _note_runs(*, error: str | None) -> None:
    now, process = runtime().now(), "belfry-server-with-a-long-name.example.com:8123"
    for job in ("dispatcher", "resender", "truncation"):
        times = {"started_at": now - timedelta(seconds=90), "ended_at": now - timedelta(seconds=88)}
        for number in range(0 if error else 25):
            jobs.note_run(job=job, process=process, counts={"sent": number % 3}, **times)
        jobs.note_run(job=job, process=process, counts={"sent": 1204, "retrying": 3}, error=error, **times)
    seen = now - timedelta(hours=1) if error else now
    jobs.beat(process=process, host=process[:-5], pid=8123, jobs=("dispatcher", "resender", "truncation"), now=seen)


def _dispatch(app: Flask) -> None:
    dispatching.one_pass(engine=engine(app), kinds=["dispatcher"])


@contextmanager
def _mail_server(answers: Mapping[str, str] = GONE) -> Iterator[SmtpServer]:
    """A mail server that answers by address. A caller that needs it down earlier stops it."""

    def answer(mail: Mail) -> str:
        return next((said for part, said in answers.items() if part in mail.recipients[0]), "250 OK: queued")

    server = SmtpServer()
    server.answer = answer
    server.start()
    yield server
