"""Tokens: made, known again, and good for nothing once they have ended, in whichever way."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from tests.support.people import PASSWORD
from webapp.database import writing
from webapp.domain.refusal import Conflict, Missing, Refused, Throttled
from webapp.domain.scope import Scope
from webapp.extensions import db
from webapp.models.api_token import ApiToken
from webapp.models.audit import AuditEvent
from webapp.services.people import _new_token, accounts, sessions, tokens

pytestmark = pytest.mark.usefixtures("session")
DAY = timedelta(days=1)


@pytest.fixture
def edith(add_person):
    return add_person("edith", password=PASSWORD)


@pytest.fixture
def make(edith, clock):
    def one(name="script", scopes=(Scope.INBOX_READ,), expires_at=None, username="edith"):
        told = {"scopes": scopes, "expires_at": expires_at, "by": "ada", "now": clock.now()}
        return tokens.make(username=username, name=name, **told)

    return one


@pytest.fixture
def caller(clock):
    return lambda made: tokens.caller_of(token=made.secret, now=clock.now())


def problems(call, **given) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        call(**given)
    return caught.value.problems


def test_it_stands_for_its_person_and_only_its_hash_is_kept(make, caller, edith, session):
    made = make(scopes=[Scope.INBOX_READ, Scope.CHANNELS_READ])
    found = caller(made)
    assert (found.person, found.scopes) == (edith, {Scope.INBOX_READ, Scope.CHANNELS_READ})
    assert made.secret.startswith("bel_")
    assert len(made.secret) >= 47  # 256 bits
    (row,) = session.scalars(select(ApiToken))
    assert made.secret not in repr(vars(row))
    assert made.token.begins == made.secret[:12]
    assert made.secret not in repr([vars(event) for event in session.scalars(select(AuditEvent))])


@pytest.mark.parametrize("secret", ["", "bel_", "bel_x", "Bel_x", "x" * 10_000, "bel_\ud800", "bel_\x00"])
def test_what_was_never_made_stands_for_nobody(secret, make, clock):
    make()
    assert tokens.caller_of(token=secret, now=clock.now()) is None


def test_each_is_another(make):
    assert make("one").secret != make("two").secret


# --- what may be made -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"scopes": ()}, "scopes"),
        ({"scopes": ["inbox:eat"]}, "scopes"),
        ({"scopes": [Scope.DELIVERIES_READ]}, "scopes"),
        ({"scopes": [Scope.INBOX_READ, Scope.PROVIDERS_WRITE]}, "scopes"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(given, field, make, session):
    assert set(problems(make, **given)) == {field}
    assert session.scalar(select(ApiToken)) is None


@pytest.mark.parametrize(("days", "fine"), [(-1, False), (0, False), (1, True), (366, True), (367, False)])
def test_it_ends_within_a_year(days, fine, make, clock):
    end = clock.now() + days * DAY
    if fine:
        assert make(expires_at=end).token.expires_at == end
    else:
        assert set(problems(make, expires_at=end)) == {"expires_at"}


def test_two_good_ones_have_different_names(make, clock):
    made = make("script", expires_at=clock.now() + DAY)
    assert "already" in problems(make)["name"]
    tokens.revoke(id=made.token.id, by="edith", now=clock.now())
    make("script")


def test_nobody_collects_them_without_an_end(make, monkeypatch):
    monkeypatch.setattr(_new_token, "MOST", 2)
    make("one")
    make("two")
    assert "Revoke one first" in problems(make, name="three")["name"]


def test_there_is_none_for_nobody_nor_for_the_inactive(make, clock):
    with pytest.raises(Missing):
        make(username="nobody")
    accounts.deactivate(username="edith", by="ada", now=clock.now())
    with pytest.raises(Conflict):
        make()


# --- one's own takes the password -------------------------------------------------------------------------------------


def own(clock, password=PASSWORD, name="mine"):
    told = {"scopes": [Scope.INBOX_READ], "expires_at": None, "now": clock.now()}
    return tokens.make_own(username="edith", password=password, name=name, **told)


@pytest.mark.usefixtures("edith")
def test_one_s_own_takes_the_password(clock, caller):
    assert set(problems(own, clock=clock, password="another")) == {"current"}
    assert caller(own(clock)).person.username == "edith"


@pytest.mark.usefixtures("edith")
def test_and_is_no_way_to_guess_it(clock):
    for _ in range(10):
        problems(own, clock=clock, password="another")
    with pytest.raises(Throttled):
        own(clock)


@pytest.mark.usefixtures("edith")
def test_what_succeeds_does_not_count_as_a_guess(clock):
    for number in range(12):
        own(clock, name=f"mine {number}")


# --- how it ends ------------------------------------------------------------------------------------------------------


def test_it_ends_with_its_day(make, caller, clock):
    made = make(expires_at=clock.now() + DAY)
    clock.advance(DAY.total_seconds() - 1)
    assert caller(made)
    clock.advance(1)
    assert caller(made) is None
    assert [token.state for token in tokens.account_tokens(username="edith", now=clock.now())] == ["expired"]


def test_it_ends_when_it_is_revoked(make, caller, clock, session):
    made, other = make(), make("other")
    gone = tokens.revoke(id=made.token.id, by="edith", now=clock.now())
    assert (gone.state, caller(made)) == ("revoked", None)
    assert caller(other)
    with pytest.raises(Conflict):
        tokens.revoke(id=made.token.id, by="edith", now=clock.now())
    said = [(event.who, event.what, event.target) for event in session.scalars(select(AuditEvent))][1:]
    assert said == [
        ("ada", "token made", "user:edith"),
        ("ada", "token made", "user:edith"),
        ("edith", "token revoked", "user:edith"),
    ]


def test_a_good_one_is_found_however_many_have_ended(make, clock, monkeypatch):
    monkeypatch.setattr(tokens, "MOST_LISTED", 2)
    good = make("good").token
    ended = [tokens.revoke(id=make(name).token.id, by="ada", now=clock.now()) for name in ("a", "b", "c")]
    assert tokens.account_tokens(username="edith", now=clock.now()) == [good, ended[-1]]
    assert tokens.listed(now=clock.now()) == [good, ended[-1]]
    assert tokens.get(id=good.id, username="edith", now=clock.now()) == good
    assert tokens.get(id=ended[0].id, username="edith", now=clock.now()) == ended[0]


def test_nobody_revokes_or_sees_somebody_else_s(make, add_person, clock):
    add_person("emil")
    made = make()
    for act in (
        lambda: tokens.revoke(id=made.token.id, username="emil", by="emil", now=clock.now()),
        lambda: tokens.get(id=made.token.id, username="emil", now=clock.now()),
        lambda: tokens.revoke(id=made.token.id + 1, by="edith", now=clock.now()),
    ):
        with pytest.raises(Missing):
            act()
    assert tokens.account_tokens(username="emil", now=clock.now()) == []


def test_it_ends_with_its_account_and_does_not_come_back(make, caller, clock):
    made = make()
    accounts.deactivate(username="edith", by="ada", now=clock.now())
    assert caller(made) is None
    accounts.activate(username="edith", by="ada", now=clock.now())
    assert caller(made) is None


def test_a_lower_role_holds_from_the_next_request(add_person, make, caller, clock):
    add_person("olaf", role="operator")
    made = make(username="olaf", scopes=[Scope.DELIVERIES_READ])
    accounts.set_role(username="olaf", role="editor", by="ada", now=clock.now())
    assert caller(made).person.role == "editor"


def test_it_outlives_a_change_of_the_password(make, caller, clock):
    made = make()
    sessions.change_password(username="edith", current=PASSWORD, new="quite another one", now=clock.now())
    accounts.set_password(username="edith", password="and a third one", by="ada", now=clock.now())
    assert caller(made)
    assert tokens.count_good(username="edith", now=clock.now()) == 1


# --- when it was last used --------------------------------------------------------------------------------------------


def last_used(clock):
    return tokens.account_tokens(username="edith", now=clock.now())[0].last_used_at


def test_its_last_use_is_noted_at_most_once_a_minute(make, caller, clock, statements):
    made = make()
    assert last_used(clock) is None
    caller(made)
    first = clock.now()
    assert last_used(clock) == first
    clock.advance(59)
    with statements() as asked:
        caller(made)
    assert not [it for it in asked if "UPDATE" in it]
    assert last_used(clock) == first
    clock.advance(1)
    caller(made)
    assert last_used(clock) == clock.now()


def test_nobody_waits_for_that(make, caller, clock, app):
    made = make()
    db.session.rollback()
    with app.app_context(), db.engine.connect() as busy:
        busy.execute(text("UPDATE api_token SET name = 'held'"))
        assert caller(made).person.username == "edith"
        busy.rollback()
    assert last_used(clock) is None
    caller(made)
    assert last_used(clock) == clock.now()
    with writing(db.session) as session:  # and whoever writes next waits again as everybody does
        if session.get_bind().dialect.name == "sqlite":
            assert session.scalar(text("PRAGMA busy_timeout")) == 5000


def test_a_screen_makes_them_for_programs_only(edith, clock):
    told = {"name": "n", "scopes": [Scope.INBOX_READ], "expires_at": None, "by": "ada", "now": clock.now()}
    with pytest.raises(Conflict, match="in their own profile"):
        tokens.make_for_program(username="edith", **told)
    with pytest.raises(Conflict, match="in their own profile"):
        tokens.program(username="edith")
    accounts.add(username="bot", display_name="Bot", role="editor", service=True, by="ada", now=clock.now())
    assert tokens.program(username="bot").service
    assert tokens.make_for_program(username="bot", **told).token.username == "bot"


# --- service accounts -------------------------------------------------------------------------------------------------


def test_a_service_account_has_tokens_and_no_password(make, caller, clock):
    told = {"display_name": "Build", "role": "editor", "by": "ada", "now": clock.now()}
    build = accounts.add(username="build", service=True, **told)
    assert build.service
    assert caller(make(username="build")).person == build
    assert set(problems(accounts.add, username="b2", service=True, password=PASSWORD, **told)) == {"password"}
    with pytest.raises(Conflict):
        accounts.set_password(username="build", password=PASSWORD, by="ada", now=clock.now())
