"""Compose: write a notification, see it as its readers will, and post it once."""

import secrets
from dataclasses import replace
from typing import Any

from flask import Response, flash, make_response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from webapp.domain.medium import Medium
from webapp.domain.message import LARGEST_BODY, NotificationMessage
from webapp.domain.refusal import KeyReused, Refused
from webapp.domain.role import Role
from webapp.forms.compose import AT, DELAY, ComposeForm
from webapp.runtime import runtime
from webapp.services.people import accounts
from webapp.services.posting import channels, counting, notifier
from webapp.services.posting.channels import ChannelView
from webapp.services.posting.counting import Count
from webapp.views import _count, _telling
from webapp.views._answers import page, refused, see_other, wants_piece
from webapp.views._blueprint import Screen
from webapp.views._forms import show_problems

FOUND = 8  # people suggested at once

screen = Screen("compose", __name__, role=Role.EDITOR)


@screen.get("/compose")
def index() -> Any:
    """An empty form; ``to`` and ``channel`` in the address are filled in."""
    words = {"recipients": request.args.get("to"), "channel": request.args.get("channel")}
    form = ComposeForm(zone=current_user.tz, formdata=None, data={name: word for name, word in words.items() if word})
    form.key.data = secrets.token_urlsafe(16)
    return page("compose/index.html", **_around(form))


@screen.post("/compose")
def send() -> Any:
    """Post it and lead to its page; or show the form again, with the errors."""
    form, now = ComposeForm(zone=current_user.tz), runtime().now()
    form.offer_channels(_titles(_channels()))
    if not form.validate():
        around = _around(form, counted=True)
        form.name_strangers(around["names"])
        return refused("compose/index.html", **around)
    message = form.message(now=now)
    try:
        posted = notifier.post(
            message=message, sender=current_user.username, now=now, key=form.key.data, limits=runtime().limits
        )
    except Refused as problems:
        return _not_posted(form, problems)
    flash(_posted(message, posted.recipients))
    return see_other(url_for("sent.show", id=posted.id))


@screen.post("/compose/preview")
def preview() -> Any:
    """The same page with a preview of what is typed; writes nothing.

    Without scripts, people are also searched and added this way.
    """
    form = ComposeForm(zone=current_user.tz)
    if added := request.form.get("add"):
        form.recipients.data = ", ".join((*form.usernames(), added))
    return page("compose/index.html", "preview", **_around(form, counted=True))


@screen.get("/compose/people")
def people() -> Any:
    """People with a word that begins so: rows for the list that scripts unfold, or a page of its own."""
    asked = request.args.get("q", "")
    return page("compose/people.html", "found", asked=asked, found=accounts.find(partial=asked, limit=FOUND))


def _around(form: ComposeForm, *, counted: bool = False) -> dict[str, Any]:
    """What the page needs besides the form; also gives the form its channels. ``counted``: with the count before the
    post."""
    listed = _channels()
    form.offer_channels(_titles(listed))
    channel = next((it for it in listed if it.name == form.channel.data), listed[0] if listed else None)
    asked = request.form.get("find", "")
    count = _counted(form, channel) if counted and channel else None
    known = count.people if count else accounts.several(usernames=form.usernames())
    is_over = bool(form.at.data and form.when.data == AT and count and _count.is_now(count))
    return {
        "form": form,
        "count": _count.told(count, asked=form.usernames(), is_over=is_over),
        "channel": channel,
        "media": _telling.joined(_(Medium(it).label) for it in channel.media) if channel and channel.media else "",
        "body": (form.body.data or "")[:LARGEST_BODY],
        "names": {person.username: person.display_name for person in known},
        "asked": asked,
        "found": accounts.find(partial=asked, limit=FOUND),
        "send_words": _send_words(form, count, is_over=is_over),
        "alone": wants_piece(),
    }


def _channels() -> list[ChannelView]:
    return channels.open_to(username=current_user.username, role=current_user.role)


def _titles(listed: list[ChannelView]) -> dict[str, str]:
    return {it.name: it.title for it in listed}


def _counted(form: ComposeForm, channel: ChannelView) -> Count | None:
    """The count for the shown channel, even if other fields are still missing."""
    now = runtime().now()
    try:
        message = replace(form.message(now=now), channel=channel.name)
    except Refused:
        return None
    return counting.count(message=message, sender_id=current_user.id, now=now)


def _send_words(form: ComposeForm, count: Count | None, *, is_over: bool) -> str:
    """The words of the button: what it will do. ``is_over``: the chosen time has passed."""
    n = len(count.people) if count else len(form.usernames())
    if not n:
        return _("Send")
    if form.when.data in {AT, DELAY} and not is_over:
        return ngettext("Schedule for %(num)d person", "Schedule for %(num)d people", n)
    return ngettext("Send to %(num)d person", "Send to %(num)d people", n)


def _posted(message: NotificationMessage, n: int) -> str:
    if message.at and message.at > runtime().now():
        at = _telling.when(message.at)
        return ngettext("Scheduled for %(num)d person, %(at)s.", "Scheduled for %(num)d people, %(at)s.", n, at=at)
    return ngettext("Posted to %(num)d person.", "Posted to %(num)d people.", n)


def _not_posted(form: ComposeForm, problems: Refused) -> Response:
    """The form again. A key that was used for another message means that the poster went back, changed the form and
    sent it again."""
    if isinstance(problems, KeyReused):
        form.key.data = secrets.token_urlsafe(16)
        again = _("You have sent another message from this page already. Press the button again to send this one, too.")
        form.form_errors.append(again)
    else:
        show_problems(form, problems)
    answer = make_response(page("compose/index.html", **_around(form, counted=True)), problems.status)
    if problems.retry_after is not None:
        answer.headers["Retry-After"] = str(problems.retry_after)
    return answer
