"""One notification as its recipient reads it."""

import pytest

from tests.support.sentences import plain
from webapp.domain import signals
from webapp.domain.envelope import PermanentFailure
from webapp.domain.medium import Medium
from webapp.domain.reason import Reason
from webapp.domain.refusal import Missing
from webapp.services.inbox import notifications, whole
from webapp.services.people import accounts


@pytest.fixture
def emil(world):
    return accounts.get(username="emil").id


def only_id(world, user_id):
    return whole.everything(user_id=user_id, now=world.clock.now())[0].id


@pytest.fixture
def opened(world, emil):
    def look():
        return notifications.get(user_id=emil, id=only_id(world, emil), now=world.clock.now())

    return look


def test_all_there_is_to_read(world, opened):
    world.post(subject="Lunch", body="At *noon*.", link="https://example.com/")
    it = opened()
    assert (it.subject, it.body, it.link, it.channel) == ("Lunch", "At *noon*.", "https://example.com/", "team.news")
    assert (it.sender.username, it.sender.display_name) == ("edith", "Edith")
    assert it.visible_at == world.clock.now()
    assert it.why.text == "It was sent to you by name."


def test_looking_marks_nothing(world, opened):
    world.post()
    opened()
    assert opened().read_at is None


def test_what_happened_by_each_medium_in_the_recipients_words(world, opened):
    world.post()
    [way] = opened().ways
    assert (way.medium, plain(way.sentence)) == (
        Medium.EMAIL,
        "You have not got this by e-mail yet: it is about to go out.",
    )
    world.dispatch()
    [way] = opened().ways
    assert plain(way.sentence) == "This was handed over for you by e-mail at 09:00."


def test_a_failed_delivery_hides_nothing_and_shows_no_wiring(world, opened):
    world.post()
    world.mail.answer = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 no such user at mail.example")
    world.dispatch()
    [way] = opened().ways
    assert plain(way.sentence) == "This could not be sent to you by e-mail. This one is in your inbox."


def test_what_they_chose_is_theirs_to_read(world, opened):
    world.prefer("emil", wanted=False)
    world.post()
    world.dispatch()
    [way] = opened().ways
    assert plain(way.sentence) == "You turned e-mail off for Team.News. This one is in your inbox."


def test_a_channel_of_the_inbox_only_has_no_ways(world, opened):
    world.channel("team.quiet", media=())
    world.post(channel="team.quiet")
    assert opened().ways == ()


@pytest.mark.parametrize("id", ["01JD8Z7K4M0000000000000000", "nonsense", "\x00"])
def test_what_is_not_there_is_missing_and_told_so(world, emil, id):
    told = []
    with signals.missing.connected_to(lambda _sender, id: told.append(id)), pytest.raises(Missing):
        notifications.get(user_id=emil, id=id, now=world.clock.now())
    assert told == [id]


def test_anothers_is_missing(world, emil):
    world.post()
    with pytest.raises(Missing):
        notifications.get(user_id=accounts.get(username="edith").id, id=only_id(world, emil), now=world.clock.now())


def test_before_its_time_it_is_missing(world, emil):
    now = world.clock.now()
    world.post(at=world.clock.advance(60))
    with pytest.raises(Missing):
        notifications.get(user_id=emil, id=only_id(world, emil), now=now)
