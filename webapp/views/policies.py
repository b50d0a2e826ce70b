"""Retry policies, for administrators: when what failed is tried again."""

from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.refusal import Conflict, Missing, Refused
from webapp.domain.retry_presets import ORIGINS, PRESETS
from webapp.domain.role import Role
from webapp.domain.typed_policy import read, write
from webapp.forms.policies import NewPolicyForm, PolicyForm, filled_in
from webapp.runtime import runtime
from webapp.services.posting import policies
from webapp.services.posting.policies import PolicyView
from webapp.views._answers import page, refused, see_other
from webapp.views._blueprint import Place, Screen
from webapp.views._forms import show_problems
from webapp.views._tries_chart import chart
from webapp.views._versions import version_in

screen = Screen("policies", __name__, role=Role.ADMIN, place=Place("Retry policies", "arrow-repeat", 2, 15))
_UNNAMED = "unnamed"  # the name of a policy that is only tried out


@screen.get("/policies")
def index() -> Any:
    """All of them, each with its sentence and who uses it."""
    return page("policies/index.html", policies=policies.listed())


@screen.get("/policies/new")
def new() -> Any:
    """The form for a new one, optionally filled in from another one or a preset."""
    like = request.args.get("like", "")
    return _page(NewPolicyForm(data=_like(like)), like=like)


@screen.post("/policies/new")
def add() -> Any:
    """Make it; or only show what it would do."""
    form = NewPolicyForm()
    if _only_looks(form):
        return _page(form)
    if form.validate():
        try:
            made = policies.add(policy=read(form.typed(form.name.data or "")), **_signed())
        except Refused as problem:
            show_problems(form, problem)
        else:
            flash(_("%(name)s is there: channels can use it.", name=made.name))
            return see_other(url_for("policies.index"))
    return _refused(form)


@screen.post("/policies/preview")
def preview() -> Any:
    """What the form's policy would do, saved or not."""
    form = PolicyForm()
    return _page(form)


@screen.get("/policies/<name>")
def edit(name: str) -> Any:
    """The form for one that there is."""
    view = policies.get(name=name)
    return _page(PolicyForm(data=_filled_in(view)), view)


@screen.post("/policies/<name>")
def change(name: str) -> Any:
    """Change it; or only show what it would do."""
    form, view = PolicyForm(), policies.get(name=name)
    if _only_looks(form):
        return _page(form, view)
    if form.validate():
        try:
            policies.edit(policy=read(form.typed(name)), version=version_in(form), **_signed())
        except Conflict as conflict:
            return _changed_meanwhile(form, name, conflict)
        except Refused as problem:
            show_problems(form, problem)
        else:
            flash(_("%(name)s is saved. It counts from the next failure on.", name=name))
            return see_other(url_for("policies.index"))
    return _refused(form, view)


@screen.post("/policies/<name>/restoration")
def put_back(name: str) -> Any:
    """Make a preset as it was delivered."""
    form = PolicyForm()
    try:
        policies.put_back(name=name, version=version_in(form), **_signed())
    except Conflict as conflict:
        return _changed_meanwhile(PolicyForm(formdata=None, data=_filled_in(policies.get(name=name))), name, conflict)
    except Missing:
        raise
    except Refused as problem:
        view = policies.get(name=name)
        form = PolicyForm(formdata=None, data=_filled_in(view))
        show_problems(form, problem)
        return _refused(form, view)
    flash(_("%(name)s is as it was delivered. It counts from the next failure on.", name=name))
    return see_other(url_for("policies.edit", name=name))


@screen.get("/policies/<name>/removal")
def ask_to_remove(name: str) -> Any:
    """The page that asks whether to remove it."""
    return page("policies/remove.html", view=policies.get(name=name))


@screen.post("/policies/<name>/removal")
def remove(name: str) -> Any:
    """Remove it, unless something uses it."""
    try:
        policies.remove(name=name, **_signed())
    except Missing:
        raise
    except Refused as problem:
        view = policies.get(name=name)
        return refused("policies/remove.html", view=view, problem=problem.problems["policy"])
    flash(_("%(name)s is removed.", name=name))
    return see_other(url_for("policies.index"))


# --- what they share ----------------------------------------------------------------------------------------------


def _page(form: PolicyForm, view: PolicyView | None = None, **more: Any) -> str:
    """The form beside what its policy would do; only the latter where a piece is asked for."""
    return page("policies/edit.html", _piece(), **_around(form, view), **more)


def _refused(form: PolicyForm, view: PolicyView | None = None) -> Any:
    return refused("policies/edit.html", **_around(form, view))


def _changed_meanwhile(form: PolicyForm, name: str, conflict: Conflict) -> Any:
    """409: what was typed, next to what is saved now; saving again overwrites that knowingly."""
    view = policies.get(name=name)
    form.version.data = str(view.policy.version)
    words = conflict.problems["version"]
    return _page(form, view, conflict=words, saved=write(view.policy)), conflict.status


def _around(form: PolicyForm, view: PolicyView | None) -> dict[str, Any]:
    kinds = policies.kinds()
    form.offer(kinds)
    return {"form": form, "view": view, "kinds": kinds, "presets": ORIGINS, **_foreseen(form)}


def _foreseen(form: PolicyForm) -> dict[str, Any]:
    """The tables of the typed policy, or what is wrong with it."""
    try:
        policy = read(form.typed(_UNNAMED))
        policies.check(policy)
    except Refused as problem:
        wrong = [(form[field], words) for field, words in problem.problems.items()]
        return {"tables": [], "chart": None, "problems": wrong}
    tables = policies.tables(policy)
    return {"tables": tables, "chart": chart(tables), "problems": []}


def _only_looks(form: PolicyForm) -> bool:
    """Whether a button was pressed that does not save: preview, or add or remove a rule."""
    if step := request.form.get("line"):
        form.change_rules(step)
    return bool(step) or request.form.get("act") == "preview"


def _piece() -> str:
    return "rules" if request.form.get("line") else "preview"


def _like(name: str) -> dict[str, Any]:
    """The form's data from another policy or a preset; otherwise the usual values."""
    try:
        policy = policies.get(name=name).policy
    except Missing:
        policy = PRESETS.get(name) or next(iter(PRESETS.values()))
    return filled_in(write(policy)) | {"name": ""}


def _filled_in(view: PolicyView) -> dict[str, Any]:
    return filled_in(write(view.policy)) | {"version": str(view.policy.version)}


def _signed() -> dict[str, Any]:
    return {"by": current_user.username, "now": runtime().now()}
