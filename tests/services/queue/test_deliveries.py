"""Deliveries as operators see them."""

import pytest
from sqlalchemy import update

from webapp.domain.envelope import Accepted, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.domain.refusal import Missing, Refused
from webapp.models.delivery import Delivery
from webapp.models.user import User
from webapp.services.queue import deliveries


def test_the_list_by_state_and_message(world):
    first = world.post("emil", "edith")
    world.dispatch()
    second = world.post()
    assert [(row.recipient, row.state) for row in deliveries.listed()] == [
        ("emil", "sent"), ("edith", "sent"), ("emil", "queued"),
    ]  # fmt: skip
    assert [row.message for row in deliveries.listed(states=["queued"])] == [second.id]
    assert len(deliveries.listed(message=first.id)) == 2
    assert deliveries.listed(states=["sent"], message=second.id) == []
    with pytest.raises(Refused, match="state: One of queued, sending"):
        deliveries.listed(states=["lost"])


def test_counted_by_type(world):
    world.post("emil", "edith", type="voicemail")
    world.dispatch()
    world.post(type="voicemail")
    posted = world.post()
    said = [(row.type, row.state, row.count) for row in deliveries.by_type()]
    assert said == [("message", "queued", 1), ("voicemail", "sent", 2), ("voicemail", "queued", 1)]
    assert [row.type for row in deliveries.by_type(states=["sent"])] == ["voicemail"]
    assert [row.type for row in deliveries.by_type(message=posted.id)] == ["message"]


def test_a_row_counts_the_tries_that_count(world):
    world.mail.answer = [TemporaryFailure(Reason.SERVER_BUSY, "451 later"), Accepted()]
    world.post()
    [row] = deliveries.listed()
    assert (row.attempts, row.retries_left, row.address, row.provider) == (0, 4, "emil@example.com", None)
    world.dispatch()
    [row] = deliveries.listed()
    assert (row.attempts, row.retries_left, row.last_error, row.provider) == (
        1, 3, "SERVER_BUSY: 451 later", "email-main",
    )  # fmt: skip
    assert row.failed_at == world.clock.now()


def test_the_address_is_the_medium_s(world):
    world.channel("team.texts", "sms")
    world.person("erin", phone="+3531", phone_verified_at=world.clock.now())
    world.person("ruth", phone="+3532")
    world.post("erin", "ruth", channel="team.texts")
    assert [row.address for row in deliveries.listed()] == ["+3531", None]


def test_all_that_is_known_of_one(world):
    world.mail.answer = [TemporaryFailure(Reason.SERVER_BUSY, "451 later"), Accepted("250 ok")]
    world.post()
    world.dispatch()
    world.clock.advance(60)
    world.retry()
    known = deliveries.get(id=world.row.id)
    assert known.delivery.state == "sent"
    assert known.envelope is not None
    assert known.envelope["subject"] == "Lunch"
    assert [(one["number"], one["outcome"], one["provider"]) for one in known.attempts] == [
        (1, "temporary", "email-main"), (2, "accepted", "email-main"),
    ]  # fmt: skip
    assert [move["became"] for move in known.moves] == ["queued", "sending", "retrying", "sending", "sent"]
    with pytest.raises(Missing):
        deliveries.get(id="0" * 26)


def test_the_address_is_the_one_it_was_sent_to(world):
    world.post()
    world.dispatch()
    world.execute(update(User).where(User.username == "emil").values(email="new@example.com"))
    [row] = deliveries.listed()
    assert row.address == "emil@example.com"


def test_one_that_was_never_tried_has_no_envelope(world):
    world.post()
    known = deliveries.get(id=world.row.id)
    assert (known.envelope, known.decided, known.attempts, len(known.moves)) == (None, None, [], 1)


def test_the_tries_of_earlier_envelopes_are_told_but_not_counted(world):
    world.post()
    for generation in (1, 2):
        world.execute(update(Delivery).values(state="queued", generation=generation))
        world.dispatch()
    known = deliveries.get(id=world.row.id)
    assert len({one["envelope_id"] for one in known.attempts}) == 2
    assert known.delivery.attempts == 1


@pytest.mark.parametrize("state", ["", "Sent", "sent' OR 1=1"])
def test_an_unknown_state_is_refused(world, state):
    with pytest.raises(Refused) as caught:
        deliveries.listed(states=[state])
    assert set(caught.value.problems) == {"state"}


@pytest.mark.parametrize("id", ["", "nonsense", "x" * 1000, "half \udcff"], ids=ascii)
def test_what_is_not_there_is_missing_in_a_short_sentence(world, id):
    with pytest.raises(Missing) as caught:
        deliveries.get(id=id)
    assert len(caught.value.problems["id"]) < 80
