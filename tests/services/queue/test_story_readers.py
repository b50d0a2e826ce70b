"""The story of one delivery as each of its readers has it: an operator, its sender and its recipient."""

from dataclasses import fields, is_dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.support.sentences import plain
from webapp.database import writing
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.envelope import Certainty, PermanentFailure, TemporaryFailure
from webapp.domain.quiet_hours import QuietHours
from webapp.domain.reason import Reason
from webapp.domain.refusal import Missing
from webapp.domain.wording import Reader
from webapp.models import wishes
from webapp.models.delivery import Delivery
from webapp.models.provider import Provider
from webapp.services.people import accounts

DROPPED = TemporaryFailure(Reason.TIMEOUT_AFTER_DATA, "no answer", certainty=Certainty.MAY_HAVE_ARRIVED)
GONE = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 no such user")


def test_a_sender_reads_no_wiring(world, look):
    world.execute(update(Provider).values(settings={"host": "mail.example"}))
    world.mail.answer = [DROPPED, GONE]
    world.post()
    world.dispatch()
    world.clock.advance(60)
    world.retry()
    told = look(operator=False)
    assert told.state is S.UNDELIVERABLE
    assert plain(told.sentence) == "This could not be sent to Emil by e-mail. It is in their inbox."
    assert [one.repeat for one in told.tries] == [True, False]
    said = " ".join(texts(told))
    for secret in ("emil@example.com", "550 no such", "no answer", "mail.example", "email-main", "asked"):
        assert secret not in said, secret
        assert secret in " ".join(texts(look())), secret


def texts(value):
    """Every text in a value, however deep."""
    if isinstance(value, str):
        return [value]
    if is_dataclass(value):
        return [text for field in fields(value) for text in texts(getattr(value, field.name))]
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    return [text for item in value for text in texts(item)] if isinstance(value, tuple | list) else []


@pytest.fixture
def quiet(world):
    """Emil wants nothing in the whole of the day that it is."""
    with writing(world.session) as session:
        hours = [QuietHours.read(f"{day} 00:00-00:00") for day in ("mon",)]
        wishes.put_quiet_hours(session, user_id=accounts.get(username="emil").id, hours=hours)


def test_each_reads_of_quiet_hours_what_is_theirs_to_know(world, look, quiet):
    world.post()
    world.dispatch()
    emil = accounts.get(username="emil").id
    mine, theirs, all_of_it = look(operator=False, user_id=emil), look(operator=False), look()
    assert plain(all_of_it.sentence).endswith("): Emil's quiet hours are on.")
    assert plain(mine.sentence).endswith(": your quiet hours are on. This one is in your inbox.")
    assert "quiet" not in " ".join(texts(replace(theirs, strip=(), ledger=(), decided=None)))
    assert (theirs.due_at, theirs.ahead, theirs.reason, theirs.chosen_time) == (None, (), None, True)
    assert (mine.reader, theirs.reader) == (Reader.RECIPIENT, Reader.SENDER)
    assert mine.due_at == all_of_it.due_at == world.row.due_at
    assert mine.notification == world.row.notification_id
    assert (mine.decided.facts, mine.acts, mine.address) == ({}, (), None)


def test_a_recipient_sees_it_once_it_is_in_the_inbox(world, look):
    emil = accounts.get(username="emil").id
    world.post(at=world.clock.now() + timedelta(hours=1))
    with pytest.raises(Missing):
        look(operator=False, user_id=emil)
    assert look(operator=False).own
    world.clock.advance(3600)
    assert look(operator=False, user_id=emil).reader is Reader.RECIPIENT


def test_what_went_in_one_envelope_is_told_to_all_but_senders(world, look):
    world.person("nora")
    world.post()
    world.dispatch()
    world.post(subject="Dinner")
    world.post(subject="Secret", sender="nora")
    world.dispatch()
    first, *_others = world.rows()
    world.execute(update(Delivery).values(envelope_id=first.envelope_id))
    emil = accounts.get(username="emil").id
    for given, told in (
        ({}, (2, ["Dinner", "Secret"])),
        ({"operator": False}, (0, [])),
        ({"operator": False, "user_id": emil}, (2, ["Dinner", "Secret"])),
    ):
        it = look(id=first.id, **given).together
        assert (it.count, [other.subject for other in it.others]) == told
