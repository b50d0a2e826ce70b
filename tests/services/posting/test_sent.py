"""Sent: one's own messages, and what became of each, in the sender's words."""

from datetime import timedelta

import pytest

from tests.support.sentences import plain
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.envelope import PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason
from webapp.domain.refusal import Missing
from webapp.services.people import accounts
from webapp.services.posting import sent
from webapp.services.posting.sent import Outcome


@pytest.fixture
def edith(world):
    return accounts.get(username="edith").id


@pytest.fixture
def page(world, edith):
    def look(**options):
        return sent.page(user_id=edith, now=world.clock.now(), **options)

    return look


@pytest.fixture
def get(world, edith):
    def look(posted, **options):
        return sent.get(user_id=edith, id=posted.id, now=world.clock.now(), **options)

    return look


def sentences(recipient):
    return [plain(way.sentence) for way in recipient.ways]


def test_newest_first_in_pages_that_meet(world, page):
    for number in range(30):
        world.clock.advance(1)
        world.post(subject=f"No. {number}")
    first = page()
    second = page(after=first.older)
    assert [it.subject for it in (*first.entries, *second.entries)] == [f"No. {n}" for n in reversed(range(30))]
    assert second.older is None


def test_only_ones_own(world, page):
    world.post("edith", sender="emil")
    assert page().entries == ()


def test_few_recipients_are_named_with_what_became_of_it(world, page):
    world.post("emil")
    [entry] = page().entries
    assert (entry.recipients, entry.outcomes, entry.final) == (1, (Outcome(S.QUEUED, 1),), False)
    [emil] = entry.people
    assert (emil.who.display_name, [way.state for way in emil.ways]) == ("Emil", [S.QUEUED])
    world.dispatch()
    [entry] = page().entries
    assert (entry.outcomes, entry.final) == ((Outcome(S.SENT, 1),), True)
    [way] = entry.people[0].ways
    assert plain(way.sentence) == "This was handed over for Emil by e-mail at 09:00."


def test_many_recipients_are_counted(world, page):
    world.post(*world.crowd(6))
    [entry] = page().entries
    assert (entry.recipients, entry.people, entry.outcomes) == (6, (), (Outcome(S.QUEUED, 6),))


def test_a_sender_reads_neither_errors_nor_rules(world, get):
    world.person("nora", email=None)
    posted = world.post("emil", "nora")
    world.mail.answer = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 no such user at mail.example")
    world.dispatch()
    emil, nora = get(posted).entry.people
    assert sentences(emil) == ["This could not be sent to Emil by e-mail. It is in their inbox."]
    assert sentences(nora) == ["Nora has no address for e-mail. It is in their inbox."]
    assert get(posted).entry.final


def test_a_retry_is_not_the_end(world, get):
    posted = world.post("emil")
    world.mail.answer = TemporaryFailure(Reason.SERVER_BUSY, "421 busy")
    world.dispatch()
    detail = get(posted)
    assert not detail.entry.final
    [way] = detail.entry.people[0].ways
    assert plain(way.sentence).startswith("Emil has not got this by e-mail yet: the next try is at 09:01.")


def test_what_is_scheduled_is_upcoming_and_not_final(world, get):
    world.channel("team.quiet", media=())
    posted = world.post(channel="team.quiet", at=world.clock.now() + timedelta(hours=1))
    entry = get(posted).entry
    assert (entry.upcoming, entry.final, entry.people[0].ways) == (True, False, ())
    world.clock.advance(3600)
    entry = get(posted).entry
    assert (entry.upcoming, entry.final) == (False, True)


def test_a_page_of_recipients_and_the_next(world, get):
    posted = world.post(*world.crowd(120))
    names, after = [], None
    for _ in range(3):
        detail = get(posted, after=after)
        names += [it.who.username for it in detail.entry.people]
        after = detail.more
    assert names == sorted(names)
    assert len(set(names)) == 120
    assert after is None


def test_those_of_one_state(world, get):
    world.person("nora", email=None)
    posted = world.post("emil", "nora")
    world.dispatch()
    assert [it.who.username for it in get(posted, state=S.FILTERED).entry.people] == ["nora"]
    assert [it.who.username for it in get(posted, state=S.SENT).entry.people] == ["emil"]
    assert get(posted, state=S.UNKNOWN).entry.people == ()


def test_the_text_comes_along(world, get):
    detail = get(world.post(body="At *noon*.", link="https://example.com/"))
    assert (detail.body, detail.link) == ("At *noon*.", "https://example.com/")


def test_anothers_and_what_never_was_are_missing(world, edith):
    posted = world.post("edith", sender="emil")
    for id in (posted.id, "01JD8Z7K4M0000000000000000", "\x00"):
        with pytest.raises(Missing):
            sent.get(user_id=edith, id=id, now=world.clock.now())
        with pytest.raises(Missing):
            sent.version_of(user_id=edith, id=id, now=world.clock.now())


def test_the_version_is_the_pages_and_changes_with_what_becomes_of_it(world, edith, page, get):
    posted = world.post("emil", at=world.clock.now() + timedelta(seconds=5))
    seen = []

    def look():
        now = world.clock.now()
        assert sent.version(user_id=edith, now=now) == page().version
        assert sent.version_of(user_id=edith, id=posted.id, now=now) == get(posted).version
        seen.append((page().version, get(posted).version))

    look()
    world.clock.advance(5)
    look()
    world.mail.answer = [TemporaryFailure(Reason.SERVER_BUSY, "421 busy")] * 2
    world.dispatch()
    look()
    world.clock.advance(60)
    world.retry()
    look()
    world.post("emil")
    assert page().version not in {listed for listed, _ in seen}
    assert len(set(seen)) == 4


def test_a_page_costs_few_statements(world, page, statements):
    for _ in range(30):
        world.post("emil")
    with statements() as asked:
        page()
    assert len(asked) == 4
