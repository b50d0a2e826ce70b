"""What somebody writes: to whom, on which channel, what, and when."""

import re
from collections.abc import Container, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import (
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # pyright: ignore[reportAttributeAccessIssue]: newer than its stubs
from wtforms.validators import Optional, Regexp

from webapp.domain.message import NotificationMessage
from webapp.domain.refusal import Refused
from webapp.domain.username import may_be_username
from webapp.forms._fields import MOMENT, WHOLE, leapt_over, required, stripped
from webapp.forms._words import _

NOW, AT, DELAY = "now", "at", "delay"
_WHEN = {NOW: _("Now"), AT: _("At a time"), DELAY: _("After a delay")}
_UNITS = {"minutes": _("minutes"), "hours": _("hours"), "days": _("days")}
_LONGEST_DELAY = timedelta(days=366)


def _choices(words: Mapping[str, str]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in words.items()]


def _with_plain_line_ends(text: str | None) -> str | None:
    """A filter that turns CR LF, as browsers send it, into LF."""
    return text.replace("\r\n", "\n") if text else text


class ComposeForm(FlaskForm):
    """``key`` is an idempotency key drawn with the page, so that pressing twice, or going back and pressing again,
    posts once. Date and time are in ``zone``."""

    channel = SelectField(_("Channel"), [required()])
    recipients = StringField(_("To"), [required()])
    subject = StringField(_("Subject"), [required()])
    body = TextAreaField(
        _("Message"),
        [required()],
        filters=[_with_plain_line_ends],
        description=_("Markdown: **bold**, lists, [links](https://…)."),
    )
    link = StringField(_("Link"), filters=[stripped], description=_("Where to read more or act: https://…"))
    when = RadioField(_("When"), choices=_choices(_WHEN), default=NOW)
    at = DateTimeLocalField(_("Date and time"), [Optional()], **MOMENT)
    delay = IntegerField(_("Delay"), [Optional()], **WHOLE)
    unit = SelectField(_("Unit of the delay"), choices=_choices(_UNITS), default="minutes")
    key = HiddenField(validators=[Regexp(r"[\w-]{1,64}\Z", message=_("Please load the page again."))])

    def __init__(self, *arguments: Any, zone: str, **more: Any) -> None:
        self.zone = zone
        super().__init__(*arguments, **more)

    def offer_channels(self, titles: Mapping[str, str]) -> None:
        """Set the channels to choose from, titles by name; call it before anything is drawn or validated."""
        self.channel.choices = _choices({name: f"{name} · {title}" for name, title in titles.items()})

    def validate_recipients(self, field: StringField) -> None:
        """Refuse names that cannot be usernames: they need no look-up, and the database refuses some of them."""
        if strange := [name for name in self.usernames() if not may_be_username(name)]:
            raise ValidationError(_("There is nobody named “{}”.").format(strange[0][:50]))

    def validate(self, extra_validators: Any = None) -> bool:
        """Also check the message, and the time or delay where one is chosen; reports all problems at once."""
        sound = super().validate(extra_validators)
        try:
            self._timeless().check()
        except Refused as refused:
            sound = False
            for name, sentence in refused.problems.items():
                self[name].errors = self[name].errors or [sentence]
        if self.when.data == AT and not self.at.errors:
            self.at.errors = self._problems_at()
        if self.when.data == DELAY and not (timedelta() < self._after() <= _LONGEST_DELAY or self.delay.errors):
            self.delay.errors = [_("More than nothing, and a year at most.")]
        return sound and not (self.at.errors or self.delay.errors)

    def name_strangers(self, known: Container[str]) -> None:
        """Add an error for unknown recipients, together with the other errors."""
        if strangers := [name for name in self.usernames() if name not in known]:
            self.recipients.errors = self.recipients.errors or [_("There is nobody named “{}”.").format(strangers[0])]

    def usernames(self) -> tuple[str, ...]:
        """The named recipients, each once, in order."""
        names = re.split(r"[\s,;]+", (self.recipients.data or "").lower())
        return tuple(dict.fromkeys(filter(None, names)))

    def message(self, *, now: datetime) -> NotificationMessage:
        """What to post; a delay counts from ``now``."""
        message = self._timeless()
        if self.when.data == AT and self.at.data:
            return message.scheduled(at=self.at.data.replace(tzinfo=ZoneInfo(self.zone)))
        return message.delayed(by=self._after(), now=now) if self.when.data == DELAY else message

    def _problems_at(self) -> list[str]:
        """The problems of date and time, where one is chosen."""
        if not self.at.data:
            return [_("Give the date and the time.")]
        return [problem] if (problem := leapt_over(self.at.data, self.zone)) else []

    def _timeless(self) -> NotificationMessage:
        return NotificationMessage(
            channel=self.channel.data,
            recipients=self.usernames(),
            subject=self.subject.data or "",
            body=self.body.data or "",
            link=self.link.data or None,
        )

    def _after(self) -> timedelta:
        try:
            return timedelta(**{self.unit.data or "minutes": self.delay.data or 0})
        except (OverflowError, TypeError):
            return timedelta()
