"""The callback check: does an endpoint refuse who comes without credentials, and take what comes with them? Asked
before a subscriber is saved or switched on, and whenever somebody wants to know."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from webapp.database import writing
from webapp.delivery.accounts import build_for_waiting
from webapp.domain.callback_check import CheckResult, Step
from webapp.domain.envelope import Envelope, Transcript
from webapp.domain.event import Event, Form
from webapp.domain.field import Value
from webapp.domain.medium import Medium
from webapp.domain.refusal import Refused
from webapp.extensions import db
from webapp.models import subscriber as subscribers
from webapp.models._ids import new_id
from webapp.models.roles import Signed
from webapp.models.subscriber import Subscriber
from webapp.providers import Checkable
from webapp.services._bench import Bench
from webapp.services._changes import changed_meanwhile
from webapp.services._plugin_values import Values, opened, parse, parse_edited
from webapp.services.subscribers import _rows
from webapp.services.subscribers._rows import KIND, NEW_VERSIONS, named, plugin, target
from webapp.services.subscribers._view import SubscriberView, show_one

_NO_CONCERN = {"body", "timeout", "at_once"}  # settings that say nothing about where and how an endpoint is asked
_CHANNEL = "belfry.check"
_UNASKED = Step("As Belfry sends", None, "", "It cannot be asked: enter its secrets again.", ok=False)


@dataclass(frozen=True, slots=True)
class Checked:
    """When an endpoint was checked, and what came of it; ``waived`` is why it is gone on without."""

    at: datetime
    steps: tuple[Step, ...]
    waived: str | None = None

    @property
    def passed(self) -> bool:
        """Whether all is as it should be."""
        return CheckResult(self.steps).passed

    def told(self) -> list[dict[str, object]]:
        """The steps as they are kept."""
        return [asdict(step) for step in self.steps]


class CheckFailed(Refused):
    """An endpoint did not pass its check, and no reason was given to go on without; ``checked`` says at what."""

    def __init__(self, checked: Checked) -> None:
        wrong = next(step for step in checked.steps if not step.ok)
        said = f"The check failed. {wrong.asked}: {wrong.meaning}"
        super().__init__({"why": f"{said} Mend that, or say why it shall go on without."})
        self.checked = checked


def passed(name: str, values: Values, *, waive: str, bench: Bench) -> Checked:
    """The check of these values, unless it fails and ``waive`` gives no reason to go on. Raises CheckFailed."""
    found = _ask(name, values.settings, values.sealed(bench.vault), bench)
    if found.passed:
        return found
    if not waive.strip():
        raise CheckFailed(found)
    return Checked(found.at, found.steps, waive.strip())


def asks_anew(row: Subscriber, values: Values, kept: Mapping[str, str]) -> bool:
    """Whether the endpoint, or how it is asked, is another than that of the row."""
    names = (row.settings.keys() | values.settings.keys()) - _NO_CONCERN
    return any(row.settings.get(name) != values.settings.get(name) for name in names) or values.secrets != kept


def try_new(*, raw: Mapping[str, str], bench: Bench) -> Checked:
    """The check of what is not saved yet: nothing is written down. Takes 20 s at most. Raises Refused for what was
    typed."""
    values = parse(plugin(), raw)
    return _ask("new", values.settings, values.sealed(bench.vault), bench)


def try_edited(*, name: str, raw: Mapping[str, str], bench: Bench) -> Checked:
    """The same for a subscriber as an edit would save it. Raises Missing, Refused for what was typed."""
    values = parse_edited(plugin(), named(db.session(), name), raw, bench.vault)
    return _ask(name, values.settings, values.sealed(bench.vault), bench)


def check(*, name: str, by: str, bench: Bench) -> tuple[SubscriberView, Checked]:
    """Check a subscriber as it is saved, and keep what came of it. Takes 20 s at most. Raises Missing, and Conflict
    where it was changed meanwhile."""
    seen = named(db.session(), name)
    version = seen.version
    found = _ask(name, dict(seen.settings), seen.secrets, bench)
    with writing(db.session) as session:
        row = named(session, name, lock=True)
        if row.version == version:
            keep(session, row, found)
            told = {"outcome": "passed" if found.passed else "failed"}
            _rows.note(session, name, "subscriber checked", Signed(by, found.at), after=told)
            return show_one(session, row, bench.vault), found
    raise changed_meanwhile(target(name), *NEW_VERSIONS)


def of_row(row: Subscriber, *, waive: str, bench: Bench) -> Checked:
    """The check of a subscriber as it is saved, as ``passed`` makes it. Raises CheckFailed."""
    return passed(row.name, Values(dict(row.settings), opened(row, bench.vault)), waive=waive, bench=bench)


def keep(session: object, row: Subscriber, found: Checked | None) -> None:
    """Write down what a check found; with None, that none was made of how it is now."""
    at, ok, steps, waived = (found.at, found.passed, found.told(), found.waived) if found else (None,) * 4
    subscribers.note_check(session, row, at=at, passed=ok, steps=steps, waived=waived)  # pyright: ignore


def _ask(name: str, settings: Mapping[str, Value], sealed: str, bench: Bench) -> Checked:
    """No transaction is open while the endpoint takes its time."""
    db.session.rollback()
    now = bench.clock.now()
    account = {"kind": KIND, "name": name, "settings": settings, "sealed": sealed}
    provider = build_for_waiting(**account, vault=bench.vault, surroundings=bench.surroundings)
    try:
        if not isinstance(provider, Checkable):
            return Checked(
                now, (Step("As Belfry sends", None, "", "It cannot be asked: enter its secrets again.", False),)
            )
        transcript = Transcript(bench.clock.monotonic, now)
        form, source = Form(str(settings.get("body", Form.PLAIN))), bench.surroundings.public_url
        return Checked(now, provider.check(_probe(now, form, source), _probe(now, form, source), transcript))
    finally:
        provider.close()


def _probe(now: datetime, form: Form, source: str) -> Envelope:
    """An event that says what it is, with an id of its own."""
    words = "Belfry checks who is let in here. There is nothing to do."
    event = Event(
        id=new_id(now), type="callback_check", channel=_CHANNEL, subject="A check", body=words, sender="Belfry",
        created_at=now, visible_at=now,
    )  # fmt: skip
    return Envelope(
        id=new_id(now), medium=Medium.WEBHOOK.value, address="", recipient="", sender="Belfry", channel=_CHANNEL,
        subject=event.subject, text=event.text(form, source=source), html=None, created_at=now,
    )  # fmt: skip
