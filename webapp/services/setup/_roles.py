"""Assigning the roles of a setup's providers. Deliveries that wait are released or held, as by hand."""

from collections.abc import Mapping

from webapp.models import provider as rows
from webapp.models import roles
from webapp.models.provider import Provider
from webapp.models.roles import FALLBACK, INACTIVE, PRIMARY
from webapp.services.providers import _casting
from webapp.services.setup._providers import Wanted
from webapp.services.setup._work import Work


def arrange(work: Work, wanted: Mapping[str, Wanted]) -> None:
    """Give each provider its role. A new primary replaces the former one, even one that is not in the file: there is
    never more than one."""
    for medium in sorted({one.medium for one in wanted.values()}):
        _arrange(work, medium, {name: one for name, one in wanted.items() if one.medium == medium})


def _arrange(work: Work, medium: str, wanted: Mapping[str, Wanted]) -> None:
    found = {row.name: row for row in rows.listed(work.session) if row.name in wanted}
    for name, one in wanted.items():
        if one.role == PRIMARY and found[name].role != PRIMARY:
            _make_primary(work, found[name], wanted)
    for name, one in wanted.items():
        if one.role != PRIMARY and found[name].role != one.role:
            _make_lesser(work, found[name], one.role)
    _put_in_order(work, medium, wanted)


def _make_primary(work: Work, row: Provider, wanted: Mapping[str, Wanted]) -> None:
    former = roles.primary(work.session, row.medium)
    keep = former is not None and former.name in wanted and wanted[former.name].role == FALLBACK
    _casting.make_primary(work.session, row, work.signed, keep=keep)


def _make_lesser(work: Work, row: Provider, role: str) -> None:
    """Make a primary inactive or a fallback; without a successor, what waits for it is held."""
    was_primary = row.role == PRIMARY
    if role == INACTIVE:
        _casting.make_inactive(work.session, row, work.signed)
    else:
        _casting.make_fallback(work.session, row, work.signed)
    if was_primary and _casting.strand(work.session, row.medium, work.signed):
        work.stranded.add(row.medium)


def _put_in_order(work: Work, medium: str, wanted: Mapping[str, Wanted]) -> None:
    """Order the fallbacks: those of the file by their places, then the others as they were."""
    there = list(roles.fallbacks(work.session, medium))
    last = len(wanted) + max((one.place or 0 for one in wanted.values()), default=0)

    def place(row: Provider) -> int:
        return (wanted[row.name].place or last) if row.name in wanted else last + 1

    before = {row.name: row.position for row in there}
    roles.put_in_order(work.session, sorted(there, key=place))
    for row in there:
        if row.position != before[row.name] and row.name in wanted:
            told = {"before": {"place": str(before[row.name])}, "after": {"place": str(row.position)}}
            _casting.note(work.session, row, "provider moved", work.signed, **told)
