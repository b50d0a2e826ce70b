"""What administrators fill in about channels; the service checks it, for commands as well."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, IntegerField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import Choice  # pyright: ignore[reportAttributeAccessIssue]: newer than its stubs
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget, NumberInput

from webapp.domain.channel_options import MOST_MONTHS, ChannelOptions
from webapp.domain.posters import by_role, split
from webapp.domain.retry_policy import DEFAULT_FOR_PEOPLE
from webapp.forms import _fields
from webapp.forms._durations import DurationField
from webapp.forms._fields import WHOLE, BoxesField, choices, stripped
from webapp.forms._words import _

EVERYBODY, SOME, NOBODY = "everybody", "some", "nobody"  # who may post
RUN, ONCE, BATCHED = "run", "once", "batched"  # when it leaves
AT_LEAST, AT_MOST = "least", "most"  # the guarantee
_MEDIA = {"email": _("E-mail"), "sms": _("SMS")}
_ROLES = {"editor": _("Editors"), "operator": _("Operators"), "admin": _("Administrators")}
_WHO = {EVERYBODY: _("Everybody"), SOME: _("Only some"), NOBODY: _("Nobody but Belfry itself")}
_WHEN = {RUN: _("With the dispatcher's next run"), ONCE: _("At once"), BATCHED: _("In batches")}
_GUARANTEES = {AT_LEAST: _("At least once"), AT_MOST: _("At most once")}
_SUPPORTING = ""  # in place of a formatter's name


class MediaField(SelectMultipleField):
    """Media as checkboxes. The checked ones come first, in the channel's order: a browser sends them in the order
    shown."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def iter_choices(self) -> Iterator[Choice]:
        """The choices in the order in which they are shown."""
        ticked = [medium for medium in self.data or () if medium in _MEDIA]
        for medium in [*ticked, *(medium for medium in _MEDIA if medium not in ticked)]:
            yield Choice(medium, _MEDIA[medium], medium in ticked, {})

    def move(self, step: str) -> None:
        """Move a checked medium by one place: ``sms up`` or ``email down``. Ignores anything else."""
        medium, _space, way = step.partition(" ")
        media = list(self.data or ())
        if medium in media:
            place = media.index(medium) + {"up": -1, "down": 1}.get(way, 0)
            media.remove(medium)
            media.insert(max(place, 0), medium)
        self.data = media


class ChannelForm(FlaskForm):
    """What may change about a channel. ``version`` is the one that was seen."""

    title = StringField(_("Title"), [_fields.required()], filters=[stripped], description=_("What people see."))
    description = StringField(_("Description"), filters=[stripped], description=_("What it is for, in a sentence."))
    who = RadioField(_("Open to"), choices=choices(_WHO.items()), default=EVERYBODY)
    roles = BoxesField(
        _("Roles"), choices=choices(_ROLES.items()), description=_("Each with the roles above it, whoever has them.")
    )
    posters = StringField(_("People"), filters=[stripped])
    media = MediaField(
        _("Sent by"),
        choices=choices(_MEDIA.items()),
        description=_("Besides the inbox, which always gets its copy. Tick none for a channel of the inbox only."),
    )
    when = RadioField(_("When it leaves"), choices=choices(_WHEN.items()), default=RUN)
    every_s = DurationField(
        _("Time between two batches"), description=_("Such as 15 min or 1 h: counted from midnight, UTC.")
    )
    filter_keys = StringField(
        _("Filter keys"),
        filters=[stripped],
        description=_("By which attributes webhooks may choose, with commas: source, level."),
    )
    formatter = SelectField(
        _("Formatter"), default=_SUPPORTING, description=_("It makes texts of what one person has due.")
    )
    policy = SelectField(
        _("Retry policy"), default=DEFAULT_FOR_PEOPLE, description=_("When a failed try is made again, and how often.")
    )
    ttl_s = DurationField(
        _("Time to live"), description=_("Such as 2 h or 7 days: what is not sent by then is cancelled.")
    )
    keep_months = IntegerField(
        _("Kept for so many months"),
        [Optional()],
        **WHOLE,
        widget=NumberInput(min=1, max=MOST_MONTHS),
    )
    guarantee = RadioField(_("In doubt"), choices=choices(_GUARANTEES.items()), default=AT_LEAST)
    required = BooleanField(
        _("Required"),
        description=_(
            "Nobody can turn it off, mute it or put it off: no preference is asked. For what people must know."
        ),
    )
    version = HiddenField()

    @classmethod
    def of(cls, options: ChannelOptions, **more: Any) -> "ChannelForm":
        """The form filled in from a channel."""
        roles, people = split(options.posters or ())
        return cls(
            data={
                **options.told(),
                "who": EVERYBODY if options.posters is None else SOME if options.posters else NOBODY,
                "roles": list(roles),
                "posters": ", ".join(people),
                "media": list(options.media),
                "when": BATCHED if options.every_s else ONCE if options.immediate else RUN,
                "filter_keys": ", ".join(options.filter_keys),
                "formatter": options.formatter or _SUPPORTING,
                "guarantee": AT_MOST if options.at_most_once else AT_LEAST,
                **more,
            }
        )

    def offer(self, *, formatters: Mapping[str, str], policies: Mapping[str, str], kept: str | None = None) -> None:
        """Set the choices, labels by name; call it before anything is drawn or validated. If ``kept`` is no longer
        installed, it is offered as missing."""
        gone = {kept: _("%(name)s (not installed)") % {"name": kept}} if kept and kept not in formatters else {}
        first = {_SUPPORTING: _("The one that supports the channel, else plain")}
        self.formatter.choices = choices((first | dict(formatters) | gone).items())
        self.policy.choices = choices(policies.items())

    def validate(self, extra_validators: Any = None) -> bool:
        """Also check the fields that depend on a choice; reports all problems at once."""
        sound = super().validate(extra_validators)
        if self.when.data == BATCHED and not self.every_s.errors:
            self.every_s.errors = self._wrong_with_batches()
        if self.who.data == SOME and not self._posters():
            self.posters.errors = [_("Tick a role or name somebody, or let everybody post.")]
        return sound and not (self.every_s.errors or self.posters.errors)

    def _wrong_with_batches(self) -> list[str]:
        if not self.every_s.data:
            return [_("Give the time between two batches.")]
        return [] if float(self.every_s.data).is_integer() else [_("A whole number of seconds, please.")]

    def options(self) -> ChannelOptions:
        """The options that were filled in; call it on a valid form."""
        batched = self.when.data == BATCHED
        return ChannelOptions(
            title=self.title.data or "",
            description=self.description.data or "",
            media=tuple(self.media.data or ()),
            immediate=self.when.data == ONCE,
            every_s=int(self.every_s.data or 0) if batched else 0,
            formatter=self.formatter.data or None,
            policy=self.policy.data,
            ttl_s=self.ttl_s.data,
            keep_months=self.keep_months.data,
            required=bool(self.required.data),
            at_most_once=self.guarantee.data == AT_MOST,
            posters={EVERYBODY: None, NOBODY: ()}.get(self.who.data, self._posters()),
            filter_keys=_words(self.filter_keys.data),
        )

    def usernames(self) -> tuple[str, ...]:
        """The people who are named, each once, in that order."""
        return _words((self.posters.data or "").lower())

    def name_one_more(self, username: str) -> None:
        """Add one more person who may post."""
        self.posters.data = ", ".join(dict.fromkeys((*self.usernames(), username)))
        self.who.data = SOME

    def _posters(self) -> tuple[str, ...]:
        return (*map(by_role, self.roles.data or ()), *self.usernames())


class NewChannelForm(ChannelForm):
    """A new channel."""

    name = StringField(
        _("Name"),
        [_fields.required()],
        filters=[stripped],
        description=_("As team.topic, such as news.releases; it stays for ever. Small letters, digits, “.”, “-”, “_”."),
    )


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, re.split(r"[\s,;]+", text or ""))))
