"""What administrators fill in about a subscriber: its kind's Fields, a policy, and its filters. The services check it,
for commands as well."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, RadioField, SelectField, StringField

from webapp.domain.field import Field
from webapp.domain.retry_policy import DEFAULT_FOR_WEBHOOKS
from webapp.domain.subscription_filter import Group
from webapp.domain.text import LONGEST_WHY
from webapp.forms import _plugin_fields
from webapp.forms._fields import Needed, choices, stripped
from webapp.forms._plugin_fields import form_of
from webapp.forms._words import _


class SubscriberForm(FlaskForm):
    """What the form has besides the Fields. ``version`` is the one that was seen, ``why`` the reason to use the
    endpoint although its callback check fails."""

    settings: tuple[str, ...] = ()
    version = HiddenField()
    policy = SelectField(
        _("Retry policy"),
        default=DEFAULT_FOR_WEBHOOKS,
        validate_choice=False,
        description=_("When a failed try is made again, and how often: its own, whatever the channels say."),
    )
    why = StringField(
        _("Go on without the check, because"),
        filters=[stripped],
        description=_("Only where the check fails: your colleagues read it here and in the audit."),
        render_kw={"maxlength": LONGEST_WHY, "autocomplete": "off"},
    )

    def raw(self) -> dict[str, str]:
        """The settings as they were typed."""
        return _plugin_fields.raw(self, self.settings)

    def offer(self, policies: Mapping[str, str]) -> None:
        """Set the policies to choose from, by name, each as a sentence."""
        self.policy.choices = choices(policies.items())


class _New:
    """The fields that come before the settings of a new subscriber."""

    name = StringField(
        _("Name"),
        [Needed()],
        filters=[stripped],
        description=_(
            "How lists and commands call it, such as archive-main; it stays. Letters, digits, “.”, “-”, “_”."
        ),
    )


class SwitchForm(FlaskForm):
    """Why a subscriber is switched or removed, and for some acts what becomes of its waiting deliveries."""

    then = RadioField(_("What shall become of what waits?"), validate_choice=False)
    why = StringField(
        _("Why?"),
        filters=[stripped],
        description=_("It is kept in the audit, with your name."),
        render_kw={"maxlength": LONGEST_WHY, "autocomplete": "off"},
    )

    def offer(self, ways: Sequence[tuple[str, str]]) -> None:
        """The ways to choose from, the usual one first."""
        self.then.choices = choices(ways)
        if self.then.data not in dict(ways):
            self.then.data = ways[0][0]


def edit_form(fields: Iterable[Field]) -> type[SubscriberForm]:
    """The form that changes a subscriber."""
    return form_of(SubscriberForm, fields)


def new_form(fields: Iterable[Field]) -> type[SubscriberForm]:
    """The form that makes one."""
    return form_of(SubscriberForm, fields, _New)


# --- what it is told of -------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Block:
    """One channel with its groups of filters as they are in the form: each a text for every key that is filled in."""

    channel: str
    groups: list[Group] = field(default_factory=list)


class Wants:
    """The form's channels with their groups, as plain rows that need no script: a button adds or removes one, and the
    page comes again with everything that was typed."""

    def __init__(self, blocks: Iterable[tuple[str, Iterable[Group]]] = ()) -> None:
        self.blocks = [Block(channel, list(groups)) for channel, groups in blocks]

    @classmethod
    def read(cls, form: MultiDict[str, str]) -> "Wants":
        """Read the rows from a submitted form."""
        return cls((channel, _groups(form, channel)) for channel in dict.fromkeys(form.getlist("channel")))

    def step(self, step: str, chosen: str = "") -> None:
        """Do what a button asks for: ``add`` the channel ``chosen``, ``group NAME``, ``drop NAME`` or ``drop NAME N``.
        Ignores anything else."""
        act, _space, meant = step.partition(" ")
        channel, _space, number = meant.partition(" ")
        here = next((block for block in self.blocks if block.channel == channel), None)
        if act == "add" and chosen and chosen not in self.channels:
            self.blocks.append(Block(chosen, [{}]))
        elif act == "group" and here:
            here.groups.append({})
        elif act == "drop" and here and number.isdecimal():
            here.groups = [group for place, group in enumerate(here.groups) if str(place) != number] or [{}]
        elif act == "drop" and here:
            self.blocks.remove(here)

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of the chosen channels, in order."""
        return tuple(block.channel for block in self.blocks)


def field_of(channel: str, place: int, key: str) -> str:
    """The name of the control for one key of one group."""
    return f"{channel}:{place}:{key}"


def _groups(form: MultiDict[str, str], channel: str) -> list[Group]:
    """The groups of a channel. A hidden marker counts them, since a group may be empty."""
    marker = form.get(f"{channel}:groups", "")
    count = int(marker) if marker.isascii() and marker.isdecimal() and len(marker) < 4 else 1
    return [_group(form, f"{channel}:{place}:") for place in range(max(count, 1))]


def _group(form: MultiDict[str, str], begins: str) -> Group:
    typed = {name.removeprefix(begins): text.strip() for name, text in form.items() if name.startswith(begins)}
    return {key: text for key, text in typed.items() if text}
