"""Accounts: who may have one, how they are found, and that the last administrator is safe."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from tests.support.people import PASSWORD, token_of
from webapp.domain.refusal import Conflict, Missing, Refused
from webapp.domain.role import Role
from webapp.models.audit import AuditEvent
from webapp.models.user import User, UserWord
from webapp.services.people import accounts, sessions

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def by(clock):
    """Who does it, and when: what every change is told."""
    return lambda: {"by": "ada", "now": clock.now()}


@pytest.fixture
def signed_in(clock, add_person):
    """Add somebody who is signed in twice; gives the two tokens."""

    def add(username, **details):
        add_person(username, password=PASSWORD, **details)
        return [token_of(username, clock.now()) for _browser in range(2)]

    return add


@pytest.fixture
def alive(clock):
    return lambda tokens: [sessions.person_of(token=token, now=clock.now()) is not None for token in tokens]


def problems(call, **given) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        call(**given)
    return caught.value.problems


def events(session) -> list[AuditEvent]:
    return list(session.scalars(select(AuditEvent).order_by(AuditEvent.id)))


# --- adding -------------------------------------------------------------------------------------------------------


def test_somebody_is_added(by, session):
    added = accounts.add(username="emil", display_name="Emil Moreau", email="emil@example.com", role="editor", **by())
    assert added == accounts.get(username="emil")
    assert (added.role, added.active, added.demo, added.tz, added.locale) == (Role.EDITOR, True, False, "UTC", "en_GB")
    assert added.initials == "EM"
    (event,) = events(session)
    assert (event.who, event.what, event.target) == ("ada", "user added", "user:emil")


def test_no_password_and_no_hash_is_in_the_audit(by, session):
    accounts.add(username="emil", display_name="Emil", role="editor", password=PASSWORD, **by())
    accounts.set_password(username="emil", password="quite another one", **by())
    for event in events(session):
        told = f"{event.before} {event.after}"
        assert "argon2" not in told
        assert "password" not in told


def test_everything_that_is_wrong_is_named_and_nothing_written(by, session):
    wrong = {"username": "A b", "display_name": "", "email": "x", "phone": "1", "role": "boss", "password": "short"}
    assert set(problems(accounts.add, **wrong, tz="x", locale="x", **by())) == {*wrong, "tz", "locale"}
    assert session.scalar(select(func.count()).select_from(User)) == 0
    assert events(session) == []


def test_a_username_is_taken_once(by, session):
    accounts.add(username="emil", display_name="Emil", role="editor", **by())
    assert problems(accounts.add, username="emil", display_name="E.", role="admin", **by()) == {
        "username": "“emil” is taken."
    }
    wrong = {"username": "emil", "display_name": "", "role": "admin", "email": "x"}
    assert set(problems(accounts.add, **wrong, **by())) == {"username", "display_name", "email"}
    assert session.scalar(select(func.count()).select_from(User)) == 1
    assert len(events(session)) == 1


@pytest.mark.parametrize(("name", "initials"), [("Ada Kern", "AK"), ("Cher", "CH"), ("x", "X"), ("A. B. C. Doe", "AD")])
def test_initials(name, initials, add_person):
    assert add_person("somebody", display_name=name).initials == initials


# --- finding ------------------------------------------------------------------------------------------------------


@pytest.fixture
def team(add_person):
    add_person("emil", display_name="Emil Moreau", email="e.moreau@example.com")
    add_person("edith", display_name="Édith Hale", email="hale@example.org")
    add_person("m.orr", display_name="Zoë 100% Sure_", email=None)


def test_those_behind_somebody(team, add_person):
    add_person("emil2", display_name="emil moreau")
    found = [person.username for person in accounts.find(partial="example")]
    assert len(found) == 3
    for n, username in enumerate(found):
        behind = accounts.find(partial="example", after=username)
        assert [person.username for person in behind] == found[n + 1 :]
    for nobody in ("nobody", "no\0body"):
        with pytest.raises(Missing):
            accounts.find(partial="example", after=nobody)


@pytest.mark.parametrize(
    ("partial", "found"),
    [
        ("mor", ["emil"]),
        ("MOR", ["emil"]),
        ("em", ["emil"]),
        ("éd", ["edith"]),
        ("e.mo", ["emil"]),
        ("emil mo", ["emil"]),
        ("example", ["emil", "edith"]),
        ("orr", ["m.orr"]),
        (" zoë ", ["m.orr"]),
        ("100%", ["m.orr"]),
        ("ore", []),
        ("%%", []),
        ("__", []),
        ("m", []),
        ("", []),
        ("  m  ", []),
        ("mor\x00", []),
        ("\ud83d\ud83d", []),
    ],
    ids=ascii,
)
@pytest.mark.usefixtures("team")
def test_people_are_found_by_the_beginning_of_any_word(partial, found):
    assert sorted(person.username for person in accounts.find(partial=partial)) == sorted(found)


@pytest.mark.usefixtures("team")
def test_the_words_follow_a_change(by):
    accounts.edit(username="emil", display_name="Emil Petit", email=None, phone=None, tz="UTC", locale="fr", **by())
    assert [person.username for person in accounts.find(partial="pet")] == ["emil"]
    assert accounts.find(partial="mor") == []
    assert accounts.find(partial="e.mo") == []


@pytest.mark.usefixtures("team")
def test_a_search_is_answered_from_an_index(session):
    if session.get_bind().dialect.name == "sqlite":
        plan = session.connection().exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT user_id FROM user_word WHERE word >= 'mor' AND word < 'mor\U0010ffff'"
        )
        assert "SEARCH" in str(plan.all())
    else:
        order = session.connection().exec_driver_sql("SELECT 'B' < 'a' COLLATE \"C\", collation_name FROM "
            "information_schema.columns WHERE table_name = 'user_word' AND column_name = 'word'")  # fmt: skip
        assert order.one() == (True, "C")
    assert session.scalar(select(func.count()).select_from(UserWord)) > 9


@pytest.mark.usefixtures("team")
def test_everybody_in_the_order_of_their_names():
    assert [person.username for person in accounts.listed()][::2] == ["emil", "edith"]
    assert len(accounts.listed(limit=2)) == len(accounts.find(partial="example", limit=2)) == 2
    assert len(accounts.find(partial="example", limit=1)) == 1


def test_what_can_be_nobodys_name_is_not_looked_up(add_person):
    emil = add_person("emil")
    assert accounts.several(usernames=["emil", "a\0b", "half \udcff"]) == [emil]


@pytest.mark.parametrize("username", ["nobody", "", "Emil", "\x00", "\ud83d", "../x", "x" * 99], ids=ascii)
def test_somebody_who_is_not_there(username, by):
    for call in (accounts.get, accounts.activate, accounts.deactivate):
        with pytest.raises(Missing):
            call(username=username, **(by() if call is not accounts.get else {}))


# --- changing -----------------------------------------------------------------------------------------------------


def test_a_new_phone_is_not_verified(by, add_person, session, clock):
    add_person("emil", phone="+49 30 901820")
    user = session.scalars(select(User)).one()
    user.phone_verified_at = clock.now()
    session.commit()
    same = {"username": "emil", "display_name": "E", "email": None, "tz": "UTC", "locale": "en"}
    accounts.edit(phone="+49 (30) 90 18 20", **same, **by())
    assert session.scalar(select(User.phone_verified_at)) == clock.now()
    accounts.edit(phone="+49 30 901821", **same, **by())
    assert session.scalar(select(User.phone_verified_at)) is None


def test_a_change_tells_the_audit_what_was_and_what_is(by, add_person, session):
    add_person("emil")
    accounts.edit(username="emil", display_name="Emil M.", email=None, phone=None, tz="UTC", locale="fr", **by())
    event = events(session)[-1]
    assert (event.what, event.before["display_name"], event.after["display_name"]) == (
        "user changed",
        "Emil",
        "Emil M.",
    )


def test_a_refused_change_changes_nothing(by, add_person, session):
    was = add_person("emil")
    wrong = {"display_name": "", "email": "x", "phone": None, "tz": "UTC", "locale": "en"}
    assert set(problems(accounts.edit, username="emil", **wrong, **by())) == {"display_name", "email"}
    assert accounts.get(username="emil") == was
    assert len(events(session)) == 1


def test_another_role_ends_the_sessions_but_the_one_that_did_it(by, signed_in, alive):
    mine, others = signed_in("emil"), signed_in("erin")
    accounts.set_role(username="emil", role="operator", keep=mine[0], **by())
    assert alive([*mine, *others]) == [True, False, True, True]
    accounts.set_role(username="erin", role="operator", keep=mine[0], **by())
    assert alive([*mine, *others]) == [True, False, False, False]


def test_another_password_ends_every_session(by, signed_in, alive):
    tokens, others = signed_in("emil"), signed_in("erin")
    accounts.set_password(username="emil", password="quite another one", **by())
    assert alive([*tokens, *others]) == [False, False, True, True]


def test_the_role_that_there_is_already(by, signed_in):
    signed_in("emil")
    assert accounts.set_role(username="emil", role="editor", **by()).role is Role.EDITOR
    assert problems(accounts.set_role, username="emil", role="boss", **by()).keys() == {"role"}


def test_deactivating_signs_out_at_once_and_activating_opens_the_door_again(by, signed_in, alive, clock):
    tokens = signed_in("emil")
    assert not accounts.deactivate(username="emil", **by()).active
    assert alive(tokens) == [False, False]
    typed = {"username": "emil", "password": PASSWORD, "address": None}
    assert problems(sessions.sign_in, **typed, now=clock.now()).keys() == {"password"}
    assert accounts.activate(username="emil", **by()).active
    assert alive(tokens) == [False, False]
    assert token_of("emil", clock.now())


def test_what_is_so_already_is_said(by, add_person):
    add_person("emil")
    with pytest.raises(Conflict, match="active already"):
        accounts.activate(username="emil", **by())
    accounts.deactivate(username="emil", **by())
    with pytest.raises(Conflict, match="inactive already"):
        accounts.deactivate(username="emil", **by())


# --- the last administrator ---------------------------------------------------------------------------------------

LEAVING = [
    pytest.param(accounts.deactivate, {}, id="deactivate"),
    pytest.param(accounts.set_role, {"role": "operator"}, id="demote"),
]


@pytest.mark.parametrize(("call", "given"), LEAVING)
def test_the_last_active_administrator_stays(call, given, by, add_person):
    add_person("ada", role="admin", display_name="Ada Kern")
    add_person("asleep", role="admin")
    accounts.deactivate(username="asleep", **by())
    accounts.add(username="bot", display_name="Bot", role="admin", service=True, **by())
    with pytest.raises(Conflict, match="Ada Kern is the last active administrator"):
        call(username="ada", **given, **by())
    assert accounts.get(username="ada").role is Role.ADMIN
    assert accounts.get(username="ada").active
    accounts.activate(username="asleep", **by())
    call(username="ada", **given, **by())


@pytest.mark.parametrize(("call", "given"), LEAVING)
def test_two_administrators_cannot_go_at_the_same_moment(call, given, app, by, add_person):
    for username in ("ada", "adam"):
        add_person(username, role="admin")

    def leave(username: str) -> bool:
        with app.app_context():
            try:
                call(username=username, **given, **by())
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(leave, ["ada", "adam"])) == [False, True]
