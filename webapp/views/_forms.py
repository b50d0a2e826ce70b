"""Between forms and services: what a service refused is said at the field that it names."""

from wtforms import Form

from webapp.domain.refusal import Refused


def show_problems(form: Form, refused: Refused) -> None:
    """Put each sentence under its field; what names no field of the form stands above them all."""
    for name, sentence in refused.problems.items():
        if name in form:
            form[name].errors = [*form[name].errors, sentence]
        else:
            form.form_errors.append(sentence)
