"""What stands round the queue: reasons with their counts, choices, since when, proof and examples."""

import pytest

from webapp.domain.bounded import Bounded
from webapp.domain.envelope import Accepted, PermanentFailure
from webapp.domain.medium import Medium
from webapp.domain.reason import Reason
from webapp.services.queue import failed
from webapp.services.queue.failed import Example, Group, Proof
from webapp.services.queue.queue import Tab
from webapp.services.running import jobs

REFUSED = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 no such user")
SPAM = PermanentFailure(Reason.CONTENT_REFUSED, "554 spam")


@pytest.fixture
def fail(world):
    def post(answer, *to, **message):
        world.clock.advance(1)
        world.mail.answer = answer
        world.post(*to, **message)
        world.dispatch()
        return world.rows()[-1]

    return post


def test_what_waits_for_a_person_is_counted_to_99(world, fail):
    assert not failed.needing()
    fail(REFUSED, *world.crowd(100))
    needing = failed.needing()
    assert (needing.n, needing.more) == (99, True)


def test_a_tab_at_a_glance(world, fail):
    world.channel("team.rota")
    first = fail(REFUSED)
    fail(REFUSED, channel="team.rota")
    last = fail(SPAM)
    survey = failed.survey(tab=Tab.UNDELIVERABLE)
    assert survey.groups == (
        Group(Reason.RECIPIENT_REFUSED, Medium.EMAIL, Bounded(2), first.ended_at),
        Group(Reason.CONTENT_REFUSED, Medium.EMAIL, Bounded(1), last.ended_at),
    )
    assert (survey.channels, survey.providers) == (("team.news", "team.rota"), ("email-main",))
    assert survey.reasons == (Reason.RECIPIENT_REFUSED, Reason.CONTENT_REFUSED)
    assert [survey.others(reason).n for reason in (*survey.reasons, Reason.TLS)] == [1, 0, 0]
    assert failed.survey(tab=Tab.HELD).groups == ()


def test_a_tab_of_which_only_a_part_was_looked_at_says_so(fail, monkeypatch):
    monkeypatch.setattr(failed, "MOST_SURVEYED", 2)
    failed._grouped.cache_clear()
    try:
        for answer in (REFUSED, REFUSED, SPAM):
            fail(answer)
        survey = failed.survey(tab=Tab.UNDELIVERABLE)
    finally:
        failed._grouped.cache_clear()
    assert [(group.count, group.since) for group in survey.groups] == [
        (Bounded(2, more=True), None),
        (Bounded(1, more=True), None),
    ]
    assert survey.others(Reason.RECIPIENT_REFUSED) == Bounded(1, more=True)


def test_since_when_something_is_held(world, fail):
    world.channel("team.texts", "sms")
    world.person("nora", phone="+4915112345678", phone_verified_at=world.clock.now())
    row = fail(REFUSED, "nora", channel="team.texts")
    held_at = world.ledger(row.id)[-1].at
    world.clock.advance(60)
    assert failed.held_since(ids=[row.id, "0" * 26]) == {row.id: held_at}
    assert failed.survey(tab=Tab.HELD).groups == (Group(Reason.NO_PROVIDER, Medium.SMS, Bounded(1), held_at),)


def test_the_proof(world, fail):
    assert failed.proof() == Proof(None, None)
    fail(Accepted("250 ok"))
    now = world.clock.now()
    jobs.note_run(job="resender", process="a:1", started_at=now, ended_at=now, counts={})
    assert failed.proof() == Proof(now, now)


def test_examples(world, fail):
    rows = [fail(REFUSED, subject="One"), fail(REFUSED, subject="Two")]
    found = failed.examples(ids=[row.id for row in rows])
    assert found == [Example("Two", found[0].recipient), Example("One", found[0].recipient)]
    assert (found[0].recipient.display_name, found[0].recipient.username) == ("Emil", "emil")
