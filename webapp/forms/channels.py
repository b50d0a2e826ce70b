"""What administrators fill in about channels; the service checks it, for commands as well."""

from collections.abc import Iterator

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectMultipleField, StringField
from wtforms.fields.choices import Choice, SelectChoice  # pyright: ignore[reportAttributeAccessIssue]: newer than its stubs
from wtforms.widgets import CheckboxInput, ListWidget

from webapp.forms._fields import required, stripped
from webapp.forms._words import _

_LABELS = {"email": _("E-mail"), "sms": _("SMS")}


class MediaField(SelectMultipleField):
    """Media as boxes to tick, the ticked ones first, in their order: a browser sends them as they stand."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def iter_choices(self) -> Iterator[Choice]:
        """The choices in the order in which they are shown."""
        ticked = [medium for medium in self.data or () if medium in _LABELS]
        for medium in [*ticked, *(medium for medium in _LABELS if medium not in ticked)]:
            yield Choice(medium, _LABELS[medium], medium in ticked, {})

    def move(self, step: str) -> None:
        """Move a ticked medium by one place: ``sms up`` or ``email down``. Anything else moves nothing."""
        medium, _space, way = step.partition(" ")
        media = list(self.data or ())
        if medium in media:
            place = media.index(medium) + {"up": -1, "down": 1}.get(way, 0)
            media.remove(medium)
            media.insert(max(place, 0), medium)
        self.data = media


class ChannelForm(FlaskForm):
    """What may change about a channel. ``version`` is the one that was seen."""

    title = StringField(_("Title"), [required()], filters=[stripped], description=_("What people see."))
    description = StringField(_("Description"), description=_("What it is for, in a sentence."))
    media = MediaField(
        _("Sent by"),
        choices=[SelectChoice(*label) for label in _LABELS.items()],
        description=_("Besides the inbox, which always gets its copy. Tick none for a channel of the inbox only."),
    )
    immediate = BooleanField(
        _("Send at once"), description=_("Otherwise a notification waits for the dispatcher's next run.")
    )
    version = HiddenField()


class NewChannelForm(ChannelForm):
    """A new channel."""

    name = StringField(
        _("Name"),
        [required()],
        filters=[stripped],
        description=_("As team.topic, such as news.releases; it stays for ever. Small letters, digits, “.”, “-”, “_”."),
    )
