"""Channels: the named streams people post on, for administrators."""

from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.channel_options import ChannelOptions
from webapp.domain.refusal import Conflict, Refused
from webapp.domain.role import Role
from webapp.forms.channels import ChannelForm, NewChannelForm
from webapp.runtime import runtime
from webapp.services.people import accounts
from webapp.services.posting import channels, faring
from webapp.services.posting.channels import ChannelView
from webapp.services.queue.missed import missed
from webapp.views._answers import page, refused, see_other
from webapp.views._blueprint import Place, Screen
from webapp.views._forms import is_sound, show_problems
from webapp.views._telling import told
from webapp.views._versions import version_in

FOUND = 8  # people suggested at once

screen = Screen("channels", __name__, role=Role.ADMIN, place=Place("Channels", "hash", 2, 10))


@screen.get("/channels")
def index() -> Any:
    """All of them, or those of which something failed lately."""
    everything = faring.farings(channels=channels.listed(), now=runtime().now())
    failing = [it for it in everything if it.failed]
    only_failing = request.args.get("show") == "failing"
    shown = failing if only_failing else everything
    return page(
        "channels/index.html", shown=shown, all=len(everything), failing=len(failing), only_failing=only_failing
    )


@screen.get("/channels/new")
def new() -> Any:
    """The form for a new one."""
    return page("channels/edit.html", **_around(NewChannelForm.of(ChannelOptions(title="")), None))


@screen.post("/channels/new")
def add() -> Any:
    """Add the channel. Other buttons only reorder its media or search people, and show the form again."""
    form = NewChannelForm()
    around = _around(form, None)
    if piece := _stepped(form, around):
        return page("channels/edit.html", piece, **around)
    name = form["name"].data or ""
    if is_sound(form, lambda: channels.problems(name=name, options=form.options())):
        try:
            made = channels.add(name=name, options=form.options(), by=_who(), now=runtime().now())
        except Refused as problem:
            show_problems(form, problem)
        else:
            flash(_("%(name)s is there: people can post on it.", name=made.name))
            return see_other(url_for("channels.index"))
    return refused("channels/edit.html", **around)


@screen.get("/channels/<name>")
def edit(name: str) -> Any:
    """The form for one that there is."""
    channel = channels.get(name=name)
    form = ChannelForm.of(channel, version=str(channel.version))
    return page("channels/edit.html", **_around(form, channel), missed=missed(channel=name, now=runtime().now()))


@screen.post("/channels/<name>")
def change(name: str) -> Any:
    """Change the channel. Other buttons only reorder its media or search people, and show the form again."""
    form, channel = ChannelForm(), channels.get(name=name)
    around = _around(form, channel)
    if piece := _stepped(form, around):
        return page("channels/edit.html", piece, **around)
    if is_sound(form, lambda: channels.problems(options=form.options())):
        try:
            channels.edit(name=name, version=version_in(form), options=form.options(), by=_who(), now=runtime().now())
        except Conflict as conflict:
            return _changed_meanwhile(form, name, conflict)
        except Refused as problem:
            show_problems(form, problem)
        else:
            flash(_("%(name)s is saved.", name=name))
            return see_other(url_for("channels.index"))
    return refused("channels/edit.html", **around)


def _changed_meanwhile(form: ChannelForm, name: str, conflict: Conflict) -> Any:
    """409: what was typed, next to what is saved now; saving again overwrites that knowingly."""
    channel = channels.get(name=name)
    form.version.data = str(channel.version)
    words = conflict.problems["version"]
    return page("channels/edit.html", conflict=words, **_around(form, channel)), conflict.status


def _around(form: ChannelForm, channel: ChannelView | None) -> dict[str, Any]:
    """What the page needs besides the form; also gives the form its choices."""
    there = channels.choices()
    form.offer(
        formatters=there.formatters,
        policies={name: f"{name}: {told(sentence)}" for name, sentence in there.policies.items()},
        kept=channel.formatter if channel else None,
    )
    senders = faring.senders(channel=channel, now=runtime().now()) if channel else ()
    known = accounts.several(usernames=form.usernames())
    names = {person.username: person.display_name for person in known}
    return {"form": form, "channel": channel, "senders": senders, "names": names, "asked": "", "found": []}


def _stepped(form: ChannelForm, around: dict[str, Any]) -> str | None:
    """Do what another button of the form asks for. Returns the piece of the page that it changes, or None for Save."""
    if step := request.form.get("move"):
        form.media.move(step)
        return "media"
    if username := request.form.get("add"):
        form.name_one_more(username)
        return "posters"
    if request.form.get("step") == "find":
        around["asked"] = asked = request.form.get("find", "")
        around["found"] = accounts.find(partial=asked, limit=FOUND)
        return "posters"
    return None


def _who() -> str:
    return current_user.username
