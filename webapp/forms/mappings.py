"""What administrators fill in about mappings; the service checks it, for commands as well."""

import re
from collections.abc import Mapping
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Form, HiddenField, SelectField, StringField

from webapp.domain.event_rule import EVERYTHING, EventRule
from webapp.domain.posters import by_role, split
from webapp.forms._fields import BoxesField, choices, required, stripped
from webapp.forms._words import _

_ROLES = {"editor": _("Editors"), "operator": _("Operators"), "admin": _("Administrators")}


class MappingForm(FlaskForm):
    """``version`` is the one that was seen."""

    type = StringField(
        _("Type"),
        [required()],
        filters=[stripped],
        description=_("Such as com.example.order.*: * stands for anything, ? for one character."),
    )
    source = StringField(
        _("Source"),
        [required()],
        default=EVERYTHING,
        filters=[stripped],
        description=_("Such as https://shop.example.com/*, or * for wherever it comes from."),
    )
    channel = SelectField(_("Channel"), [required()])
    roles = BoxesField(_("Roles"), choices=choices(_ROLES.items()), description=_("Everybody active who has it then."))
    people = StringField(
        _("People"), filters=[stripped], description=_("Usernames, with commas. Nobody: only subscribers are told.")
    )
    version = HiddenField()

    @classmethod
    def of(cls, rule: EventRule, **more: Any) -> "MappingForm":
        """The form filled in from a mapping."""
        roles, people = split(rule.recipients)
        own = {"type": rule.type, "source": rule.source, "channel": rule.channel}
        return cls(formdata=None, data={**own, "roles": list(roles), "people": ", ".join(people), **more})

    def offer_channels(self, titles: Mapping[str, str]) -> None:
        """Set the channels to choose from, titles by name; call it before anything is drawn or validated."""
        named = [(name, f"{name} · {title}") for name, title in titles.items()]
        self.channel.choices = choices([("", _("Choose a channel")), *named])

    def rule(self) -> EventRule:
        """What was filled in."""
        people = filter(None, re.split(r"[\s,;]+", (self.people.data or "").lower()))
        recipients = (*(by_role(role) for role in self.roles.data or ()), *dict.fromkeys(people))
        return EventRule(
            type=self.type.data or "", source=self.source.data or "", channel=self.channel.data, recipients=recipients
        )


class TrialForm(Form):
    """An event to try the mappings with."""

    type = StringField(_("Type"), filters=[stripped])
    source = StringField(_("Source"), filters=[stripped])
