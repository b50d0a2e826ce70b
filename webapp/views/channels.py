"""Channels: the named streams people post on, for administrators."""

from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.refusal import Conflict, Refused
from webapp.domain.role import Role
from webapp.forms.channels import ChannelForm, NewChannelForm
from webapp.runtime import runtime
from webapp.services.posting import channels
from webapp.services.queue.missed import missed
from webapp.views._answers import page, refused, see_other
from webapp.views._blueprint import Place, Screen
from webapp.views._forms import show_problems
from webapp.views._versions import version_in

screen = Screen("channels", __name__, role=Role.ADMIN, place=Place("Channels", "hash", 2, 10))


@screen.get("/channels")
def index() -> Any:
    """All of them."""
    return page("channels/index.html", channels=channels.listed())


@screen.get("/channels/new")
def new() -> Any:
    """The form for a new one."""
    return page("channels/edit.html", form=NewChannelForm(data={"media": ["email"]}), channel=None)


@screen.post("/channels/new")
def add() -> Any:
    """Make it; or only put its media into another order, and show the form again."""
    form = NewChannelForm()
    if _moved(form):
        return page("channels/edit.html", "media", form=form, channel=None)
    if form.validate():
        try:
            made = channels.add(name=form.name.data or "", **_options(form), by=_who(), now=runtime().now())
        except Refused as problem:
            show_problems(form, problem)
        else:
            flash(_("%(name)s is there: people can post on it.", name=made.name))
            return see_other(url_for("channels.index"))
    return refused("channels/edit.html", form=form, channel=None)


@screen.get("/channels/<name>")
def edit(name: str) -> Any:
    """The form for one that there is."""
    channel = channels.get(name=name)
    lost = missed(channel=name, now=runtime().now())
    return page("channels/edit.html", form=ChannelForm(obj=channel), channel=channel, missed=lost)


@screen.post("/channels/<name>")
def change(name: str) -> Any:
    """Change it; or only put its media into another order, and show the form again."""
    form, channel = ChannelForm(), channels.get(name=name)
    if _moved(form):
        return page("channels/edit.html", "media", form=form, channel=channel)
    if form.validate():
        try:
            channels.edit(name=name, version=version_in(form), **_options(form), by=_who(), now=runtime().now())
        except Conflict as conflict:
            return _changed_meanwhile(form, name, conflict)
        except Refused as problem:
            show_problems(form, problem)
        else:
            flash(_("%(name)s is saved.", name=name))
            return see_other(url_for("channels.index"))
    return refused("channels/edit.html", form=form, channel=channel)


def _changed_meanwhile(form: ChannelForm, name: str, conflict: Conflict) -> Any:
    """409: what was typed, beside what is saved now; saving once more replaces that knowingly."""
    channel = channels.get(name=name)
    form.version.data = str(channel.version)
    words = conflict.problems["version"]
    return page("channels/edit.html", form=form, channel=channel, conflict=words), conflict.status


def _moved(form: ChannelForm) -> bool:
    if step := request.form.get("move"):
        form.media.move(step)
    return bool(step)


def _options(form: ChannelForm) -> dict[str, Any]:
    return {
        "title": form.title.data or "",
        "description": form.description.data or "",
        "media": form.media.data or (),
        "immediate": bool(form.immediate.data),
    }


def _who() -> str:
    return current_user.username
