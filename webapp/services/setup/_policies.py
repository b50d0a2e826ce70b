"""The retry policies of a setup, with all their numbers and rules."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from webapp.domain.refusal import refuse_if
from webapp.domain.retry_policy import RetryPolicy, Rule
from webapp.models import policy as rows
from webapp.retries import kinds
from webapp.services.posting.policies import problem_in_living
from webapp.services.setup._lines import Path
from webapp.services.setup._shape import Entry, Key, Wrong, with_defaults
from webapp.services.setup._work import Work, changed_now

KEYS: Mapping[str, Key] = {
    "kind": Key("text", required=True),
    "steps": Key("numbers", default=[]),
    "initial_s": Key("number", default=60),
    "base": Key("number", default=2),
    "max_delay_s": Key("number"),
    "max_attempts": Key("whole", required=True),
    "ttl_s": Key("number"),
    "rules": Key("table", default={}),
}
_RULE: Mapping[str, Key] = {"attempt": Key("whole"), "retries": Key("whole"), "retry_after_s": Key("number")}


def stand(session: Session) -> dict[str, Entry]:
    """Every policy, as a file has it."""
    return {row.name: told(row.as_word()) for row in rows.listed(session)}


def told(policy: RetryPolicy) -> Entry:
    """The policy as a file has it."""
    rules = {
        kind: {name: asdict(rule) for name, rule in sorted(named.items())}
        for kind, named in sorted(policy.rules.items())
    }
    keys: dict[str, Any] = {key: getattr(policy, key) for key in KEYS}
    return {**keys, "steps": list(policy.steps), "rules": rules}


def check(name: str, entry: Entry) -> RetryPolicy:
    """The policy that a file asks for. Raises Refused and Wrong."""
    rules = _rules(entry["rules"])
    policy = RetryPolicy(name=name, **{**entry, "steps": tuple(entry["steps"]), "rules": rules})
    unknown = f"There is no such kind here. There are: {', '.join(kinds())}."
    refuse_if({**policy.problems(), **({} if entry["kind"] in kinds() else {"kind": unknown})})
    return policy


def put(work: Work, name: str, wanted: RetryPolicy) -> None:
    """Add the policy, or change what differs; an edit affects later failures only. Raises Conflict where somebody else
    is changing it at this moment."""
    row, became = rows.named(work.session, name), told(wanted)
    before = told(row.as_word()) if row else None
    if before == became:
        return
    if row is None:
        rows.add(work.session, wanted)
    elif rows.change(work.session, wanted, version=row.version) is None:
        raise changed_now(f"The retry policy {name}")
    what = "policy changed" if row else "policy added"
    work.note(what, f"policy:{name}", before=before, after=became)


def check_together(work: Work, wanted: Mapping[str, RetryPolicy]) -> Iterator[tuple[str, str, str]]:
    """What does not fit the channels as they are once the whole file is applied: a policy's name, its key, and why."""
    for name, policy in wanted.items():
        if problem := problem_in_living(work.session, policy):
            yield name, "ttl_s", problem


def _rules(types: Mapping[str, Any]) -> dict[str, dict[str, Rule]]:
    """The rules by type. Raises Wrong, with each sentence at its rule."""
    rules, problems = dict[str, dict[str, Rule]](), dict[Path, str]()
    for kind, named in types.items():
        if not isinstance(named, dict):
            problems["rules", kind] = (
                "A table for each rule, please, such as [policies.kazoo.rules.voicemail_new.first]."
            )
            continue
        for name, rule in named.items():
            try:
                rules.setdefault(kind, {})[name] = Rule(**with_defaults(rule, _RULE))
            except Wrong as wrong:
                problems |= {("rules", kind, name, *path): sentence for path, sentence in wrong.problems.items()}
    if problems:
        raise Wrong(problems)
    return rules
