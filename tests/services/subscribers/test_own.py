"""A poster's own address for states: registered, tested, told over real HTTP, and removed."""

import json

import pytest
from sqlalchemy import select

from tests.support.subscribers import queued_for, subscriber
from webapp.delivery.lot import Kind
from webapp.delivery.resident import drain
from webapp.domain.refusal import Missing, Refused
from webapp.models.audit import AuditEvent
from webapp.models.subscriber import Subscriber
from webapp.runtime import engine, runtime
from webapp.services.people import accounts
from webapp.services.subscribers import own
from webapp.services.subscribers.checks import CheckFailed


@pytest.fixture
def save(world):
    def go(url, username="edith", **more):
        raw = {"url": url, "auth": "none", "body": "plain", "timeout": "25", "at_once": "4"}
        return own.save(username=username, raw=raw, bench=runtime(), **more)

    return go


def get(username="edith"):
    return own.get(username=username, vault=runtime().vault)


def test_it_is_checked_and_its_key_is_told_once(world, save, web):
    saved = save(web([401, 204]).url())
    assert (saved.subscriber.name, saved.subscriber.owner, saved.subscriber.channels) == (
        "states-of-edith",
        "edith",
        (),
    )
    assert saved.made["signing_key"].startswith("whsec_")
    assert get().check_passed
    assert get("emil") is None


def test_one_that_lets_in_strangers_needs_a_reason(world, save, web):
    with pytest.raises(CheckFailed):
        save(web(204).url())
    assert get() is None
    assert save(web(204).url(), waive="It is on my desk.").subscriber.waived == "It is on my desk."


def test_another_address_takes_the_place_of_the_first(world, save, web):
    save(web([401, 204]).url(), active=False)
    second = web([401, 204]).url("/second")
    assert save(second).made == {}
    assert (get().url, get().version) == (second, 2)


def test_it_is_told_nothing_more_once_the_account_is_closed(world):
    own_id, now = subscriber(world, name="states-of-edith", filters={}, owner="edith"), world.clock.now()
    other = subscriber(world, name="states-of-emil", filters={}, owner="emil")
    queued_for(world, own_id, other)
    accounts.deactivate(username="edith", by="ada", now=now)
    assert [(row.subscriber_id, row.state) for row in world.rows()] == [(own_id, "held"), (other, "queued")]
    assert (get().off_why, get("emil").active) == ("person", True)
    [noted] = world.session.scalars(select(AuditEvent).where(AuditEvent.target == "subscriber:states-of-edith"))
    assert (noted.who, noted.what) == ("ada", "subscriber switched off")


def test_it_is_told_what_becomes_of_a_post_over_real_http(world, save, web):
    program = web([401, 204, 204])
    save(program.url())
    world.post()
    world.dispatch()
    world.retry()  # its sweep tells
    drain(engine(world.app), [Kind.FRESH])
    told = json.loads(program.requests[-1].body)
    [one] = told["attributes"]["deliveries"]
    assert (told["channel"], told["type"], one["recipient"], one["state"]) == (
        "belfry.states",
        "states",
        "emil",
        "sent",
    )


def test_it_is_tested_on_demand(world, save, web):
    save(web([401, 204, 401, 500]).url())
    assert not own.test(username="edith", bench=runtime()).passed
    assert get().check_passed is False


def test_removed_it_may_be_registered_anew(world, save, web):
    save(web([401, 204]).url())
    own.remove(username="edith", now=world.clock.now())
    assert get() is None
    save(web([401, 204]).url())
    assert get().name == "states-of-edith"


def test_a_name_that_is_taken_or_cannot_be_one_is_made_otherwise(world, save, web):
    odd = "max@" + "x" * 40
    user_id = world.person(odd)
    assert save(web([401, 204]).url(), username=odd).subscriber.name == f"states-of-user-{user_id}"


def test_what_cannot_be_an_address_is_refused(world, save):
    with pytest.raises(Refused, match="url"):
        save("ftp://example.com")
    assert world.session.scalars(select(Subscriber)).all() == []


@pytest.mark.parametrize("act", ["test", "remove"])
def test_whoever_has_none_is_told_so(world, act):
    more = {"now": world.clock.now()} if act == "remove" else {"bench": runtime()}
    with pytest.raises(Missing):
        getattr(own, act)(username="edith", **more)
