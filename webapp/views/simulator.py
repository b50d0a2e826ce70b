"""What would I get? An imagined post, followed to its end by the engine's own decisions."""

from collections.abc import Mapping
from typing import Any

from flask import Response, make_response, request
from flask_login import current_user

from webapp.domain.refusal import Missing
from webapp.domain.role import Role
from webapp.forms.preferences import SimulatorForm
from webapp.runtime import runtime
from webapp.services.preferences import senders, simulator
from webapp.services.preferences.simulator import Simulated
from webapp.views._answers import page, wants_piece
from webapp.views._blueprint import Screen
from webapp.views._forms import show_problems

screen = Screen("simulator", __name__, role=Role.EDITOR)


@screen.get("/preferences/simulator")
def index() -> Any:
    """The question and, once it has been asked, the answer below it; scripts ask for the answer alone."""
    now = runtime().now()
    form = SimulatorForm(request.args, zone=current_user.tz, now=now)
    if wants_piece():
        return _drawn(form, titles={})
    titles = simulator.channel_titles()
    people = {str(it.username): it.display_name for it in senders.lately(user_id=current_user.id, now=now)}
    form.offer(people, titles)
    return _drawn(form, titles)


def _drawn(form: SimulatorForm, titles: Mapping[str, str]) -> Response:
    answer = _answer(form) if form.channel.data and form.validate() else None
    past = bool(answer and form.moment < form.now)
    html = page("preferences/simulator.html", "answer", form=form, it=answer, past=past, titles=titles)
    return make_response(html, 422 if form.errors else 200)


def _answer(form: SimulatorForm) -> Simulated | None:
    asked = {"sender": form.sender.data or None, "channel": form.channel.data}
    try:
        return simulator.simulate(username=current_user.username, **asked, at=form.moment, now=form.now)
    except Missing as missing:
        show_problems(form, missing)
        return None
