"""Retry policies: what may be made, changed, put back and removed; and that an edit touches only later failures."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.support.subscribers import subscriber
from webapp.domain.envelope import TemporaryFailure
from webapp.domain.reason import Reason
from webapp.domain.refusal import Conflict, Missing, Refused
from webapp.domain.retry_policy import RetryPolicy, Rule
from webapp.domain.retry_presets import PRESETS
from webapp.models.audit import AuditEvent
from webapp.models.policy import Policy
from webapp.services.auditing.audit import check
from webapp.services.posting import policies
from webapp.services.subscribers import life

pytestmark = pytest.mark.usefixtures("session")
MINE = RetryPolicy(name="mine", kind="steps", steps=(1, 2), rules={"fax": {"x": Rule(retries=1)}})
DOWN = TemporaryFailure(Reason.SERVER_BUSY, "451 not now")


@pytest.fixture
def by(clock):
    return {"by": "ada", "now": clock.now()}


def problems(call, **kwargs) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        call(**kwargs)
    return caught.value.problems


def named(name: str) -> policies.PolicyView:
    return policies.get(name=name)


def test_one_is_made(by):
    made = policies.add(policy=MINE, **by)
    assert made == named("mine")
    assert (made.policy, made.used, made.origin, made.as_preset) == (MINE, False, None, False)
    assert made.kind_label == "A list of delays"


def test_they_are_listed_by_name_with_those_who_use_them(world):
    world.channel("team.a", policy="kazoo")
    world.channel("team.b", policy="kazoo")
    subscriber(world, policy="zitadel")
    told = {view.name: (view.channels, view.subscribers) for view in policies.listed()}
    assert told == {
        "kazoo": (("team.a", "team.b"), 0),
        "open-notificaties": ((), 0),
        "optimizely": (("team.news",), 0),
        "zitadel": ((), 1),
    }


def test_the_list_asks_three_times_however_many_there_are(world, statements):
    for number in range(5):
        policies.add(policy=replace(MINE, name=f"p{number}"), by="ada", now=world.clock.now())
    with statements() as asked:
        assert len(policies.listed()) == 9
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "a b"}, "name"),
        ({"name": "kazoo"}, "name"),
        ({"kind": "lunar"}, "kind"),
        ({"steps": ()}, "steps"),
        ({"max_attempts": 0}, "max_attempts"),
    ],
)
def test_what_makes_no_sense_is_refused(by, changes, field):
    assert list(problems(policies.add, policy=replace(MINE, **changes), **by)) == [field]
    assert len(policies.listed()) == 4


def test_one_is_changed(by):
    policies.add(policy=MINE, **by)
    changed = policies.edit(policy=replace(MINE, steps=(9,)), version=1, **by)
    assert (changed.policy.steps, changed.policy.version) == ((9,), 2)
    assert named("mine") == changed


def test_a_change_that_makes_no_sense_is_refused(by):
    assert "steps" in problems(policies.edit, policy=replace(PRESETS["optimizely"], steps=(-1,)), version=1, **by)
    assert named("optimizely").as_preset


@pytest.mark.parametrize(("ttl_s", "own_s", "refused"), [(900, None, True), (901, None, False), (900, 1000, False)])
def test_what_it_lets_live_is_not_over_before_a_channel_is_tried(world, by, ttl_s, own_s, refused):
    world.channel("team.slow", policy="kazoo", every_s=900, ttl_s=own_s)
    shorter = replace(named("kazoo").policy, ttl_s=ttl_s)
    if refused:
        told = problems(policies.edit, policy=shorter, version=1, **by)["ttl_s"]
        assert "channels of this policy are tried: team.slow." in told
    else:
        assert policies.edit(policy=shorter, version=1, **by).policy.ttl_s == ttl_s


def test_whoever_comes_second_is_told_who_was_first(by):
    policies.edit(policy=replace(PRESETS["kazoo"], max_attempts=9), version=1, **by)
    with pytest.raises(Conflict, match="ada changed this"):
        policies.edit(policy=PRESETS["kazoo"], version=1, by="olaf", now=by["now"])
    assert named("kazoo").policy.max_attempts == 9


def test_a_preset_is_put_back(by):
    policies.edit(policy=replace(PRESETS["kazoo"], rules={}, ttl_s=9), version=1, **by)
    assert not named("kazoo").as_preset
    back = policies.put_back(name="kazoo", version=2, **by)
    assert (back.as_preset, back.policy) == (True, replace(PRESETS["kazoo"], version=3))


def test_only_a_preset_can_be_put_back(by):
    policies.add(policy=MINE, **by)
    with pytest.raises(Missing):
        policies.put_back(name="mine", version=1, **by)


def test_what_is_not_there_is_missing(by):
    with pytest.raises(Missing):
        policies.get(name="mine")
    with pytest.raises(Missing):
        policies.remove(name="mine", **by)
    with pytest.raises(Missing):
        policies.edit(policy=MINE, version=1, **by)


def test_one_that_is_used_says_who_uses_it(world, by):
    for number in range(7):
        world.channel(f"team.a{number}", policy="zitadel")
    subscriber(world, policy="zitadel")
    assert problems(policies.remove, name="zitadel", **by)["policy"] == (
        "It is used by team.a0, team.a1, team.a2, team.a3, team.a4, 2 more, 1 subscriber: give them another one first."
    )
    assert named("zitadel").used


@pytest.mark.parametrize(("name", "what"), [("optimizely", "new channels"), ("open-notificaties", "new subscribers")])
def test_what_new_things_get_stays(by, name, what):
    assert what in problems(policies.remove, name=name, **by)["policy"]


def test_one_that_only_a_removed_subscriber_had_can_go(world, by):
    subscriber(world, policy="zitadel")
    world.post("emil")
    assert named("zitadel").used
    life.remove(name="archive", **by)
    assert (named("zitadel").used, named("zitadel").subscribers) == (False, 0)
    policies.remove(name="zitadel", **by)
    assert "zitadel" not in [view.name for view in policies.listed()]
    assert check(now=by["now"]) == []


def test_a_channel_that_takes_it_at_the_same_moment_keeps_it(world, by, monkeypatch):
    """Between the look and the removal: then the database says no, and the refusal names the channel."""
    seen = named("zitadel")
    world.channel("team.a", policy="zitadel")
    looks = iter([seen, named("zitadel")])
    monkeypatch.setattr(policies, "get", lambda name: next(looks))
    assert "team.a" in problems(policies.remove, name="zitadel", **by)["policy"]


def test_each_change_is_in_the_audit(by, session):
    policies.add(policy=MINE, **by)
    policies.edit(policy=replace(MINE, rules={}), version=1, **by)
    policies.remove(name="mine", **by)
    added, changed, removed = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [it.what for it in (added, changed, removed)] == ["policy added", "policy changed", "policy removed"]
    assert {it.target for it in (added, changed, removed)} == {"policy:mine"}
    assert changed.before == added.after
    assert changed.before["rules"]["fax"]["x"]["retries"] == 1
    assert (changed.after["rules"], removed.before["rules"]) == ({}, {})


def test_a_kind_that_is_not_installed_any_more_is_shown_by_its_name(session):
    session.execute(update(Policy).where(Policy.name == "kazoo").values(kind="lunar"))
    session.commit()
    assert named("kazoo").kind_label == "lunar"
    with pytest.raises(Refused, match="“lunar” is no kind of retry policy: choose out of exponential, forward"):
        policies.check(named("kazoo").policy)


def test_a_table_for_any_message_and_for_each_type_with_rules():
    any_, voicemail = policies.tables(PRESETS["kazoo"])
    assert (any_.message_type, voicemail.message_type) == ("message", "voicemail_new")
    assert (len(any_.rows), len(voicemail.rows)) == (4, 5)


# --- through the engine: what a failure is followed by, by the policy as it is then -----------------------------------


def due_after(world) -> float:
    return (world.row.due_at - world.clock.now()).total_seconds()


def test_what_is_due_at_60_s_is_not_taken_at_59_and_is_at_60(world):
    world.mail.answer = DOWN
    world.post()
    world.dispatch()
    assert (world.row.state, world.row.retries_left, due_after(world)) == ("retrying", 3, 60)
    world.clock.advance(59)
    world.retry()
    assert len(world.mail.sent) == 1
    world.clock.advance(1)
    world.retry()
    assert len(world.mail.sent) == 2
    assert (world.row.retries_left, due_after(world)) == (2, 300)


def test_an_edit_touches_only_later_failures(world, by):
    world.mail.answer = DOWN
    world.post()
    world.dispatch()
    policies.edit(policy=replace(PRESETS["optimizely"], steps=(5, 7), max_attempts=9), version=1, **by)
    assert (world.row.retries_left, due_after(world)) == (3, 60), "what waits keeps what it was given"
    world.clock.advance(59)
    world.retry()
    assert len(world.mail.sent) == 1
    world.clock.advance(1)
    world.retry()
    assert (world.row.retries_left, due_after(world)) == (7, 7), "the second failure, by the policy as it is now"


def test_an_edit_may_make_the_next_failure_the_last(world, by):
    world.mail.answer = DOWN
    world.post()
    world.dispatch()
    policies.edit(policy=replace(PRESETS["optimizely"], max_attempts=2), version=1, **by)
    world.clock.advance(60)
    world.retry()
    assert (world.row.state, world.row.reason) == ("undeliverable", "EXHAUSTED")


def test_with_one_attempt_the_first_failure_is_final(world, by):
    policies.edit(policy=replace(PRESETS["optimizely"], max_attempts=1), version=1, **by)
    world.mail.answer = DOWN
    world.post()
    world.dispatch()
    assert (world.row.state, world.row.retries_left) == ("undeliverable", 0)


def test_rules_count_for_their_type_only(world):
    world.channel("team.calls", policy="kazoo", immediate=True)
    world.mail.answer = DOWN
    world.post(channel="team.calls", type="voicemail_new")
    world.post(channel="team.calls")
    world.dispatch()
    told = [(row.retries_left, (row.due_at - world.clock.now()).total_seconds()) for row in world.rows()]
    assert told == [(4, 900), (3, 600)]


@pytest.mark.parametrize(("age_s", "state"), [(299, "sent"), (300, "cancelled"), (301, "cancelled")])
def test_the_policy_s_time_to_live(world, age_s, state):
    """Zitadel's 300 s: what is older is not sent any more, and that is written down."""
    world.channel("team.soon", policy="zitadel")
    world.post(channel="team.soon")
    world.clock.advance(age_s)
    world.dispatch()
    assert world.row.state == state
    assert len(world.mail.sent) == (1 if state == "sent" else 0)


def test_a_time_to_live_begins_when_a_message_is_visible(world):
    """5 minutes to live and scheduled in an hour: still sent in an hour."""
    world.channel("team.soon", policy="zitadel")
    world.post(channel="team.soon", at=world.clock.now() + timedelta(hours=1))
    world.clock.advance(3600)
    world.dispatch()
    assert world.row.state == "sent"


@pytest.mark.parametrize(
    ("asked_s", "cap_s", "waits_s"), [(10, None, 60), (600, None, 600), (600, 120, 120), (10**6, None, 86400)]
)
def test_a_server_may_ask_for_more_up_to_the_cap(world, by, asked_s, cap_s, waits_s):
    """Retry-After: the later of what the policy says and what is asked; bounded by the policy's cap, or a day."""
    policies.edit(policy=replace(PRESETS["optimizely"], max_delay_s=cap_s), version=1, **by)
    world.mail.answer = TemporaryFailure(Reason.SERVER_BUSY, "503", retry_after=asked_s)
    world.post()
    world.dispatch()
    assert due_after(world) == waits_s
