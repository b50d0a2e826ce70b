"""Quiet hours as they are kept and drawn, and e-mail only of what stays unread."""

import pytest
from sqlalchemy import update

from webapp.domain.quiet_hours import QuietHours
from webapp.domain.refusal import Missing, Refused
from webapp.models.user import User
from webapp.services.preferences import times


def hours(*texts):
    return tuple(map(QuietHours.read, texts))


@pytest.fixture
def keep(world):
    return lambda *texts: times.keep_quiet(username="emil", hours=hours(*texts), now=world.clock.now())


def kept():
    return times.get(username="emil")


def test_what_was_kept_is_what_is_shown(keep, audited):
    assert kept().hours == ()
    assert keep("wed 12:00-13:00", "mon 22:00-07:00") == ()
    assert kept().hours == hours("mon 22:00-07:00", "wed 12:00-13:00")
    assert keep("sun 00:00-00:00") == hours("mon 22:00-07:00", "wed 12:00-13:00")
    assert kept().hours == hours("sun 00:00-00:00")
    keep("sun 00:00-00:00")
    assert [after["quiet hours"] for _before, after in audited("quiet hours changed")] == [
        ["mon 22:00-07:00", "wed 12:00-13:00"],
        ["sun 00:00-00:00"],
    ]


@pytest.mark.parametrize(
    ("texts", "refused"),
    [
        ([f"{day} 00:00-00:00" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")], True),
        ([f"{day} 08:00-08:00" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")], True),
        ([f"{day} 00:00-00:00" for day in ("mon", "tue", "wed", "thu", "fri", "sat")], False),
        ([f"mon {hour}:00-{hour}:30" for hour in (10, 11, 12, 13)], False),
        ([f"mon {hour}:00-{hour}:30" for hour in (10, 11, 12, 13, 14)], True),
    ],
)
def test_some_time_has_to_be_left_and_a_day_has_few(keep, texts, refused):
    if refused:
        with pytest.raises(Refused):
            keep(*texts)
    else:
        keep(*texts)
    assert len(kept().hours) == (0 if refused else len(texts))


@pytest.mark.parametrize(
    ("texts", "drawn"),
    [
        (["mon 22:00-07:00"], {0: [(1320, 1440)], 1: [(0, 420)]}),
        (["sun 22:00-07:00"], {6: [(1320, 1440)], 0: [(0, 420)]}),
        (["mon 12:00-13:30"], {0: [(720, 810)]}),
        (["mon 20:00-00:00"], {0: [(1200, 1440)]}),
        (["sat 00:00-00:00"], {5: [(0, 1440)]}),
        (["sat 09:00-09:00"], {5: [(540, 1440)], 6: [(0, 540)]}),
        (["mon 10:00-12:00", "mon 11:00-13:00", "mon 13:00-14:00"], {0: [(600, 840)]}),
        (["mon 22:00-07:00", "tue 06:00-08:00"], {0: [(1320, 1440)], 1: [(0, 480)]}),
    ],
)
@pytest.mark.one_database
def test_what_is_drawn_of_a_week(texts, drawn):
    assert {day.weekday: list(day.quiet) for day in times.week(hours(*texts)) if day.quiet} == drawn


def test_e_mail_only_of_what_stays_unread(world, audited):
    now = world.clock.now()
    assert times.mail_unread(username="emil", after_s=1800, now=now) is None
    assert kept().unread_after_s == 1800
    assert times.mail_unread(username="emil", after_s=None, now=now) == 1800
    assert len(audited("unread_after_s changed")) == 2
    for wrong in (0, 59, 7 * 86400 + 1):
        with pytest.raises(Refused):
            times.mail_unread(username="emil", after_s=wrong, now=now)


def test_an_sms_does_not_wait_for_being_read(world):
    phone = {"phone": "+4915112345678", "phone_verified_at": world.clock.now()}
    world.execute(update(User).where(User.username == "emil").values(**phone))
    world.channel("team.pages", "email", "sms")
    world.provider("sms")
    times.mail_unread(username="emil", after_s=1800, now=world.clock.now())
    world.post("emil", channel="team.pages")
    world.dispatch()
    assert {row.medium: row.state for row in world.rows()} == {"email": "queued", "sms": "sent"}


def test_nobody(world):
    with pytest.raises(Missing):
        times.get(username="nobody")
