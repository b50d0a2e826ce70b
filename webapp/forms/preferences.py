"""What people choose about what they are sent."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from itertools import zip_longest
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateTimeLocalField, Field, Form, IntegerField, SelectField, TimeField
from wtforms.validators import NumberRange, Optional, ValidationError

from webapp.domain.clock import can_be_reckoned
from webapp.domain.digest import Digest
from webapp.domain.quiet_hours import DAYS, QuietHours
from webapp.forms._fields import MOMENT, TIME, WHOLE, choices, leapt_over, required
from webapp.forms._words import _

AT_ONCE, HOURLY, DAILY = "at once", "hourly", "daily"
OFTEN = {AT_ONCE: _("Each at once"), HOURLY: _("Once an hour"), DAILY: _("Once a day")}
USUAL_TIME = time(17)  # of a daily digest
DAY_NAMES = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
LASTS = {
    "hour": _("1 hour"),
    "tomorrow": _("Until tomorrow morning, 08:00"),
    "week": _("A week"),
    "good": _("For good"),
}


class OftenForm(FlaskForm):
    """How often something comes: each at once, or together."""

    often = SelectField(_("How often"), choices=choices(OFTEN.items()), default=AT_ONCE)
    at = TimeField(_("Time of day"), [Optional()], **TIME)

    @property
    def digest(self) -> Digest | None:
        """The same as a word; None for each at once."""
        if self.often.data == AT_ONCE:
            return None
        return Digest(self.at.data or USUAL_TIME) if self.often.data == DAILY else Digest()


class CellForm(OftenForm):
    """One channel by one medium."""

    wanted = BooleanField(_("Send it"))


def cell_words(*, wanted: bool, digest: Digest | None) -> list[tuple[str, str]]:
    """The fields of a CellForm for this wish."""
    often = HOURLY if digest else AT_ONCE
    at = [("at", f"{digest.daily:%H:%M}")] if digest and digest.daily else []
    return [*([("wanted", "yes")] if wanted else []), ("often", DAILY if at else often), *at]


class HoursField(Field):
    """The quiet hours that begin on one weekday: pairs of times, as they are typed. Its data are the hours."""

    def __init__(self, label: str, *, weekday: int, **more: Any) -> None:
        super().__init__(label, **more)
        self.weekday = weekday
        self.pairs: list[tuple[str, str]] = []

    def process(self, formdata: Any, data: Any = (), extra_filters: Any = None) -> None:
        """Take what was typed, or else the saved hours."""
        self.process_errors = []
        if formdata:
            typed = (formdata.getlist(f"{self.name}-{end}") for end in ("from", "to"))
            self.pairs = [(starts, ends) for starts, ends in zip_longest(*typed, fillvalue="") if starts or ends]
            self.data = self._read()
        else:
            self.show(data if isinstance(data, tuple) else ())

    def show(self, hours: Sequence[QuietHours]) -> None:
        """Show these hours, on this weekday whatever theirs is."""
        self.data = tuple(QuietHours(self.weekday, one.starts, one.ends) for one in hours)
        self.pairs = [(f"{one.starts:%H:%M}", f"{one.ends:%H:%M}") for one in self.data]

    def _read(self) -> tuple[QuietHours, ...]:
        try:
            return tuple(QuietHours(self.weekday, *map(_time, pair)) for pair in self.pairs)
        except ValueError:
            self.process_errors = [_("Give both times, such as 22:00 and 07:00; or neither.")]
            return ()


def _time(typed: str) -> time:
    """Hours and minutes only: seconds would be lost, and an offset makes no sense. Raises ValueError."""
    return datetime.strptime(typed, "%H:%M").time()  # noqa: DTZ007 - a time of day has no zone


class QuietHoursForm(FlaskForm):
    """A whole week."""

    mon = HoursField(DAY_NAMES[0], weekday=0)
    tue = HoursField(DAY_NAMES[1], weekday=1)
    wed = HoursField(DAY_NAMES[2], weekday=2)
    thu = HoursField(DAY_NAMES[3], weekday=3)
    fri = HoursField(DAY_NAMES[4], weekday=4)
    sat = HoursField(DAY_NAMES[5], weekday=5)
    sun = HoursField(DAY_NAMES[6], weekday=6)

    @property
    def days(self) -> list[HoursField]:
        """Monday to Sunday."""
        return [self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun]

    @property
    def hours(self) -> tuple[QuietHours, ...]:
        """The week's."""
        return tuple(one for day in self.days for one in day.data)

    def copy(self, day: str) -> None:
        """Copy one day's hours to every day."""
        if day in DAYS:
            hours = self.days[DAYS.index(day)].data
            for other in self.days:
                other.show(hours)


def hours_words(hours: Iterable[QuietHours]) -> list[tuple[str, str]]:
    """The fields of a QuietHoursForm for these hours."""
    return [
        word
        for one in hours
        for word in (
            (f"{DAYS[one.weekday]}-from", f"{one.starts:%H:%M}"),
            (f"{DAYS[one.weekday]}-to", f"{one.ends:%H:%M}"),
        )
    ]


class UnreadForm(FlaskForm):
    """E-mail only of what stays unread."""

    after = IntegerField(
        _("Minutes"),
        [Optional(), NumberRange(1, 10080, _("From 1 minute to 10080 (7 days), please; or nothing."))],
        **WHOLE,
        description=_("Leave it empty to get e-mail at once."),
    )

    @property
    def after_s(self) -> int | None:
        """The same in seconds; None for at once."""
        return self.after.data * 60 if self.after.data else None


class MuteForm(FlaskForm):
    """What to mute, as ``channel:team.news`` or ``sender:max``, and for how long."""

    what = SelectField(_("What"), [required()], validate_choice=False)
    lasts = SelectField(_("For how long"), choices=choices(LASTS.items()))

    def offer(self, channels: Mapping[str, str], senders: Mapping[str, str]) -> None:
        """Set the choices, titles by name."""
        groups = {
            str(_("Channels")): {f"channel:{name}": title for name, title in channels.items()},
            str(_("People who wrote to you")): {f"sender:{name}": title for name, title in senders.items()},
        }
        self.what.choices = {label: list(group.items()) for label, group in groups.items() if group}

    @property
    def thing(self) -> tuple[str, str]:
        """What is muted: ``channel`` or ``sender``, and its name."""
        what, _colon, name = (self.what.data or "").partition(":")
        return what, name


class SimulatorForm(Form):
    """Who might post where and when. Sent by GET: it changes nothing, and its address can be passed on."""

    sender = SelectField(_("If"), validate_choice=False)
    channel = SelectField(_("posted on"), validate_choice=False)
    at = DateTimeLocalField(_("at"), [Optional()], format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **MOMENT)

    def __init__(self, *arguments: Any, zone: str, now: datetime, **more: Any) -> None:
        self.zone, self.now = ZoneInfo(zone), now
        super().__init__(*arguments, **more)

    def offer(self, senders: Mapping[str, str], channels: Mapping[str, str]) -> None:
        """Set the senders and channels to choose from, titles by name."""
        self.sender.choices = choices([("", _("anybody")), *_with(senders, self.sender.data)])
        self.channel.choices = choices(_with(channels, self.channel.data))

    def validate_at(self, field: DateTimeLocalField) -> None:
        """Refuse a time that the clocks skip. A past time is allowed: it is answered as now, and the page says so."""
        if field.data is None:  # the input was invalid, which was reported already
            return
        if not can_be_reckoned(field.data):
            raise ValidationError(_("This is further away than Belfry can reckon."))
        if problem := leapt_over(field.data, self.zone.key):
            raise ValidationError(problem)

    @property
    def moment(self) -> datetime:
        """The moment in UTC; of a local time that occurs twice, the first."""
        return self.at.data.replace(tzinfo=self.zone).astimezone(UTC) if self.at.data else self.now


def _with(titles: Mapping[str, str], chosen: str | None) -> list[tuple[str, str]]:
    """The choices; one that the address asks for is added where it is missing."""
    return [*titles.items(), *([(chosen, chosen)] if chosen and chosen not in titles else [])]
