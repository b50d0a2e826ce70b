"""Users: who has an account, what they may do, and whether they may sign in."""

from collections.abc import Callable
from typing import Any

from flask import Response, flash, make_response, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm

from webapp.domain.refusal import Conflict, Refused
from webapp.domain.role import Role
from webapp.forms.codes import ReasonForm
from webapp.forms.profile import DetailsForm
from webapp.forms.tokens import ServiceForm
from webapp.forms.users import NewUserForm, PasswordForm, RoleForm
from webapp.runtime import runtime
from webapp.services.people import accounts, second_factor, tokens
from webapp.services.people.accounts import Person
from webapp.services.queue.missed import missed
from webapp.views._answers import page, see_other
from webapp.views._blueprint import Place, Screen
from webapp.views._forms import refuse_form, show_problems
from webapp.views._versions import who_was_faster

screen = Screen("users", __name__, role=Role.ADMIN, place=Place("Users", "people", 2, 30, key="g u"))

MOST = 50  # people on the page; whoever has more of them searches by name


@screen.get("/users")
def index() -> Any:
    """Everybody, or those whom a search finds."""
    query = request.args.get("q", "").strip()
    people = accounts.find(partial=query, limit=MOST + 1) if query else accounts.listed(limit=MOST + 1)
    return page("users/index.html", "people", people=people[:MOST], more=len(people) > MOST, most=MOST, query=query)


@screen.get("/users/new")
def new() -> Any:
    """An empty form; a new colleague most likely lives where the administrator does."""
    form = NewUserForm(data={"role": Role.EDITOR, "tz": current_user.tz, "locale": current_user.locale})
    return page("users/new.html", form=form)


@screen.post("/users/new")
def add() -> Any:
    """Make the account."""
    form = NewUserForm()
    if not form.validate():
        return page("users/new.html", form=form), 422
    try:
        added = accounts.add(**form.values(), **_by())
    except Refused as refused:
        show_problems(form, refused)
        return page("users/new.html", form=form), refused.status
    flash(_("%(name)s can sign in now, as “%(username)s”.", name=added.display_name, username=added.username))
    return see_other(url_for("users.index"))


@screen.get("/users/new/service")
def new_service() -> Any:
    """An empty form for the account of a program."""
    return page("users/new_service.html", form=ServiceForm(data={"role": Role.EDITOR}))


@screen.post("/users/new/service")
def add_service() -> Any:
    """Make the account; the next thing it needs is a token."""
    form = ServiceForm()
    if not form.validate():
        return page("users/new_service.html", form=form), 422
    try:
        added = accounts.add(**form.values(), service=True, **_by())
    except Refused as refused:
        show_problems(form, refused)
        return page("users/new_service.html", form=form), refused.status
    flash(_("%(name)s is there. Now make the token that it acts by.", name=added.display_name))
    return see_other(url_for("user_tokens.index", username=added.username))


@screen.get("/users/<username>/edit")
def edit(username: str) -> Any:
    """One person: details, role, password, and whether the account is open."""
    return _page(accounts.get(username=username))


@screen.post("/users/<username>/edit")
def change(username: str) -> Any:
    """Save the details. A changed phone number turns the second factor off, and the message says so."""
    before = accounts.get(username=username)
    form = DetailsForm(obj=before)

    def save() -> None:
        try:
            after = accounts.edit(username=username, seen=form.seen.data, **form.values(), **_by())
        except Conflict:  # saving again overwrites knowingly
            form.seen.data = accounts.get(username=username).seen
            raise
        if before.second_factor_at and not after.second_factor_at:
            flash(_("The second factor is off: its codes went to the former number. They are signed out."), "brass")

    return _save(username, form, save, _("Saved."))


@screen.post("/users/<username>/role")
def set_role(username: str) -> Any:
    """Give another role."""
    form = RoleForm()
    given = {"username": username, "role": form.role.data or "", "keep": current_user.token}
    return _save(username, form, lambda: accounts.set_role(**given, **_by()), _("The role is set."))


@screen.post("/users/<username>/password")
def set_password(username: str) -> Any:
    """Set another password, but not one's own: a session left open must not be enough for that."""
    form = PasswordForm()
    given = {"username": username, "password": form.password.data or ""}

    def save() -> None:
        if username == current_user.username:
            raise Refused({"password": _("Change your own in your profile: that takes your present one.")})
        accounts.set_password(**given, **_by())

    return _save(username, form, save, _("The password is set."))


@screen.get("/users/<username>/deactivation")
def ask_to_deactivate(username: str) -> Any:
    """Ask first: the account can be opened again, but revoked tokens stay revoked."""
    someone = accounts.get(username=username)
    return page("users/deactivate.html", someone=someone, tokens=_good_tokens(someone))


@screen.post("/users/<username>/deactivation")
def deactivate(username: str) -> Any:
    """Close the account."""
    try:
        closed = accounts.deactivate(username=username, **_by())
    except Conflict as conflict:
        return _page(accounts.get(username=username), problem=conflict)
    flash(_("%(name)s is inactive: signed out, and nothing is sent to them.", name=closed.display_name))
    return see_other(url_for("users.index"))


@screen.post("/users/<username>/activation")
def activate(username: str) -> Any:
    """Open the account again."""
    opened = accounts.activate(username=username, **_by())
    flash(_("%(name)s is active again.", name=opened.display_name))
    return see_other(url_for("users.edit", username=username))


@screen.get("/users/<username>/second-factor")
def ask_to_reset(username: str) -> Any:
    """The page that asks whether to reset it, and why."""
    return _reset_page(username, ReasonForm())


@screen.post("/users/<username>/second-factor")
def reset_second_factor(username: str) -> Any:
    """Turn off the second factor for somebody who cannot do so."""
    form = ReasonForm()
    if not form.validate():
        return _reset_page(username, form, 422)
    try:
        someone = second_factor.reset(username=username, reason=form.reason.data or "", **_by())
    except Conflict as conflict:
        return _page(accounts.get(username=username), problem=conflict)
    except Refused as refused:
        return refuse_form(form, refused, lambda: _reset_page(username, form))
    flash(_("%(name)s signs in with the password alone, and is signed out everywhere.", name=someone.display_name))
    return see_other(url_for("users.edit", username=username))


def _reset_page(username: str, form: ReasonForm, status: int = 200) -> Response:
    someone = accounts.get(username=username)
    return make_response(page("users/reset.html", someone=someone, form=form), status)


def _save(username: str, form: FlaskForm, save: Callable[[], object], done: str) -> Any:
    """The common part of the page's three forms."""
    person = accounts.get(username=username)
    if not form.validate():
        return _page(person, form)
    try:
        save()
    except Refused as refused:
        if not who_was_faster(refused):
            show_problems(form, refused)
        return _page(accounts.get(username=username), form, problem=refused)
    flash(done)
    return see_other(url_for("users.edit", username=username) if _still_admin() else "/")


def _page(person: Person, sent: FlaskForm | None = None, *, problem: Refused | None = None) -> Any:
    """The page: the submitted form as it was sent, the others with the saved values."""
    details, role, password = (
        sent if isinstance(sent, kind) else kind(formdata=None, obj=person)
        for kind in (DetailsForm, RoleForm, PasswordForm)
    )
    said = " ".join(problem.problems.values()) if problem and not sent else ""
    html = page(
        "users/edit.html",
        someone=person,
        form=sent or details,
        details=details,
        role=role,
        password=password,
        tokens=_good_tokens(person),
        missed=missed(username=person.username, now=runtime().now()),
        said=said,
        conflict=who_was_faster(problem),
    )
    return make_response(html, problem.status if problem else 422 if sent else 200)


def _good_tokens(person: Person) -> int:
    return tokens.count_good(username=person.username, now=runtime().now())


def _still_admin() -> bool:
    """Whether the person may see the next page: they may just have given up their own role."""
    return accounts.get(username=current_user.username).role is Role.ADMIN


def _by() -> dict[str, Any]:
    return {"by": current_user.username, "now": runtime().now()}
