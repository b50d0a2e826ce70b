"""Between forms and services: a service's refusal is shown at the fields that it names."""

from collections.abc import Callable, Mapping

from flask import Response
from flask_wtf import FlaskForm
from wtforms import Form

from webapp.domain.refusal import Refused


def show_problems(form: Form, refused: Refused) -> None:
    """Put each sentence at its field; those for unknown fields stand above the form."""
    for name, sentence in refused.problems.items():
        if name in form:
            form[name].errors = [*form[name].errors, sentence]
        else:
            form.form_errors.append(sentence)


def is_sound(form: FlaskForm, wrong: Callable[[], Mapping[str, str | None]]) -> bool:
    """Whether a form can be saved. If not, all that is wrong stands in it at once: what the service finds ``wrong``
    with the fields that the form itself has nothing against, too."""
    if form.validate():
        return True
    others = {name: sentence for name, sentence in wrong().items() if sentence and name not in form.errors}
    show_problems(form, Refused(others))
    return False


def refuse_form(form: Form, refused: Refused, draw: Callable[[], Response]) -> Response:
    """The page again, as ``draw`` draws it, with the refusal at its fields; with Retry-After where there is one."""
    show_problems(form, refused)
    answer = draw()
    if answer.status_code == 200:  # other answers, such as a redirect, do not show the form
        answer.status_code = refused.status
    if refused.retry_after is not None:
        answer.headers["Retry-After"] = str(refused.retry_after)
    return answer
