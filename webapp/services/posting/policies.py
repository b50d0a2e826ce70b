"""Retry policies: listed with their users, added, changed, reset and removed; and what a policy would do."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.database import writing
from webapp.domain.refusal import Missing, Refused, refuse_if
from webapp.domain.retry_policy import DEFAULT_FOR_PEOPLE, DEFAULT_FOR_WEBHOOKS, RetryPolicy
from webapp.domain.retry_presets import ORIGINS, PRESETS
from webapp.domain.wording import Sentence
from webapp.extensions import db
from webapp.models import audit
from webapp.models import channel as channels
from webapp.models import policy as policies
from webapp.models import subscriber as subscribers
from webapp.models.channel import Channel
from webapp.models.policy import Policy
from webapp.models.subscriber import Subscriber
from webapp.retries import Kind
from webapp.retries import kinds as _kinds
from webapp.retries._preview import Row, preview, summary
from webapp.services._changes import changed_meanwhile

ANY_TYPE = "message"  # stands for the messages without a type
_DEFAULTS = {DEFAULT_FOR_PEOPLE: "new channels", DEFAULT_FOR_WEBHOOKS: "new subscribers"}


@dataclass(frozen=True, slots=True)
class Table:
    """What a policy does with one type of message: a row for each failure, and all of them in a sentence."""

    message_type: str
    rows: tuple[Row, ...]
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class PolicyView:
    """A policy as it is shown. ``channels`` are the names of those that use it, ``subscribers`` how many do. ``origin``
    says where a preset comes from, ``as_preset`` whether it is unchanged."""

    id: int
    policy: RetryPolicy
    kind_label: str
    sentence: Sentence
    channels: tuple[str, ...] = ()
    subscribers: int = 0
    origin: str | None = None
    as_preset: bool = False

    @property
    def name(self) -> str:
        """Its name in lists and commands."""
        return self.policy.name

    @property
    def needed(self) -> str | None:
        """What uses it unless another policy is named, in words; None for a policy that may be removed."""
        return _DEFAULTS.get(self.name)

    @property
    def used(self) -> bool:
        """Whether something uses it, so that it cannot be removed."""
        return bool(self.channels or self.subscribers or self.needed)


def kinds() -> list[Kind]:
    """The installed kinds, the simplest first."""
    return sorted((kind for _, kind in _kinds().items()), key=lambda kind: (len(kind.numbers), kind.label))


def listed() -> list[PolicyView]:
    """Every policy in the order of the names."""
    names, number = _users()
    return [_view(row, names[row.id], number[row.id]) for row in policies.listed(db.session)]


def get(*, name: str) -> PolicyView:
    """One policy. Raises Missing."""
    if (row := policies.named(db.session, name)) is None:
        raise _missing(name)
    names, number = _users()
    return _view(row, names[row.id], number[row.id])


def tables(policy: RetryPolicy) -> list[Table]:
    """The policy's table for messages in general, and one for each type that it has a rule for."""
    return [table(policy, message_type) for message_type in dict.fromkeys((ANY_TYPE, *sorted(policy.rules)))]


def table(policy: RetryPolicy, message_type: str) -> Table:
    """The policy's table for one type of message."""
    rows = preview(policy, message_type)
    return Table(message_type, tuple(rows), summary(rows))


def check(policy: RetryPolicy) -> None:
    """Raises Refused with a sentence for every invalid field."""
    refuse_if({"kind": _problem_in_kind(policy.kind), **policy.problems()})


def problem_in_living(session: Session, policy: RetryPolicy) -> str | None:
    """Which channels of this policy batch for longer than its time to live, so that messages would expire before their
    first try; as a sentence, or None."""
    rare = channels.rarer_than(session, policy=policy.name, ttl_s=policy.ttl_s) if policy.ttl_s else []
    if not rare:
        return None
    named = f"{', '.join(rare[:3])}{f' and {len(rare) - 3} more' if len(rare) > 3 else ''}"
    return (
        f"A message would live for {policy.ttl_s:g} seconds, which is over before channels of this policy are tried:"
        f" {named}. Let them batch more often, or give them a time to live of their own."
    )


def add(*, policy: RetryPolicy, by: str, now: datetime) -> PolicyView:
    """Add a policy. Raises Refused, also where the name is taken."""
    check(policy)
    try:
        with writing(db.session) as session:
            view = _view(policies.add(session, policy))
            audit.note(session, at=now, who=by, what="policy added", target=_target(policy.name), after=_told(policy))
    except IntegrityError:
        raise Refused({"name": f"There is a retry policy named “{policy.name}” already."}) from None
    return view


def edit(*, policy: RetryPolicy, version: int, by: str, now: datetime) -> PolicyView:
    """Replace the policy of that name, which was seen at ``version``. It applies from the next failure on: what waits
    already keeps its due time.

    Raises Refused, also where messages would expire before a channel first tries them; Missing; and Conflict where the
    policy has changed since.
    """
    check(policy)
    refuse_if({"ttl_s": problem_in_living(db.session, policy)})
    before = get(name=policy.name).policy
    with writing(db.session) as session:
        if changed := policies.change(session, policy, version=version):
            was, became, target = _told(before), _told(policy), _target(policy.name)
            audit.note(session, at=now, who=by, what="policy changed", target=target, before=was, after=became)
    if not changed:
        raise changed_meanwhile(_target(policy.name), "policy changed")
    return get(name=policy.name)


def put_back(*, name: str, version: int, by: str, now: datetime) -> PolicyView:
    """Reset a preset to its original values. Raises Missing where no preset has that name, Refused and Conflict as
    ``edit``."""
    if name not in PRESETS:
        raise _missing(name)
    return edit(policy=PRESETS[name], version=version, by=by, now=now)


def remove(*, name: str, by: str, now: datetime) -> None:
    """Remove a policy that nothing uses; the rows of removed subscribers are kept and moved to the default. Raises
    Missing, and Refused naming what uses it."""
    _refuse_used(get(name=name))
    try:
        with writing(db.session) as session:
            if row := policies.named(session, name):
                was = _told(row.as_word())
                _leave_to_default(session, row)
                policies.remove(session, row)
                audit.note(session, at=now, who=by, what="policy removed", target=_target(name), before=was)
    except IntegrityError:  # a channel has just been given this policy
        _refuse_used(get(name=name))


def _leave_to_default(session: Session, row: Policy) -> None:
    default = policies.named(session, DEFAULT_FOR_WEBHOOKS)
    assert default  # noqa: S101 — it is needed, so it stays
    subscribers.forget_policy(session, row, instead=default)


def _refuse_used(view: PolicyView) -> None:
    users = [*view.channels[:5], f"{len(view.channels) - 5} more"] if len(view.channels) > 5 else list(view.channels)
    users += [f"{view.subscribers} subscriber{'s' if view.subscribers > 1 else ''}"] if view.subscribers else []
    if users:
        raise Refused({"policy": f"It is used by {', '.join(users)}: give them another one first."})
    if view.needed:
        raise Refused({"policy": f"It is what {view.needed} get unless another one is named, so it stays."})


def _users() -> tuple[Mapping[int, tuple[str, ...]], Mapping[int, int]]:
    """The names of the channels that use each policy, and the number of its subscribers."""
    names: dict[int, tuple[str, ...]] = defaultdict(tuple)
    for policy_id, name in db.session.execute(select(Channel.policy_id, Channel.name).order_by(Channel.name)):
        names[policy_id] += (name,)
    used: dict[int, int] = defaultdict(int)
    for policy_id in db.session.scalars(select(Subscriber.policy_id).where(Subscriber.removed_at.is_(None))):
        used[policy_id] += 1
    return names, used


def _view(row: Policy, channels: tuple[str, ...] = (), subscribers: int = 0) -> PolicyView:
    policy = row.as_word()
    kind, preset = _kinds().get(policy.kind), PRESETS.get(policy.name)
    return PolicyView(
        id=row.id,
        policy=policy,
        kind_label=kind.label if kind else policy.kind,
        sentence=summary(preview(policy, ANY_TYPE)),
        channels=channels,
        subscribers=subscribers,
        origin=ORIGINS.get(policy.name),
        as_preset=preset is not None and replace(policy, version=1) == preset,
    )


def _problem_in_kind(kind: str) -> str | None:
    there = list(_kinds())
    return None if kind in there else f"“{kind[:30]}” is no kind of retry policy: choose out of {', '.join(there)}."


def _missing(name: str) -> Missing:
    return Missing({"policy": f"There is no retry policy named “{name[:50]}”."})


def _target(name: str) -> str:
    return f"policy:{name}"


def _told(policy: RetryPolicy) -> dict[str, Any]:
    """The values of a policy that the audit stores."""
    told = asdict(policy)
    return {name: told[name] for name in told if name not in ("name", "version")}
