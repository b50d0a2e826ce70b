"""Applying a file: all of it in one transaction, or nothing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import ModuleType
from typing import Any

from sqlalchemy.exc import IntegrityError

from webapp.database import writing
from webapp.domain import signals
from webapp.domain.alert import no_provider
from webapp.domain.refusal import Conflict, Refused
from webapp.domain.role import Role
from webapp.domain.text import storable
from webapp.extensions import db
from webapp.models import provider as providers
from webapp.models import user as users
from webapp.models.roles import Signed
from webapp.services.setup import _channels, _people, _policies, _providers, _roles, _subscribers
from webapp.services.setup._difference import Changed, Difference, Setup, differences
from webapp.services.setup._file import LARGEST, SECTIONS, Source
from webapp.services.setup._lines import Path
from webapp.services.setup._shape import Wrong, shaped
from webapp.services.setup._work import Work, changed_now
from webapp.services.setup.standing import stand
from webapp.vault import Vault

__all__ = ["LARGEST", "Applied", "Changed", "Difference", "apply"]

# Sections in the order of dependence: a channel names a policy and people, a subscriber names channels.
_MODULES: Mapping[str, ModuleType] = {
    "policies": _policies,
    "people": _people,
    "channels": _channels,
    "providers": _providers,
    "subscribers": _subscribers,
}
_ITSELF = ("name", "username")  # a problem with one of these is reported at the thing itself
_LONGEST_NAME = 200  # characters of a file's name that are kept
_Plans = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The result, or with ``dry_run`` what it would be. ``same`` things already matched the file. ``unnamed`` are
    (section, name) of things that the file does not name, which were left alone. ``made`` are the secrets that Belfry
    made for new providers, shown this once."""

    dry_run: bool
    differences: tuple[Difference, ...]
    same: int
    unnamed: tuple[tuple[str, str], ...]
    made: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)


def apply(
    *,
    file: str,
    content: bytes,
    variables: Mapping[str, str],
    dry_run: bool = False,
    by: str,
    now: datetime,
    vault: Vault,
) -> Applied:
    """Make the installation what the file says. ``variables`` are the environment's, which hold secrets.

    What the file names is added, or changed where it differs; what it does not name stays as it is. A dry run does the
    same and rolls back, so it finds the same faults. Raises Refused naming each fault by file, line and field, and
    Conflict where somebody else is changing the same; then nothing was changed.
    """
    source = Source(storable(file, longest=_LONGEST_NAME), content)
    plans = _plans(source)
    signed = Signed(by, now, f"As {source.name} says.")
    try:
        with writing(db.session) as session:
            work = Work(session, signed, vault, variables)
            done = _applied(work, source, plans, dry_run=dry_run)
            if dry_run:
                session.rollback()  # so that the commit at the end of the block is empty
    except IntegrityError:
        raise changed_now("Something that the file adds") from None
    if dry_run:
        return done
    for medium in sorted(work.stranded):
        signals.tell(signals.alerted, alert=no_provider(medium))
    return done


# --- before the transaction ---------------------------------------------------------------------------------------


def _plans(source: Source) -> _Plans:
    """What the file asks for, section by section, checked without the database. Raises Refused with everything that is
    wrong."""
    shapes = shaped(source, {section: module.KEYS for section, module in _MODULES.items()})
    plans: _Plans = {}
    for section, module in _MODULES.items():
        plans[section] = {}
        for name, entry in shapes[section].items():
            with _noting(source, (section, name)):
                plans[section][name] = module.check(name, entry)
    for name, key, sentence in _providers.check_together(plans["providers"]):
        source.wrong(("providers", name, key), sentence)
    source.refuse_if_wrong()
    return plans


# --- inside it ----------------------------------------------------------------------------------------------------


def _applied(work: Work, source: Source, plans: _Plans, *, dry_run: bool) -> Applied:
    """The result is read from the database, before and after, so that it reports what was really done."""
    providers.lock(work.session)
    admins = users.lock_active_admins(work.session)
    before = stand(work.session, work.vault)
    work.session.expire_all()  # read everything again under its lock: somebody may have been faster
    for section, module in _MODULES.items():
        for name, wanted in plans[section].items():
            with _noting(source, (section, name)):
                module.put(work, name, wanted)
        source.refuse_if_wrong()
    for name, key, sentence in _policies.check_together(work, plans["policies"]):
        source.wrong(("policies", name, key), sentence)
    source.refuse_if_wrong()
    _roles.arrange(work, plans["providers"])
    if admins and not users.lock_active_admins(work.session):
        _miss_an_admin(source, before, plans)
    found = tuple(differences(before, stand(work.session, work.vault)))
    named = {(section, name) for section in SECTIONS for name in plans[section]}
    there = [(section, name) for section in SECTIONS for name in sorted(before[section])]
    return Applied(
        dry_run=dry_run,
        differences=found,
        same=len(named - {(one.section, one.name) for one in found}),
        unnamed=tuple(one for one in there if one not in named),
        made={} if dry_run else work.made,
    )


def _miss_an_admin(source: Source, before: Setup, plans: _Plans) -> None:
    """Raises Refused if the file leaves no administrator, naming those who would lose the role."""
    for name, wanted in plans["people"].items():
        was = before["people"].get(name, {})
        if was.get("role") == Role.ADMIN and was["active"] and not was["service"]:
            key = "role" if wanted["role"] != Role.ADMIN else "active"
            source.wrong(("people", name, key), "This would leave no active administrator.")
    source.refuse_if_wrong()


@contextmanager
def _noting(source: Source, path: Path) -> Iterator[None]:
    """Records a refusal inside as problems of the thing at ``path``."""
    try:
        yield
    except Conflict:
        raise
    except Wrong as wrong:
        source.all_wrong(path, wrong.problems)
    except Refused as refused:
        found = refused.problems.items()
        source.all_wrong(path, {() if key in _ITSELF else (key,): sentence for key, sentence in found})
