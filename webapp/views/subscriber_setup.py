"""A subscriber made and changed: its endpoint, its retry policy, and the channels that it is told of."""

from typing import Any

from flask import Response, flash, make_response, request, url_for
from flask_babel import gettext as _

from webapp.domain.refusal import Conflict, Refused
from webapp.domain.role import Role
from webapp.forms.subscribers import SubscriberForm, Wants, edit_form, field_of, new_form
from webapp.runtime import runtime
from webapp.services.posting import channels, policies
from webapp.services.subscribers import checks, subscriber_setup
from webapp.services.subscribers.checks import CheckFailed
from webapp.services.subscribers.subscriber_setup import Draft, Saved, SubscriberView, Subscription
from webapp.views._answers import page, see_other
from webapp.views._blueprint import Screen
from webapp.views._forms import show_problems
from webapp.views._subscribers import at_bench, fresh_keys, named, tabs
from webapp.views._telling import told
from webapp.views._versions import version_in

screen = Screen("subscriber_setup", __name__, role=Role.ADMIN)


# --- a new one ----------------------------------------------------------------------------------------------------


@screen.get("/subscribers/new")
def new() -> Any:
    """The form."""
    return _page(new_form(subscriber_setup.fields())(), Wants())


@screen.post("/subscribers/new")
def add() -> Any:
    """Save it, switched on or off. Other buttons only check its endpoint, or add a channel or a group to the form."""
    form, wants = new_form(subscriber_setup.fields())(), Wants.read(request.form)
    if _stepped(wants):
        return _page(form, wants, piece="wants")
    try:
        if _asks("check"):
            return _page(form, wants, checked=checks.try_new(raw=form.raw(), bench=runtime()))
        saved = subscriber_setup.add(
            name=form["name"].data or "", active=not _asks("off"), **_filled_in(form, wants), **at_bench()
        )
    except Refused as problem:
        return _not_saved(problem, form, wants)
    return _saved(saved)


# --- one that there is --------------------------------------------------------------------------------------------


@screen.get("/subscribers/<name>/settings")
def edit(name: str) -> Any:
    """The form as it was saved, without its secrets."""
    one = named(name)
    form = edit_form(subscriber_setup.fields())(data={**one.settings, "policy": one.policy, "version": one.version})
    return _page(form, Wants((it.channel, it.groups) for it in one.channels), one)


@screen.post("/subscribers/<name>/settings")
def change(name: str) -> Any:
    """Save it. Other buttons only check its endpoint, or add a channel or a group to the form."""
    one, form = named(name), edit_form(subscriber_setup.fields())()
    wants = Wants.read(request.form)
    if _stepped(wants):
        return _page(form, wants, one, piece="wants")
    try:
        if _asks("check"):
            found = checks.try_edited(name=name, raw=form.raw(), bench=runtime())
            return _page(form, wants, one, checked=found)
        saved = subscriber_setup.edit(name=name, version=version_in(form), **_filled_in(form, wants), **at_bench())
    except Conflict as conflict:
        return _changed_meanwhile(conflict, form, wants, name)
    except Refused as problem:
        return _not_saved(problem, form, wants, one)
    return _saved(saved)


# --- what they share ----------------------------------------------------------------------------------------------


def _page(
    form: SubscriberForm, wants: Wants, subscriber: SubscriberView | None = None, *, piece: str = "check", **more: Any
) -> str:
    """The form; for a button that only checks or adds a row, only the piece that it changes."""
    there = {name: policies.tables(word) for name, word in subscriber_setup.policies_to_choose().items()}
    form.offer({name: f"{name}: {told(tables[0].sentence)}" for name, tables in there.items()})
    streams = {it.name: it for it in channels.listed()}
    around: dict[str, Any] = {
        "fields": subscriber_setup.fields(),
        "secrets": subscriber.secrets if subscriber else (),
        "streams": streams,
        "others": [it for name, it in streams.items() if name not in wants.channels],
        "field_of": field_of,
        "tries": there.get(form.policy.data or "", ()),
        "tabs": tabs(subscriber) if subscriber else (),
    }
    return page("subscribers/edit.html", piece, form=form, wants=wants, subscriber=subscriber, **around, **more)


def _filled_in(form: SubscriberForm, wants: Wants) -> dict[str, Any]:
    asked = [Subscription(block.channel, tuple(block.groups)) for block in wants.blocks]
    draft = Draft(raw=form.raw(), policy=form.policy.data or "", channels=asked)
    return {"draft": draft, "waive": form.why.data or ""}


def _stepped(wants: Wants) -> bool:
    """Whether a button was pressed that only changes the form."""
    step = request.form.get("step", "")
    wants.step(step, request.form.get("more", ""))
    return bool(step)


def _asks(act: str) -> bool:
    return request.form.get("act") == act


def _not_saved(
    problem: Refused, form: SubscriberForm, wants: Wants, subscriber: SubscriberView | None = None
) -> Response:
    """The form again. Problems with a channel's groups are shown there."""
    begins, asked = "filters.", dict(problem.problems)
    wrong = {name.removeprefix(begins): asked.pop(name) for name in list(asked) if name.startswith(begins)}
    show_problems(form, Refused(asked))
    found = problem.checked if isinstance(problem, CheckFailed) else None
    return make_response(_page(form, wants, subscriber, wrong=wrong, checked=found), problem.status)


def _changed_meanwhile(conflict: Conflict, form: SubscriberForm, wants: Wants, name: str) -> Response:
    """409: what was typed; saving again overwrites knowingly what is saved now."""
    one = named(name)
    form.version.data = str(one.version)
    return make_response(_page(form, wants, one, conflict=conflict.problems["version"]), conflict.status)


def _saved(saved: Saved) -> Any:
    """Redirect to a key that is shown this once, or to its page."""
    one = saved.subscriber
    after = url_for("subscribers.show", name=one.name)
    if saved.made:
        return page("subscribers/key.html", subscriber=one, keys=fresh_keys(saved.made), after=after)
    flash(_("%(name)s is saved.", name=one.name))
    return see_other(after)
