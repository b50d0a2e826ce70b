"""Posting by command, and looking into an inbox."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from webapp.extensions import db
from webapp.models.delivery import Delivery
from webapp.models.message import Message, UserNotification
from webapp.services.people import accounts


@pytest.fixture
def run(app, world):
    world.person("olaf", role="operator")
    runner = app.test_cli_runner()

    def command(*words):
        db.session.rollback()
        return runner.invoke(args=list(words))

    return command


@pytest.fixture
def post(run):
    usual = {
        "--channel": "team.news",
        "--sender": "edith",
        "--to": "emil",
        "--subject": "Lunch",
        "--body": "At *noon*.",
    }

    def command(*more, **instead):
        given = usual | {f"--{name}": word for name, word in instead.items()}
        return run("post", *(word for pair in given.items() if pair[1] is not None for word in pair), *more)

    return command


@pytest.fixture
def only(world):
    def row(model):
        db.session.rollback()
        return db.session.scalars(select(model)).one()

    return row


def test_the_answer_says_how_many(post, only):
    done = post("--json")
    answer = json.loads(done.stdout)
    assert answer == {"id": only(Message).id, "recipients": 1, "deliveries": 1}
    assert (done.exit_code, done.stderr) == (0, "")


def test_for_people_it_is_a_few_lines(post):
    assert "recipients: 1\n" in post().stdout


@pytest.mark.parametrize("to", [("--to", "olaf"), ("olaf",)])
def test_several_recipients_however_they_are_named(post, to):
    assert json.loads(post(*to, "--json").stdout)["recipients"] == 2


def test_recipients_between_commas(post):
    assert json.loads(post("--json", to="emil,olaf").stdout)["recipients"] == 2


def test_to_a_role_means_those_who_have_it_and_are_active(post, world, only):
    accounts.add(username="otto", display_name="Otto", role="operator", by="test", now=world.clock.now())
    accounts.deactivate(username="otto", by="test", now=world.clock.now())
    assert json.loads(post("--to-role", "operator", "--json", to=None).stdout)["recipients"] == 1
    copy = only(UserNotification)
    assert (copy.user_id, copy.why) == (accounts.get(username="olaf").id, "role:operator")


def test_to_a_role_under_a_key_posts_once_whoever_has_it_meanwhile(post, world):
    words = ("--to-role", "operator", "--key", "release-1", "--json")
    first = post(*words, to=None).stdout
    world.person("otto", role="operator")
    assert post(*words, to=None).stdout == first


def test_to_a_role_that_nobody_has(post):
    done = post("--to-role", "admin", to=None)
    assert (done.exit_code, "Nobody active has the role admin." in done.stderr) == (1, True)


def test_when_and_how_long(post, only):
    post("--ttl", "2h", "--type", "voicemail_new", "--link", "https://example.com/", at="2026-03-05T09:00+01:00")
    message = only(Message)
    assert message.visible_at == datetime(2026, 3, 5, 8, 0, tzinfo=UTC)
    assert message.expires_at == message.visible_at + timedelta(hours=2)
    assert (message.type, message.link) == ("voicemail_new", "https://example.com/")


@pytest.mark.parametrize(("delay", "seconds"), [("90", 90), ("1.5s", 1.5), ("10m", 600), ("2h", 7200), ("1d", 86400)])
def test_a_delay(post, only, delay, seconds):
    post(delay=delay)
    message = only(Message)
    assert (message.visible_at - message.created_at).total_seconds() == seconds


def test_one_key_posts_once(post, world):
    first = post("--json", key="k", delay="10m").stdout
    world.clock.advance(5)
    assert post("--json", key="k", delay="10m").stdout == first
    assert post(key="k", subject="Dinner").exit_code == 1


BAD = [
    ("channel", {"channel": "team.nothing"}),
    ("sender", {"sender": "nobody"}),
    ("recipients", {"to": "nobody"}),
    ("recipients", {"to": None}),
    ("subject", {"subject": "x" * 201}),
    ("subject", {"subject": "a\r\nb"}),
    ("subject", {"subject": "a\x00b"}),
    ("subject", {"subject": "a\u2028b"}),
    ("body", {"body": "x" * 65_537}),
    ("type", {"type": "No Word"}),
    ("at", {"at": "2026-03-05T09:00"}),
    ("--at", {"at": "tomorrow"}),
    ("--delay", {"delay": "soon"}),
    ("--delay", {"delay": "9" * 30 + "d"}),
    ("delay", {"delay": "1m", "at": "2026-03-05T09:00Z"}),
    ("--ttl", {"ttl": "-1"}),
    ("ttl", {"ttl": "0"}),
]


@pytest.mark.parametrize(("field", "wrong"), BAD, ids=lambda it: repr(it)[:40])
def test_what_is_refused_posts_nothing_and_names_its_field(post, world, field, wrong):
    done = post("--json", **wrong)
    assert done.exit_code != 0
    assert done.stdout == ""
    assert field in done.stderr
    assert [world.count(table) for table in (Message, UserNotification, Delivery)] == [0, 0, 0]


def test_an_inbox_is_whole(post, run, world):
    for number in range(30):
        world.clock.advance(1)
        post(subject=f"No. {number}")
    listed = json.loads(run("inbox", "emil", "--json").stdout)
    assert [it["subject"] for it in listed] == [f"No. {number}" for number in reversed(range(30))]
    assert listed[0] | {"id": "", "message": ""} == {
        "id": "",
        "message": "",
        "channel": "team.news",
        "type": "message",
        "category": None,
        "sender": "edith",
        "subject": "No. 29",
        "body": "At *noon*.",
        "formatted": "At *noon*.",
        "link": None,
        "attributes": {},
        "visible_at": "2026-03-02T09:00:30Z",
        "read_at": None,
    }


def test_only_what_is_unread(post, run, world):
    from webapp.services.inbox import readings

    post()
    [it] = json.loads(run("inbox", "emil", "--json").stdout)
    readings.mark_one(user_id=accounts.get(username="emil").id, id=it["id"], now=world.clock.now())
    assert json.loads(run("inbox", "emil", "--unread", "--json").stdout) == []
    assert run("inbox", "emil", "--unread").stdout == "Nothing.\n"


def test_nobodys_inbox(run):
    done = run("inbox", "nobody", "--json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "nobody" in done.stderr
