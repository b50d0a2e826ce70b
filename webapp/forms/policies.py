"""What administrators fill in about retry policies: texts such as “5 min”, which the domain parses, for commands as
well. The chosen kind declares which numbers count."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms import FieldList, Form, FormField, HiddenField, RadioField, StringField

from webapp.domain.retry_policy import MOST_RULES
from webapp.domain.typed_policy import TypedPolicy, TypedRule
from webapp.forms._fields import Needed, choices, required, stripped
from webapp.forms._words import _
from webapp.retries import Kind


class RuleForm(Form):
    """One line of the rules."""

    type = StringField(_("Type of message"), filters=[stripped])
    attempt = StringField(_("After failure"), filters=[stripped])
    retry_after_s = StringField(_("Wait"), filters=[stripped])
    retries = StringField(_("Retries in all"), filters=[stripped])
    name = StringField(_("Name"), filters=[stripped])


class PolicyForm(FlaskForm):
    """What may change about a policy. ``version`` is the one that was seen."""

    kind = RadioField(_("How long to wait between tries"), [required()], validate_choice=False)
    steps = StringField(
        _("Delays"),
        [Needed()],
        filters=[stripped],
        description=_("In their order: 1 min, 5 min, 1 h. A bare number is seconds."),
    )
    initial_s = StringField(
        _("First delay"), filters=[stripped], description=_("Such as 25 s or 10 min. Empty: 1 min.")
    )
    base = StringField(
        _("Factor"),
        filters=[stripped],
        description=_("How many times longer each delay is than the one before it. Empty: 2."),
    )
    max_attempts = StringField(
        _("Tries in all"),
        [required()],
        filters=[stripped],
        description=_("The first one included: 1 means that nothing is retried."),
    )
    max_delay_s = StringField(
        _("Longest delay"),
        filters=[stripped],
        description=_("No delay is longer, nor a rest that a server asks for. Empty: no bound; a day for a rest."),
    )
    ttl_s = StringField(
        _("Time to live"),
        filters=[stripped],
        description=_("After it nothing is tried any more, unless a channel or a post says otherwise. Empty: 30 days."),
    )
    rules = FieldList(
        FormField(RuleForm),
        label=_("Rules for types of messages"),
        description=_("What is said here replaces the above for messages of that type. After failure: empty is any."),
    )
    version = HiddenField()

    def offer(self, kinds: Iterable[Kind]) -> None:
        """Set the kinds to choose from, and for each number the kinds for which it counts."""
        kinds = list(kinds)
        self.kind.choices = choices((kind.name, gettext(kind.label)) for kind in kinds)
        for name in ("steps", "initial_s", "base"):
            readers = [kind for kind in kinds if name in kind.numbers]
            labels = gettext(" or ").join(f"“{gettext(kind.label)}”" for kind in readers)
            field = self[name]
            field.description = f"{field.description} {gettext('Only for %(kinds)s.', kinds=labels)}"
            field.render_kw = {
                "data-only-if": "kind",
                "data-only-if-values": " ".join(kind.name for kind in readers),
            }

    def change_rules(self, step: str) -> None:
        """Add an empty rule (``add``), or remove one (``remove 0``: the first). Ignores anything else."""
        verb, _space, number = step.partition(" ")
        lines = [line.data for line in self.rules]
        if verb == "add" and len(lines) < MOST_RULES:
            lines.append({})
        elif verb == "remove" and number.isdecimal() and int(number) < len(lines):
            del lines[int(number)]
        self.rules.process(None, lines)

    def typed(self, name: str) -> TypedPolicy:
        """The whole form as a TypedPolicy of this name."""
        numbers = ("steps", "initial_s", "base", "max_attempts", "max_delay_s", "ttl_s")
        return TypedPolicy(
            name=name,
            kind=self.kind.data or "",
            numbers={number: self[number].data or "" for number in numbers},
            rules=[TypedRule(**{field: text or "" for field, text in line.data.items()}) for line in self.rules],
        )


class NewPolicyForm(PolicyForm):
    """A new policy."""

    name = StringField(
        _("Name"),
        [required()],
        filters=[stripped],
        description=_("How channels and commands call it, such as patient; it stays. Letters, digits, “.”, “-”, “_”."),
    )


def filled_in(typed: TypedPolicy) -> dict[str, Any]:
    """The form's data for a policy."""
    return {"name": typed.name, "kind": typed.kind, **typed.numbers, "rules": [asdict(line) for line in typed.rules]}
