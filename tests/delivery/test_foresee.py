"""What is foreseen of a draft is the engine's own decision, for any number of people, with nothing written."""

from datetime import timedelta

import pytest

from webapp.database import reading
from webapp.delivery.foresee import Draft, foresee
from webapp.domain.decision import Action
from webapp.models import channel as channels
from webapp.models import user as users
from webapp.models.delivery import Delivery


@pytest.fixture
def ask(world):
    def of(*people, channel="team.news", sender="edith", **different):
        now = world.clock.now()
        usual = {"visible_at": now, "expires_at": now + timedelta(days=1), "first_try": now}
        with reading(world.session) as session:
            sender_id = users.named(session, sender).id if sender else None
            ids = [user.id for user in users.several(session, people)]
            draft = Draft(sender_id=sender_id, type="message", **usual | different)
            return foresee(session, draft, channel=channels.named(session, channel), user_ids=ids)

    return of


def test_one_decision_for_each_person_and_medium(world, ask):
    world.channel("team.both", "sms", "email")
    world.provider("sms")
    world.prefer("emil", wanted=False, channel="team.both")
    found = ask("edith", "emil", channel="team.both")
    assert [(one.medium, one.decision.action, one.decision.reason) for one in found] == [
        ("sms", Action.FILTER, "NO_ADDRESS"),
        ("email", Action.SEND, None),
        ("sms", Action.FILTER, "NO_ADDRESS"),
        ("email", Action.FILTER, "PREF_OFF"),
    ]
    assert world.count(Delivery) == 0


def test_it_is_decided_at_the_first_try(world, ask):
    world.quiet("emil", *(f"{day} 12:00-13:00" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")))
    noon = world.clock.now().replace(hour=12, minute=30) + timedelta(days=1)
    for first_try, reason in ((noon, "QUIET_HOURS"), (noon + timedelta(minutes=30), None)):
        [one] = ask("emil", visible_at=noon, first_try=first_try, expires_at=noon + timedelta(days=1))
        assert (one.decision.reason, one.facts.now) == (reason, first_try)


def test_who_is_muted_counts_by_the_sender(world, ask):
    world.mute("emil", sender="edith")
    assert [ask("emil", sender=sender)[0].decision.reason for sender in ("edith", "emil", None)] == [
        "MUTED", None, None,
    ]  # fmt: skip


@pytest.mark.parametrize("count", [1, 1000, 2500])
def test_the_number_of_statements_grows_by_the_thousand_only(world, ask, statements, count):
    crowd = world.crowd(count)
    with reading(world.session) as session:
        ids = [user.id for user in users.several(session, crowd)]
        channel = channels.named(session, "team.news")
        now = world.clock.now()
        draft = Draft(sender_id=None, type="message", visible_at=now, first_try=now, expires_at=now + timedelta(days=1))
        with statements() as asked:
            found = foresee(session, draft, channel=channel, user_ids=ids)
    assert [one.user_id for one in found] == ids
    assert len(asked) <= 4 + 2 * -(-count // 1000)
