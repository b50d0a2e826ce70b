"""What somebody did not get, and what did not arrive of a channel."""

from datetime import timedelta

import pytest

from tests.support.sentences import plain
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.envelope import PermanentFailure
from webapp.domain.reason import Reason
from webapp.domain.refusal import Missing
from webapp.services.queue import missed as missed_module
from webapp.services.queue.missed import missed

GONE = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 no such user")


@pytest.fixture
def look(world):
    return lambda **asked: missed(now=world.clock.now(), **asked)


def told(found):
    return [(row.subject, row.recipient.username, row.state, plain(row.cause)) for row in found.rows]


def test_of_a_person_what_was_not_handed_over_the_newest_first(world, look):
    world.person("nora", email=None)
    world.post("emil", "nora", subject="Sent")
    world.dispatch()
    world.clock.advance(1)
    world.mail.answer = GONE
    world.post("emil", subject="Refused")
    world.dispatch()
    world.clock.advance(1)
    world.prefer("emil", wanted=False)
    world.post("emil", subject="Not wanted")
    world.dispatch()
    found = look(username="emil")
    assert told(found) == [
        ("Not wanted", "emil", S.FILTERED, "Emil turned e-mail off for Team.News"),
        ("Refused", "emil", S.UNDELIVERABLE, "email-main says that it cannot deliver to this address"),
    ]
    assert not found.more
    assert told(look(username="nora")) == [("Sent", "nora", S.FILTERED, "Nora's account has no address for e-mail")]


def test_of_a_channel_whoever_it_was_for(world, look):
    world.person("nora", email=None)
    world.person("paul", email=None)
    world.channel("team.other")
    world.post("emil", "nora", subject="Here")
    world.post("paul", channel="team.other", subject="There")
    world.dispatch()
    assert [(row.subject, row.recipient.username) for row in look(channel="team.news").rows] == [("Here", "nora")]
    assert [row.subject for row in look(channel="team.other", username="paul").rows] == ["There"]
    assert look(channel="team.news", username="paul").rows == ()


def test_why_the_last_try_failed_is_told_of_what_was_given_up(world, look):
    world.mail.answer = PermanentFailure(Reason.AUTH, "535 no")
    world.post()
    world.dispatch()
    [row] = look(username="emil").rows
    assert plain(row.cause) == "email-main refused the sign-in"


def test_only_so_many_and_whether_there_are_more(world, look):
    for number in range(4):
        world.post(subject=f"No. {number}")
    found = look(username="emil", limit=3)
    assert ([row.subject for row in found.rows], found.more) == (["No. 3", "No. 2", "No. 1"], True)
    assert not look(username="emil", limit=4).more


@pytest.mark.parametrize("asked", [{"username": "emil"}, {"channel": "team.news"}])
def test_where_nothing_is_missing_it_says_how_much_was_looked_through(world, look, asked, bound):
    assert (look(**asked).looked, look(**asked).all_of_it) == (0, True)
    world.post()
    world.post()
    world.dispatch()
    assert (look(**asked).rows, look(**asked).looked, look(**asked).all_of_it) == ((), 2, True)
    bound(missed_module, "MOST_LOOKED_AT", 2)
    assert not look(**asked).all_of_it


@pytest.mark.parametrize("asked", [{"username": "emil"}, {"channel": "team.news"}])
def test_what_is_older_is_left_out(world, look, asked):
    world.post()
    world.clock.advance(timedelta(days=30).total_seconds())
    assert look(**asked).rows == ()


@pytest.mark.parametrize("asked", [{"username": "nobody"}, {"channel": "no.where"}, {"channel": "half \udcff"}])
def test_nobody_and_nothing_of_that_name(look, asked):
    with pytest.raises(Missing):
        look(**asked)


@pytest.mark.parametrize("asked", [{"username": "emil"}, {"channel": "team.news"}])
def test_it_costs_two_statements(world, look, statements, asked):
    for _ in range(3):
        world.post()
    with statements() as done:
        look(**asked)
    assert len(done) == 2
