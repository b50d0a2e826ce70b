"""The subscribers of a setup: endpoints, and their filters; each group of filters is a text in JSON. The states
addresses of posters belong to those people and are not in a setup."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from webapp.domain.refusal import Refused, refuse_if
from webapp.domain.retry_policy import DEFAULT_FOR_WEBHOOKS
from webapp.models import policy as policies
from webapp.models import subscriber as rows
from webapp.models.subscriber import Subscriber as Row
from webapp.services._plugin_values import Values, opened
from webapp.services.setup import _settings
from webapp.services.setup._shape import Entry, Key, Wrong, fits
from webapp.services.setup._work import Work
from webapp.services.subscribers import _writing, checks
from webapp.services.subscribers._rows import KIND, PERSON, plugin, problem_in_name
from webapp.services.subscribers._view import Subscription, needs_secrets
from webapp.vault import Vault

KEYS: Mapping[str, Key] = {
    "policy": Key("text", default=DEFAULT_FOR_WEBHOOKS),
    "active": Key("switch", default=True),
    "settings": Key("table", required=True),
    "channels": Key("table", default={}),
}
_NO_GROUPS = 'A list of groups, please, each as JSON: ["{}"] for everything, or [\'{"source": "1", "level": "*"}\'].'


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A subscriber as a file asks for it: its settings as they would be typed, and the variables of its secrets."""

    policy: str
    active: bool
    channels: tuple[Subscription, ...]
    raw: Mapping[str, str]
    references: Mapping[str, str]


# --- reading ------------------------------------------------------------------------------------------------------


def stand(session: Session, vault: Vault) -> dict[str, Entry]:
    """Every subscriber, as a file has it but with its secrets in clear."""
    groups = rows.groups(session)
    return {row.name: _told(row, groups.get(row.id, {}), vault) for row in _listed(session)}


def lost(session: Session, vault: Vault) -> list[str]:
    """The subscribers whose secrets cannot be opened any more, so that it is unknown which ones they have."""
    return [row.name for row in _listed(session) if needs_secrets(row, vault)]


def _listed(session: Session) -> list[Row]:
    return [row for row in rows.listed(session) if row.owner_id is None]


def _told(row: Row, groups: Mapping[str, list[dict[str, Any]]], vault: Vault) -> Entry:
    return {
        "policy": row.policy.name,
        "active": row.active,
        "settings": _settings.told(KIND, row.settings, opened(row, vault)),
        "channels": {channel: [_text(group) for group in asked] for channel, asked in groups.items()},
    }


def _text(group: Mapping[str, str]) -> str:
    return json.dumps(dict(group), ensure_ascii=False)


# --- checking -----------------------------------------------------------------------------------------------------


def check(name: str, entry: Entry) -> Wanted:
    """What a file asks for, checked as far as that needs no database. Raises Wrong."""
    raw, references, wrong = _settings.typed(plugin(), f"subscriber {name}", entry["settings"])
    channels, strange = [], dict[tuple[str, ...], str]()
    for channel, texts in entry["channels"].items():
        try:
            channels.append(Subscription(channel, tuple(map(_group, texts if fits("texts", texts) else [""]))))
        except ValueError:
            strange["channels", channel] = _NO_GROUPS
    named = {(): problem_in_name(name)} | {("settings", key): sentence for key, sentence in wrong.items()}
    if found := {**strange, **{path: sentence for path, sentence in named.items() if sentence}}:
        raise Wrong(found)
    return Wanted(
        policy=entry["policy"], active=entry["active"], channels=tuple(channels), raw=raw, references=references
    )


def _group(text: str) -> Mapping[str, str]:
    """A group of filters from its JSON. Raises ValueError."""
    group = json.loads(text)
    if not isinstance(group, dict) or not all(isinstance(value, str) for value in group.values()):
        raise ValueError(text)
    return group


# --- writing ------------------------------------------------------------------------------------------------------


def put(work: Work, name: str, wanted: Wanted) -> None:
    """Add the subscriber, or change what differs. Its endpoint is not checked, since that would take long inside a
    transaction: it is waived because the file says so. Raises Wrong, and Refused for a person's states address: no
    export has those, and no file changes one."""
    row = rows.named(work.session, name, lock=True)
    if row is not None and row.owner_id is not None:
        raise Refused({"name": f"“{name}” is somebody's own address, and no part of a setup: name this one otherwise."})
    try:
        values = _settings.values(work, plugin(), row, wanted.raw, wanted.references)
        if row is None:
            row = _new(work, name, wanted, values)
        elif _differs(work, row, wanted, values):
            _change(work, row, wanted, values)
    except Refused as refused:
        raise Wrong({_place(key): sentence for key, sentence in refused.problems.items()}) from None
    if row.active != wanted.active:
        _switch(work, row, on=wanted.active)


def _new(work: Work, name: str, wanted: Wanted, values: Values) -> Row:
    row = _writing.write_new(
        work.session, name=name, values=values, policy=_policy(work, wanted), channels=wanted.channels,
        active=wanted.active, checked=None, signed=work.signed, vault=work.vault,
    )  # fmt: skip
    _waive(work, row)
    if values.made:
        work.made[f"subscriber {name}"] = values.made
    return row


def _change(work: Work, row: Row, wanted: Wanted, values: Values) -> None:
    anew = checks.needs_new_check(row, values, opened(row, work.vault))
    _writing.write_changed(
        work.session, row, values=values, policy=_policy(work, wanted), channels=wanted.channels,
        checked=None, forget_check=anew, signed=work.signed, vault=work.vault,
    )  # fmt: skip
    if anew:
        _waive(work, row)


def _differs(work: Work, row: Row, wanted: Wanted, values: Values) -> bool:
    stands = _told(row, rows.groups(work.session, row.id).get(row.id, {}), work.vault)
    channels = {one.channel: [_text(group) for group in one.groups] for one in wanted.channels}
    settings = _settings.told(KIND, values.settings, values.secrets)
    return stands | {"active": None} != {
        "policy": wanted.policy, "active": None, "settings": settings, "channels": channels,
    }  # fmt: skip


def _policy(work: Work, wanted: Wanted) -> Any:
    policy = policies.named(work.session, wanted.policy)
    refuse_if({"policy": None if policy else f"There is no retry policy named “{wanted.policy[:50]}”."})
    return policy


def _waive(work: Work, row: Row) -> None:
    rows.note_check(work.session, row, at=None, passed=None, steps=None, waived=work.signed.why)


def _switch(work: Work, row: Row, *, on: bool) -> None:
    if on:
        rows.switch_on(work.session, row)
    else:
        rows.switch_off(work.session, row, why=PERSON, now=work.signed.at, by=work.signed.by)
    what = "subscriber switched on" if on else "subscriber switched off"
    work.note(what, f"subscriber:{row.name}", after={"active": on})


def _place(key: str) -> tuple[str, ...]:
    """The path of a key in the file."""
    begins, _dot, channel = key.partition(".")
    if begins == "filters":
        return ("channels", channel) if channel else ("channels",)
    return (key,) if key in KEYS else ("settings", key)
