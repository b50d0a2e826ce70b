"""When the callback check runs, and what is kept of it: before a subscriber is saved or switched on, and on request. No
transaction is open while an endpoint takes its time."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.database import writing
from webapp.domain.callback_check import CheckResult, Step
from webapp.domain.field import Value
from webapp.domain.refusal import Refused
from webapp.extensions import db
from webapp.models import subscriber as subscribers
from webapp.models.roles import Signed
from webapp.models.subscriber import Subscriber
from webapp.services._bench import Bench
from webapp.services._changes import changed_meanwhile
from webapp.services._plugin_keys import openable
from webapp.services._plugin_values import Values, parse, parse_edited
from webapp.services.subscribers import _rows, checking
from webapp.services.subscribers._rows import NEW_VERSIONS, named, plugin, target
from webapp.services.subscribers._view import SubscriberView, show_one

_NO_CONCERN = {"body", "timeout", "at_once"}  # settings that do not affect where and how an endpoint is called


@dataclass(frozen=True, slots=True)
class Checked:
    """When an endpoint was checked, and the result; ``waived`` is the reason to use it in spite of that."""

    at: datetime
    steps: tuple[Step, ...]
    waived: str | None = None

    @property
    def passed(self) -> bool:
        """Whether every step succeeded."""
        return CheckResult(self.steps).passed

    def told(self) -> list[dict[str, object]]:
        """The steps as they are stored."""
        return [asdict(step) for step in self.steps]


class CheckFailed(Refused):
    """An endpoint failed its check and no reason was given to use it anyway; ``checked`` has the steps."""

    code = "check_failed"

    def __init__(self, checked: Checked) -> None:
        wrong = next(step for step in checked.steps if not step.ok)
        said = f"The check failed. {wrong.asked}: {wrong.meaning}"
        super().__init__({"why": f"{said} Mend that, or say why it shall go on without."})
        self.checked = checked


def check_or_refuse(values: Values, *, waive: str, bench: Bench) -> Checked:
    """The check of these values. Raises CheckFailed if it fails, unless ``waive`` gives a reason to go on."""
    found = _ask(values.settings, values.secrets, bench)
    if found.passed:
        return found
    if not waive.strip():
        raise CheckFailed(found)
    return Checked(found.at, found.steps, waive.strip())


def needs_new_check(row: Subscriber, values: Values, kept: Mapping[str, str]) -> bool:
    """Whether the endpoint, or how it is called, differs from that of the row, so that it must be checked anew."""
    names = (row.settings.keys() | values.settings.keys()) - _NO_CONCERN
    return any(row.settings.get(name) != values.settings.get(name) for name in names) or values.secrets != kept


def try_new(*, raw: Mapping[str, str], bench: Bench) -> Checked:
    """Check an unsaved subscriber and write nothing down. Takes 20 s at most. Raises Refused for what was typed."""
    values = parse(plugin(), raw)
    return _ask(values.settings, values.secrets, bench)


def try_edited(*, name: str, raw: Mapping[str, str], bench: Bench) -> Checked:
    """The same for a subscriber as an edit would save it. Raises Missing, Refused for what was typed."""
    values = parse_edited(plugin(), named(db.session, name), raw, bench.vault)
    return _ask(values.settings, values.secrets, bench)


def check(*, name: str, by: str, bench: Bench) -> tuple[SubscriberView, Checked]:
    """Check a saved subscriber and store the result. Takes 20 s at most. Raises Missing, and Conflict where it was
    changed meanwhile."""
    seen = named(db.session, name)
    version = seen.version
    found = _ask(dict(seen.settings), openable(seen, bench.vault, name), bench)
    with writing(db.session) as session:
        row = named(session, name, lock=True)
        if row.version == version:
            keep(session, row, found)
            told = {"outcome": "passed" if found.passed else "failed"}
            _rows.note(session, name, "subscriber checked", Signed(by, found.at), after=told)
            return show_one(session, row, bench.vault), found
    raise changed_meanwhile(target(name), *NEW_VERSIONS)


def of_row(row: Subscriber, *, waive: str, bench: Bench) -> Checked:
    """The check of a saved subscriber, as by ``check_or_refuse``. Raises CheckFailed."""
    return check_or_refuse(Values(dict(row.settings), openable(row, bench.vault, row.name)), waive=waive, bench=bench)


def keep(session: Session, row: Subscriber, found: Checked | None) -> None:
    """Store the result of a check; None: the present endpoint was not checked."""
    if found is None:
        subscribers.note_check(session, row, at=None, passed=None, steps=None, waived=None)
    else:
        subscribers.note_check(session, row, at=found.at, passed=found.passed, steps=found.told(), waived=found.waived)


def _ask(settings: Mapping[str, Value], secrets: Mapping[str, str], bench: Bench) -> Checked:
    found = checking.check(settings=settings, secrets=secrets, clock=bench.clock, surroundings=bench.surroundings)
    return Checked(bench.clock.now(), found.steps)
