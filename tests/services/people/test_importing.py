"""People from a file: what is read of it, what is wrong in it by line and column, and that it is all or nothing."""

import pytest
from sqlalchemy import func, select

from webapp.domain.refusal import Refused
from webapp.extensions import db
from webapp.models import user as users
from webapp.models.audit import AuditEvent
from webapp.services.people import accounts, importing

HEAD = "username,display_name,email,phone,role"
NINA = "nina,Nina Öst,nina@example.com,+49 30 901820,operator"
OTTO = "otto,Otto Bo,,,editor"

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def take(clock):
    def read(*lines: str, content: bytes | None = None):
        given = "\n".join(lines).encode() if content is None else content
        return importing.import_people(content=given, by="olaf", now=clock.now())

    return read


@pytest.fixture
def refused(take):
    def read(*lines: str, content: bytes | None = None) -> dict[str, str]:
        before = accounts.listed()
        with pytest.raises(Refused) as caught:
            take(*lines, content=content)
        assert accounts.listed() == before, "all or nothing"
        return caught.value.problems

    return read


def names() -> list[str]:
    return [person.username for person in accounts.listed()]


# --- what is read -------------------------------------------------------------------------------------------------


def test_everybody_is_added_as_one_by_one(take, add_person, session):
    assert take(HEAD, NINA, OTTO).added == 2
    add_person("twin", display_name="Nina Öst", email="twin@example.com", phone="+49 30 901820", role="operator")
    nina, otto, twin = (accounts.get(username=name) for name in ("nina", "otto", "twin"))
    alike = ("display_name", "phone", "tz", "locale", "role", "active", "demo")
    assert [getattr(nina, name) for name in alike] == [getattr(twin, name) for name in alike]
    assert (nina.email, otto.email, otto.phone) == ("nina@example.com", None, None)
    assert [person.username for person in accounts.find(partial="öst")] == ["nina", "twin"]
    assert users.password_hash(session, "nina") is None, "they cannot sign in yet"


def test_each_is_noted_in_the_audit_as_if_added_alone(take, add_person, session):
    take(HEAD, NINA)
    add_person("twin", display_name="Nina Öst", email="nina@example.com", phone="+49 30 901820", role="operator")
    ours, twins = session.scalars(select(AuditEvent).order_by(AuditEvent.id))
    assert (ours.target, ours.who, ours.what) == ("user:nina", "olaf", "user added")
    assert (ours.before, ours.after, ours.what) == (twins.before, twins.after, twins.what)
    assert ours.at.tzinfo is not None


@pytest.mark.parametrize(
    "content",
    [
        f"{HEAD}\n{NINA}".encode(),
        f"{HEAD}\r\n{NINA}\r\n\r\n,,,,\r\n".encode("utf-8-sig"),
        f"\n{HEAD}\r{NINA}".encode(),
        b'"role", "USERNAME",email,Display_Name\noperator , nina,nina@example.com," Nina \xc3\x96st"',
    ],
    ids=["plain", "as spreadsheets write it", "an old Mac's", "other order, no phone, spaces, quotation marks"],
)
def test_it_is_read_however_it_was_written(content, take):
    assert take(content=content).added == 1
    nina = accounts.get(username="nina")
    assert (nina.display_name, nina.role.value) == ("Nina Öst", "operator")


def test_a_file_with_nobody_in_it_adds_nobody(take):
    assert take(HEAD).added == 0


# --- what is wrong ------------------------------------------------------------------------------------------------


def test_every_fault_is_named_by_line_and_column(refused, add_person):
    add_person("olaf")
    found = refused(
        HEAD,
        NINA,
        "",
        "Otto,,nope,12,boss",
        "olaf,Olaf,,,editor",
        'petra,"Petra, of',
        'the tower",,,editor',
        "nina,Nina,,,editor",
        "rosa,Rosa",
    )
    assert list(found) == [
        "line 4, username", "line 4, display_name", "line 4, email", "line 4, phone", "line 4, role",
        "line 5, username", "line 6, display_name", "line 8, username", "line 9",
    ]  # fmt: skip
    assert found["line 5, username"] == "“olaf” is taken."
    assert found["line 8, username"] == "“nina” stands in line 2 already."
    assert found["line 9"].startswith("It has 2 cells, the first line has 5.")


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("", "The first line names the columns: username,display_name,email,phone,role. Missing: username,"),
        (NINA, "Missing: username"),
        ("username,display_name,phone,role", "Missing: email."),
        (f"{HEAD},tz", "take out “tz”"),
        (f"{HEAD},", "take out “”"),
        (f"{HEAD},email", "each once"),
        (HEAD.replace(",", ";"), "Separate the columns by commas."),
        (HEAD.replace(",", "\t"), "Separate the columns by commas."),
    ],
)
def test_the_first_line_names_the_columns(head, said, refused):
    found = refused(head, NINA)
    assert list(found) == ["line 1"] or (head == "" and list(found) == ["line 2"])
    assert said in found.popitem()[1]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 1),
        (f"{HEAD}\n{NINA}\n".encode() + "otto,Ötto,,,editor".encode("latin-1"), 3),
        (f"{HEAD}\n{NINA}".encode("utf-16"), 1),
        (f'{HEAD}\n{NINA}\notto,"Otto,,,editor\n'.encode(), 3),
        (f'{HEAD}\notto,"Otto"x,,,editor\n'.encode(), 2),
        (f"{HEAD}\notto,{'x' * 200_000},,,editor\n".encode(), 2),
    ],
    ids=["empty", "Latin-1", "UTF-16", "open quotation mark", "after a quotation mark", "endless"],
)
def test_what_is_no_such_file_is_refused(content, line, refused):
    assert list(refused(content=content)) == [f"line {line}"]


@pytest.mark.parametrize("cell", ["x\0y", "x\ud7ff\x1b", "x" * 1000])
def test_no_cell_is_too_strange_to_be_refused(cell, refused):
    assert list(refused(HEAD, f"{cell},Nina,,,editor")) == ["line 2, username"]


def test_the_same_unusable_name_twice_is_named_twice(refused):
    found = refused(HEAD, "Nina,Nina,,,editor", "Nina,Nina,,,editor", ",Rosa,,,editor", ",Rosa,,,editor")
    assert list(found) == [f"line {number}, username" for number in (2, 3, 4, 5)]


def test_whoever_was_quicker_is_told_of(monkeypatch, refused, add_person):
    add_person("nina")
    monkeypatch.setattr(accounts, "taken", lambda **_: set())
    assert "try again" in refused(HEAD, OTTO, NINA)["username"]


# --- how long it takes --------------------------------------------------------------------------------------------


def test_ten_thousand_are_asked_about_together(take, refused, session, statements):
    rows = [f"p{n:05},Person Number {n},p{n}@example.com,+49301{n:05},editor" for n in range(10_000)]
    with statements() as asked:
        assert take(HEAD, *rows).added == 10_000
    assert len(asked) < 20
    assert session.scalar(select(func.count()).select_from(db.metadata.tables["user_account"])) == 10_000
    assert [person.username for person in accounts.find(partial="p09999")] == ["p09999"]
    assert len(refused(HEAD, *rows)) == 10_000
