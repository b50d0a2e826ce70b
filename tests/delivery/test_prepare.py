"""Between claim and send: what is decided, what a formatter makes of it, and which envelope goes out."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from webapp.domain.envelope import Accepted, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.formatters import Output
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.envelope import Body, Envelope
from webapp.models.provider import Provider
from webapp.models.user import User
from webapp.services.queue import queue

BUSY = TemporaryFailure(Reason.SERVER_BUSY, "451 later")


def as_output(item, **different):
    return Output(**{"subject": item.subject, "text": "text", "html": None, "contains": (item.id,)} | different)


def test_who_has_no_address_gets_nothing_by_this_way(world):
    world.execute(update(User).where(User.username == "emil").values(email=None))
    world.post()
    assert world.dispatch() == {"filtered": 1}
    assert (world.row.reason, world.row.evidence["evidence"], world.mail.sent) == (
        "NO_ADDRESS", {"medium": "email"}, [],
    )  # fmt: skip


def test_what_a_decision_to_send_rested_on_is_kept_with_the_delivery(world):
    world.post()
    world.dispatch()
    kept = world.row.evidence
    assert (kept["action"], kept["evidence"]) == ("send", {"provider": "email-main", "version": 1})
    assert kept["facts"]["address"] == "emil@example.com"
    assert kept["facts"]["now"] == world.clock.now().isoformat()


def test_what_somebody_turned_off_does_not_go_out(world):
    world.person("ines")
    world.channel("team.other")
    world.prefer("emil", wanted=False)
    world.prefer("ines", wanted=True)
    world.post("emil", "ines", "edith")
    world.post("emil", channel="team.other")
    assert world.dispatch() == {"filtered": 1, "sent": 3}
    [off] = world.rows(state="filtered")
    assert (off.reason, off.evidence["evidence"]) == (
        "PREF_OFF", {"preference": "off", "channel": "team.news", "medium": "email"},
    )  # fmt: skip


def test_a_required_channel_asks_nobody(world):
    world.execute(update(Channel).values(required=True))
    world.prefer("emil", wanted=False)
    world.post()
    assert world.dispatch() == {"sent": 1}
    assert (world.row.evidence["facts"]["preference"], world.row.evidence["facts"]["required"]) == ("off", True)


def test_what_is_turned_off_between_two_tries_is_not_tried_again(world):
    world.mail.answer = [BUSY, Accepted()]
    world.post()
    world.dispatch()
    world.prefer("emil", wanted=False)
    world.clock.advance(60)
    assert world.retry() == {"filtered": 1}
    assert (len(world.mail.sent), world.row.reason, world.row.failures) == (1, "PREF_OFF", 1)


def test_a_phone_must_have_been_verified(world):
    world.provider("sms")
    world.channel("team.texts", "sms")
    world.person("erin", phone="+3531")
    world.post("erin", channel="team.texts")
    assert (world.dispatch(), world.row.reason) == ({"filtered": 1}, "ADDRESS_UNVERIFIED")
    world.execute(update(User).values(phone_verified_at=world.clock.now()))
    world.post("erin", channel="team.texts")
    assert world.dispatch() == {"sent": 1}
    assert world.far["sms"].addresses == ["+3531"]


def test_who_has_left_gets_nothing(world):
    world.post()
    world.execute(update(User).where(User.username == "emil").values(active=False))
    assert world.dispatch() == {"filtered": 1}
    assert (world.row.reason, world.row.ended_at) == ("RECIPIENT_INACTIVE", world.clock.now())


def test_without_a_provider_it_waits_and_that_costs_nothing(world):
    world.execute(update(Provider).values(role="inactive"))
    world.post()
    assert world.dispatch() == {"held": 1}
    row = world.row
    assert (row.reason, row.retries_left, row.failures, row.lease_token) == ("NO_PROVIDER", 4, 0, None)
    assert world.dispatch() == world.retry() == {}
    assert world.attempts() == []


@pytest.mark.parametrize(("age", "became"), [(299, "sent"), (300, "cancelled"), (301, "cancelled")])
def test_the_time_to_live(world, age, became):
    world.post(ttl_s=300)
    world.clock.advance(age)
    assert world.dispatch() == {became: 1}
    assert len(world.mail.sent) == (became == "sent")


def test_the_time_to_live_begins_when_it_may_be_seen(world):
    world.post(ttl_s=300, at=world.clock.now() + timedelta(hours=1))
    world.clock.advance(3599)
    assert world.dispatch() == world.retry() == {}
    world.clock.advance(1)
    assert world.dispatch() == {"sent": 1}


def test_a_time_to_live_that_ends_between_claim_and_send(world, by_hand):
    world.post(*world.crowd(2), ttl_s=300)
    world.mail.hold()
    process = by_hand(concurrency=1)
    process.until(lambda: world.mail.held)
    world.clock.advance(300)
    world.mail.release()
    process.until_at_rest()
    assert sorted(world.states()) == ["cancelled", "sent"]
    assert len(world.mail.sent) == 1


def test_what_is_claimed_too_early_goes_back_until_its_time(world):
    at = world.clock.now() + timedelta(hours=1)
    world.post(at=at)
    world.execute(update(Delivery).values(due_at=world.clock.now()))  # under a clock that was ahead
    assert world.dispatch() == {"queued": 1}
    assert (world.row.reason, world.row.due_at, world.row.retries_left) == ("NOT_YET", at, 4)


def test_a_formatter_that_raises_is_asked_five_times(world, formatter):
    asked = []

    def fail(items):
        asked.append(items)
        raise ValueError("by\x00 design")

    formatter("raises", fail)
    world.execute(update(Channel).values(formatter="raises"))
    world.post()
    world.channel("team.other")
    world.post(channel="team.other")
    assert world.dispatch() == {"queued": 1, "sent": 1}
    for wait in (5, 15, 45):
        world.clock.advance(wait - 0.1)
        assert world.dispatch() == {}, "it would spin"
        world.clock.advance(0.1)
        assert world.dispatch() == {"queued": 1}
    world.clock.advance(135)
    assert world.dispatch() == {"undeliverable": 1}
    row = world.rows()[0]
    assert (len(asked), row.raises, row.reason, row.failures) == (5, 5, "FORMATTER_FAILED", 0)
    assert row.last_error == "ValueError: by\ufffd design"


def test_waiting_and_a_broken_formatter_in_one_lot(world, formatter):
    formatter("raises", lambda items: 1 // 0)
    world.channel("team.broken", formatter="raises")
    world.post(at=world.clock.now() + timedelta(hours=1))
    world.execute(update(Delivery).values(due_at=world.clock.now()))
    world.post(channel="team.broken")
    assert world.dispatch() == {"queued": 2}


def test_what_is_in_no_output_is_folded(world, formatter):
    formatter("drops", lambda items: [])
    world.execute(update(Channel).values(formatter="drops"))
    world.post()
    assert world.dispatch() == {"folded": 1}
    assert (world.row.reason, world.mail.sent, world.attempts()) == ("FOLDED", [], [])


def test_an_output_that_names_a_stranger_counts_as_a_raise(world, formatter):
    formatter("wrong", lambda items: [as_output(items[0], contains=("nobody",))])
    world.execute(update(Channel).values(formatter="wrong"))
    world.post()
    assert world.dispatch() == {"queued": 1}
    assert "unknown delivery" in world.row.last_error


def test_different_people_and_channels_never_merge(world, formatter):
    groups = []

    def note(items):
        groups.append([item.subject for item in items])
        return [as_output(item) for item in items]

    formatter("notes", note)
    world.channel("team.other", formatter="notes")
    world.execute(update(Channel).values(formatter="notes"))
    world.post("emil", "edith", subject="one")
    world.post("emil", channel="team.other", subject="two")
    assert world.dispatch() == {"sent": 3}
    assert sorted(groups) == [["one"], ["one"], ["two"]]


def test_an_envelope_of_several_is_one_call_and_ends_for_all(world, formatter):
    def all_in_one(items):
        return [as_output(items[0], contains=tuple(item.id for item in items))]

    formatter("bundle", all_in_one)
    world.execute(update(Channel).values(formatter="bundle"))
    for _ in range(3):
        world.post()
    world.mail.answer = [BUSY, Accepted()]
    assert world.dispatch() == {"retrying": 3}
    assert {(row.failures, row.retries_left) for row in world.rows()} == {(1, 3)}
    world.clock.advance(60)
    assert world.retry() == {"sent": 3}
    assert len({envelope.id for envelope in world.mail.sent}) == 1
    assert len(world.mail.sent) == len(world.attempts()) == 2


def test_a_stored_envelope_goes_out_as_it_is(world):
    world.mail.answer = [BUSY, Accepted()]
    world.post()
    world.dispatch()
    world.execute(update(User).where(User.username == "emil").values(email=None, display_name="New"))
    world.execute(update(User).where(User.username == "edith").values(display_name="New"))
    world.clock.advance(60)
    assert world.retry() == {"sent": 1}
    first, again = world.mail.sent
    assert again == first


def test_a_mail_keeps_its_message_id_whatever_becomes_of_the_provider(world):
    world.mail.answer = [BUSY, Accepted()]
    world.post()
    world.dispatch()
    world.execute(update(Provider).values(settings={"sender": "belfry@elsewhere.example"}, version=2))
    world.clock.advance(60)
    assert world.retry() == {"sent": 1}
    first, again = world.mail.sent
    assert again.message_id == first.message_id == f"<{first.id}@example.com>"


def test_what_is_sent_again_refers_to_the_mail_that_it_replaces(world):
    world.post()
    world.dispatch()
    [first] = world.mail.sent
    assert first.references is None
    world.execute(update(Provider).values(settings={"sender": "belfry@elsewhere.example"}, version=2))
    world.mail.answer = BUSY
    queue.send_again(ids=[world.row.id], by="olaf", now=world.clock.now())
    assert world.dispatch() == {"retrying": 1}
    world.mail.answer = Accepted()
    world.clock.advance(60)
    assert world.retry() == {"sent": 1}
    new, retried = world.mail.sent[1:]
    assert (new.replaces, new.references) == (first.id, f"<{first.id}@example.com>")
    assert new.message_id == f"<{new.id}@elsewhere.example>"
    assert retried == new


def test_an_envelope_of_before_these_were_kept_is_sent_as_it_was(world):
    world.mail.answer = [BUSY, Accepted()]
    world.post()
    world.dispatch()
    world.execute(update(Envelope).values(message_id_header=None))
    world.clock.advance(60)
    assert world.retry() == {"sent": 1}
    assert world.mail.sent[1].message_id is None


def test_settings_that_make_no_message_id_stop_nothing(world):
    world.execute(update(Provider).values(settings={}))
    world.post()
    assert world.dispatch() == {"sent": 1}
    assert world.mail.sent[0].message_id is None


def test_a_body_is_stored_once_however_many_receive_it(world):
    world.post(*world.crowd(30))
    world.post("emil")
    world.dispatch()
    assert (world.count(Body), world.count(Envelope)) == (1, 31)


def test_a_provider_whose_kind_is_gone_does_not_count_as_a_formatter_s_fault(world):
    world.execute(update(Provider).values(kind="lunar"))
    world.post()
    assert world.dispatch() == {"sent": 1}
