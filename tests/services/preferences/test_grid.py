"""The grid of channels and media, and what is chosen in it."""

from datetime import time, timedelta

import pytest
from sqlalchemy import update

from webapp.domain.digest import Digest
from webapp.domain.medium import Medium
from webapp.domain.refusal import Conflict, Missing
from webapp.models import user as users
from webapp.models.channel import Channel
from webapp.services.preferences import grid, mutes
from webapp.services.preferences.mutes import Wanted, What


@pytest.fixture
def look(world):
    def rows():
        world.session.rollback()
        emil = users.named(world.session, "emil")
        return {row.name: row for row in grid.get(user_id=emil.id, now=world.clock.now()).rows}

    return rows


@pytest.fixture
def choose(world):
    def act(channel="team.news", medium="email", *, wanted=True, digest=None):
        now = world.clock.now()
        return grid.choose(username="emil", channel=channel, medium=medium, wanted=wanted, digest=digest, now=now)

    return act


def test_only_what_there_is(world, look):
    assert grid.get(user_id=1, now=world.clock.now()).media == (Medium.EMAIL,)
    world.channel("team.pages", "sms", "email")
    world.channel("team.board", media=())
    shown = {name: set(row.cells) for name, row in look().items()}
    assert shown == {"team.news": {"email"}, "team.pages": {"sms", "email"}, "team.board": set()}
    assert grid.get(user_id=1, now=world.clock.now()).media == (Medium.EMAIL, Medium.SMS)


@pytest.mark.parametrize("digest", [None, Digest(), Digest(time(17, 30))])
@pytest.mark.parametrize("wanted", [True, False])
def test_what_was_chosen_is_what_is_shown(look, choose, wanted, digest):
    chosen = choose(wanted=wanted, digest=digest)
    assert look()["team.news"].cells[Medium.EMAIL] == chosen.after == grid.Cell(Medium.EMAIL, wanted, digest)
    assert chosen.before == grid.Cell(Medium.EMAIL, wanted=True, digest=None)


def test_the_former_puts_it_back(look, choose, audited):
    choose(digest=Digest())
    former = choose(wanted=False).before
    choose(wanted=former.wanted, digest=former.digest)
    assert look()["team.news"].cells[Medium.EMAIL] == former
    assert [after["wanted"] for _before, after in audited("preference changed")] == [True, False, True]


def test_the_audit_is_told_once(choose, audited):
    for _ in range(2):
        choose(wanted=False, digest=Digest(time(8)))
    about = {"channel": "team.news", "medium": "email"}
    before = {**about, "wanted": True, "digest": None}
    assert audited("preference changed") == [(before, {**about, "wanted": False, "digest": "daily 08:00"})]


def test_it_is_the_person_s_own(world, choose):
    choose(wanted=False)
    world.post("emil", "edith", sender="edith")
    world.dispatch()
    assert sorted(world.states()) == ["filtered", "sent"]


def test_of_what_is_required_nobody_is_asked(world, look, choose, audited):
    choose(wanted=False)
    world.execute(update(Channel).values(required=True))
    assert look()["team.news"].required
    for wanted in (True, False):
        with pytest.raises(Conflict):
            choose(wanted=wanted)
    assert len(audited("preference changed")) == 1


@pytest.mark.parametrize(("channel", "medium"), [("no.such", "email"), ("team.news", "sms"), ("team.news", "webhook")])
def test_what_is_not_there(choose, channel, medium):
    with pytest.raises(Missing):
        choose(channel, medium, wanted=False)


def test_a_muted_channel_says_so_until_it_is_over(world, look):
    until = world.clock.now() + timedelta(hours=1)
    wanted = Wanted(What.CHANNEL, "team.news", until)
    mutes.mute(username="emil", wanted=wanted, now=world.clock.now())
    assert (look()["team.news"].muted, look()["team.news"].muted_until) == (True, until)
    world.clock.advance(3600)
    assert not look()["team.news"].muted
