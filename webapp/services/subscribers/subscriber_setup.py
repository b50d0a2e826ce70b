"""Subscribers: listed, added and changed. Their endpoints are checked before a change is saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.database import writing
from webapp.domain.field import Field
from webapp.domain.refusal import Refused
from webapp.domain.retry_policy import DEFAULT_FOR_WEBHOOKS, RetryPolicy
from webapp.extensions import db
from webapp.models import policy as policies
from webapp.models import subscriber as subscribers
from webapp.models.policy import Policy
from webapp.models.roles import Signed
from webapp.services._bench import Bench
from webapp.services._changes import changed_meanwhile
from webapp.services._plugin_values import opened, parse, parse_edited
from webapp.services.subscribers import _asked, _rows, _writing, checks
from webapp.services.subscribers._numbers import count
from webapp.services.subscribers._rows import NEW_VERSIONS, named, plugin, problem_in_name, target
from webapp.services.subscribers._view import SubscriberView, Subscription, show, show_one
from webapp.vault import Vault

__all__ = ["Saved", "SubscriberView", "Subscription"]


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved subscriber; ``made`` are the secrets that Belfry made for it, by field name, shown this once."""

    subscriber: SubscriberView
    made: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was filled in: the kind's Fields as they were typed, a policy by its name, and the filters by channel."""

    raw: Mapping[str, str]
    policy: str = DEFAULT_FOR_WEBHOOKS
    channels: Sequence[Subscription] = ()


# --- reading ------------------------------------------------------------------------------------------------------


def fields() -> tuple[Field, ...]:
    """The Fields to fill in."""
    return plugin().all_fields()


def policies_to_choose() -> dict[str, RetryPolicy]:
    """Every retry policy by its name."""
    return {row.name: row.as_word() for row in policies.listed(db.session)}


def overview(*, vault: Vault) -> list[SubscriberView]:
    """Every subscriber with its numbers, in the order of the names."""
    return show(db.session, subscribers.listed(db.session), vault, count())


def get(*, name: str, vault: Vault, counted: bool = False) -> SubscriberView:
    """One subscriber; with ``counted``, its numbers too. Raises Missing."""
    row = named(db.session, name)
    return show_one(db.session, row, vault, count()) if counted else show_one(db.session, row, vault)


# --- changing -----------------------------------------------------------------------------------------------------


def add(
    *, name: str, draft: Draft, active: bool = True, waive: str = "", owner_id: int | None = None, by: str, bench: Bench
) -> Saved:
    """Add a subscriber. One that is to be ``active`` is checked first, for 20 s at most and outside any transaction; a
    failed check needs a reason to go on (``waive``), which is kept.

    Raises Refused naming each bad field, and where the name is taken; CheckFailed.
    """
    wrong = {"name": problem_in_name(name), "why": _rows.problem_in_why(waive), **_problems(draft)}
    values = parse(plugin(), draft.raw, wrong)
    if subscribers.named(db.session, name):
        raise _taken(name)
    checked = checks.check_or_refuse(values, waive=waive, bench=bench) if active else None
    signed = Signed(by, bench.clock.now(), waive.strip() or None)
    try:
        with writing(db.session) as session:
            row = _writing.write_new(
                session, name=name, values=values, policy=_policy(session, draft.policy), channels=draft.channels,
                active=active, owner_id=owner_id, checked=checked, signed=signed, vault=bench.vault,
            )  # fmt: skip
            return Saved(show_one(session, row, bench.vault), values.made)
    except IntegrityError:
        raise _taken(name) from None


def edit(*, name: str, version: int, draft: Draft, waive: str = "", by: str, bench: Bench) -> Saved:
    """Change the subscriber that was seen at ``version``. A secret that is left blank stays as it is. Where the
    endpoint, or how it is called, changes, it is checked as by ``add``.

    Raises Refused, also where a blank secret would be sent to a new target; Missing; Conflict where somebody else has
    changed it since; CheckFailed.
    """
    seen = named(db.session, name)
    if seen.version != version:
        raise changed_meanwhile(target(name), *NEW_VERSIONS)
    wrong = {"why": _rows.problem_in_why(waive), **_problems(draft)}
    values = parse_edited(plugin(), seen, draft.raw, bench.vault, problems=wrong)
    needed = checks.needs_new_check(seen, values, opened(seen, bench.vault))
    checked = checks.check_or_refuse(values, waive=waive, bench=bench) if seen.active and needed else None
    signed = Signed(by, bench.clock.now(), waive.strip() or None)
    with writing(db.session) as session:
        row = named(session, name, lock=True)
        if row.version == version:
            _writing.write_changed(
                session, row, values=values, policy=_policy(session, draft.policy), channels=draft.channels,
                checked=checked, forget_check=needed, signed=signed, vault=bench.vault,
            )  # fmt: skip
            return Saved(show_one(session, row, bench.vault), values.made)
    raise changed_meanwhile(target(name), *NEW_VERSIONS)


def _problems(draft: Draft) -> dict[str, str]:
    """What is wrong beyond the kind's own fields."""
    found = _asked.problems(db.session, draft.channels)
    if policies.named(db.session, draft.policy) is None:
        found["policy"] = _no_policy(draft.policy)
    return found


def _policy(session: Session, name: str) -> Policy:
    if (policy := policies.named(session, name)) is None:
        raise Refused({"policy": _no_policy(name)})
    return policy


def _no_policy(name: str) -> str:
    return f"There is no retry policy named “{name[:50]}”."


def _taken(name: str) -> Refused:
    return Refused({"name": f"There is a subscriber named “{name}” already."})
