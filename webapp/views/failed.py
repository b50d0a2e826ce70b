"""Needs a person: what cannot be delivered, is tried again, is held or may have arrived; and what to do about it."""

from typing import Any

from flask import Response, flash, request
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.role import Role
from webapp.runtime import runtime
from webapp.services.queue import doubts, failed, queue
from webapp.services.queue.queue import Tab
from webapp.views import _telling
from webapp.views._answers import page, see_other, wants_piece
from webapp.views._blueprint import Place, Screen
from webapp.views._queue import Asked
from webapp.views._queue_acts import ACTS, FEW, Act, acts_for, asking, told
from webapp.views._queue_words import fingerprint, proven, verdict
from webapp.views._snapshots import drawn_at

SHOWN = 3  # examples on the page that asks


def count_needing() -> str:
    """The number beside the screen in the menu: 7, or 99+."""
    needing = failed.needing()
    return _telling.capped(needing) if needing else ""


screen = Screen(
    "failed",
    __name__,
    role=Role.OPERATOR,
    place=Place("Needs a person", "person-exclamation", 1, 10, count=count_needing, key="g f"),
)


@screen.get("/failed")
def index() -> Any:
    """One tab of the queue, or 204 for a browser that has this version already."""
    asked, now = Asked.of_request(), runtime().now()
    view = _looked_up(asked)
    version = fingerprint(view)
    if request.args.get("version") == version:
        return Response(status=204)
    return page(
        "failed/index.html",
        "list",
        asked=asked,
        version=version,
        now=now,
        acts=acts_for(asked.tab),
        verdict=verdict(view["everything"]),
        needing=count_needing() if wants_piece() else None,
        **view,
    )


@screen.post("/failed")
def act() -> Any:
    """Act on the ticked rows, or on all that match. Ask first where there are many, or second copies are possible."""
    asked, now = Asked.of_request(), runtime().now()
    verb, ids = _verb(), _chosen(asked)
    if verb is None or not ids:
        untold = verb and not request.form.get("all")
        flash(_("Tick the ones you mean first.") if untold else _("Nothing of it is left to be done."), "warning")
    elif request.form.get("sure") or not _must_ask(verb, asked, ids):
        flash(*told(verb, verb.perform(tab=asked.tab, ids=ids, by=current_user.username, now=now)))
    else:
        return _ask(verb, asked, ids)
    return see_other(asked.address())


def _looked_up(asked: Asked) -> dict[str, Any]:
    """What the page shows of the queue. ``everything`` is counted without the filter, ``found`` with it."""
    shown = queue.newest(filters=asked.filters, cursor=asked.after)
    everything, *narrowed = queue.counts_of([queue.Filters(), *([asked.filters] if asked.words else [])])
    return {
        "shown": shown,
        "everything": everything,
        "found": narrowed[0] if narrowed else everything,
        "since": failed.held_since(ids=[row.id for row in shown.rows]) if asked.tab is Tab.HELD else {},
        "doubts": doubts.known(ids=[row.id for row in shown.rows]) if asked.tab is Tab.UNKNOWN else {},
        "survey": failed.survey(tab=asked.tab),
        "proof": "" if shown.rows or asked.words else proven(failed.proof()),
    }


def _verb() -> Act | None:
    return ACTS.get(request.form.get("all") or request.form.get("act") or "")


def _chosen(asked: Asked) -> list[str]:
    """The ids of the ticked rows; or of all that matched when the page was drawn and have not moved since."""
    if not request.form.get("all"):
        return request.form.getlist("ids")
    return list(queue.matching(filters=asked.filters, as_of=drawn_at("as_of", now=runtime().now())))


def _must_ask(verb: Act, asked: Asked, ids: list[str]) -> bool:
    return bool(request.form.get("all")) or len(ids) > FEW or verb.may_repeat(asked.tab)


def _ask(verb: Act, asked: Asked, ids: list[str]) -> str:
    """The page that says what would be done and asks for confirmation."""
    snapshot = drawn_at("as_of", now=runtime().now()) if request.form.get("all") else None
    carried = {"all": verb.name, "as_of": snapshot.isoformat()} if snapshot else {"act": verb.name}
    return page(
        "failed/confirm.html",
        asked=asked,
        act=verb,
        carried={**asked.fields, **carried, "sure": "1"},
        ids=[] if snapshot else ids,
        n=len(ids),
        examples=failed.examples(ids=ids[-SHOWN:]),
        **asking(verb, asked.tab, len(ids), snapshot),
    )
