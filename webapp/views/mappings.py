"""Mappings, for administrators: onto which channel the events of other systems are posted, and for whom."""

from typing import Any

from flask import abort, flash, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.refusal import Conflict, Refused
from webapp.domain.role import Role
from webapp.forms.mappings import MappingForm, TrialForm
from webapp.runtime import runtime
from webapp.services.posting import channels, mappings
from webapp.services.posting.mappings import MappingView
from webapp.views._answers import page, refused, see_other
from webapp.views._blueprint import Place, Screen
from webapp.views._forms import show_problems
from webapp.views._versions import version_in

screen = Screen("mappings", __name__, role=Role.ADMIN, place=Place("Event mappings", "signpost-split", 2, 17))
_WAYS = {"up": -1, "down": 1}
_FIELDS = {"recipients": "people"}


@screen.get("/mappings")
def index() -> Any:
    """All mappings in order; with ``type`` and ``source``, also which one would match such an event."""
    trial = TrialForm(request.args)
    asked = bool(trial.type.data or trial.source.data)
    taking = mappings.taking(type=trial.type.data or "", source=trial.source.data or "") if asked else None
    listed = mappings.listed()
    told = {"mappings": listed, "for_nobody": mappings.for_nobody(listed)}
    return page("mappings/index.html", **told, trial=trial, asked=asked, taking=taking)


@screen.get("/mappings/new")
def new() -> Any:
    """The form for a new one."""
    return _page(MappingForm(formdata=None))


@screen.post("/mappings/new")
def add() -> Any:
    """Add it as the last one."""
    form = _sent()
    if form.validate():
        try:
            made = mappings.add(rule=form.rule(), **_signed())
        except Refused as problem:
            _show(form, problem)
        else:
            flash(_("Events are posted on %(channel)s now. It is asked last.", channel=made.channel))
            return see_other(url_for("mappings.index"))
    return refused("mappings/edit.html", form=form, view=None)


@screen.get("/mappings/<int:id>")
def edit(id: int) -> Any:
    """The form for one that there is."""
    view = mappings.get(id=id)
    return _page(MappingForm.of(view, version=str(view.version)), view)


@screen.post("/mappings/<int:id>")
def change(id: int) -> Any:
    """Change it."""
    form, view = _sent(), mappings.get(id=id)
    if form.validate():
        try:
            mappings.edit(id=id, version=version_in(form), rule=form.rule(), **_signed())
        except Conflict as conflict:
            form.version.data = str(mappings.get(id=id).version)
            return _page(form, mappings.get(id=id), conflict=conflict.problems["version"]), conflict.status
        except Refused as problem:
            _show(form, problem)
        else:
            flash(_("The mapping onto %(channel)s is saved.", channel=form.channel.data))
            return see_other(url_for("mappings.index"))
    return refused("mappings/edit.html", form=form, view=view)


@screen.post("/mappings/<int:id>/move")
def move(id: int) -> Any:
    """Ask it one place earlier or later."""
    way = request.form.get("way")
    if way not in _WAYS:
        abort(400)
    mappings.move(id=id, places=_WAYS[way], **_signed())
    return see_other(url_for("mappings.index", _anchor=f"mapping-{id}"))


@screen.get("/mappings/<int:id>/removal")
def ask_to_remove(id: int) -> Any:
    """The page that asks whether to remove it."""
    return page("mappings/remove.html", view=mappings.get(id=id))


@screen.post("/mappings/<int:id>/removal")
def remove(id: int) -> Any:
    """Take it away."""
    gone = mappings.remove(id=id, **_signed())
    flash(_("The mapping onto %(channel)s is removed.", channel=gone.channel))
    return see_other(url_for("mappings.index"))


# --- what they share ----------------------------------------------------------------------------------------------


def _sent() -> MappingForm:
    form = MappingForm()
    form.offer_channels(_titles())
    return form


def _page(form: MappingForm, view: MappingView | None = None, **more: Any) -> str:
    form.offer_channels(_titles())
    return page("mappings/edit.html", form=form, view=view, **more)


def _titles() -> dict[str, str]:
    return {it.name: it.title for it in channels.listed()}


def _show(form: MappingForm, problem: Refused) -> None:
    """Show a problem with the recipients, which are two fields in this form."""
    show_problems(form, Refused({_FIELDS.get(name, name): words for name, words in problem.problems.items()}))


def _signed() -> dict[str, Any]:
    return {"by": current_user.username, "now": runtime().now()}
