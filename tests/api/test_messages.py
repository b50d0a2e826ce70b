"""Messages by the API: posted, followed, cancelled; and never another's."""

import pytest

from tests.support.subscribers import subscriber
from webapp.models.message import Message, PostingKey

WORDS = {"channel": "team.news", "recipients": ["emil"], "subject": "Lunch", "body": "At *noon*."}


@pytest.fixture
def ada(world, program_of):
    return program_of("ada")


def test_a_post_says_where_it_can_be_followed(world, ada):
    answer = ada.post("/messages", WORDS | {"type": "lunch", "attributes": {"place": "roof"}, "link": "https://a.b/c"})
    id = answer.json["id"]
    assert (answer.status_code, answer.json) == (201, {"id": id, "recipients": 1, "deliveries": 1})
    assert answer.headers["Location"] == f"/api/v1/messages/{id}"
    assert "Idempotent-Replayed" not in answer.headers
    told = ada.get(f"/messages/{id}").json
    kept = {name: told[name] for name in ("channel", "subject", "body", "type", "attributes", "link", "recipients")}
    expected = {"channel": "team.news", "subject": "Lunch", "body": "At *noon*.", "recipients": 1}
    assert kept == expected | {"type": "lunch", "attributes": {"place": "roof"}, "link": "https://a.b/c"}
    assert {state: n for state, n in told["states"].items() if n} == {"queued": 1}
    assert told["final"] is False


@pytest.mark.parametrize(
    ("when", "seconds"),
    [
        ({}, 0),
        ({"at": "2026-03-02T11:00:00+01:00"}, 3600),
        ({"at": "2020-01-01T00:00:00Z"}, 0),
        ({"delay_s": 90.5}, 90.5),
        ({"delay_s": 0}, 0),
    ],
)
def test_it_may_be_for_later(world, ada, when, seconds):
    id = ada.post("/messages", WORDS | when | {"ttl_s": 60}).json["id"]
    message = world.session.get(Message, id)
    assert (message.visible_at - world.clock.now()).total_seconds() == seconds
    assert (message.expires_at - message.visible_at).total_seconds() == 60


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"channel": "no.such"}, "channel"),
        ({"recipients": ["nobody"]}, "recipients"),
        ({"recipients": []}, "recipients"),
        ({"recipients": [7, "x" * 51]}, "recipients.0 recipients.1"),
        ({"roles": ["king"]}, "roles.0"),
        ({"roles": ["admin"], "recipients": []}, "roles"),
        ({"subject": "", "body": ""}, "body subject"),
        ({"subject": "x" * 201}, "subject"),
        ({"subject": "two\nlines", "link": "ftp://a", "body": "a\0b"}, "body link subject"),
        ({"body": "ä" * 40_000}, "body"),
        ({"type": "Not a word"}, "type"),
        ({"attributes": {"a-b": "1"}}, "attributes.a-b.key"),
        ({"attributes": {"a": 1}}, "attributes.a.value"),
        ({"attributes": {f"a{n}": "" for n in range(51)}}, "attributes"),
        ({"attributes": {"a": "x\ny"}}, "attributes"),
        ({"at": "2026-03-02T11:00:00"}, "at"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "at"),
        ({"at": "2026-03-02T11:00:00Z", "delay_s": 1}, "delay_s"),
        ({"delay_s": "1"}, "delay_s"),
        ({"delay_s": -1, "ttl_s": 0}, "delay_s ttl_s"),
        ({"ttl_s": 1e12}, "ttl_s"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_said_by_its_field_and_nothing_is_written(world, ada, wrong, fields):
    answer = ada.post("/messages", WORDS | wrong)
    assert (answer.status_code, answer.json["code"]) == (422, "refused")
    for one in answer.json["errors"]:
        assert one["message"] in answer.json["detail"]
    assert sorted(one["field"] for one in answer.json["errors"]) == fields.split()
    assert world.count(Message) == 0


@pytest.mark.parametrize("again", ["k-1", '"k-1"'])
def test_the_same_request_gets_the_same_answer(world, ada, again):
    first = ada.post("/messages", WORDS, Idempotency_Key="k-1")
    second = ada.post("/messages", WORDS, Idempotency_Key=again)
    assert (second.status_code, second.json) == (first.status_code, first.json)
    assert second.headers["Location"] == first.headers["Location"]
    assert (first.headers.get("Idempotent-Replayed"), second.headers["Idempotent-Replayed"]) == (None, "true")
    assert world.count(Message) == 1


def test_another_request_under_the_key_is_refused(world, ada, program_of):
    ada.post("/messages", WORDS, Idempotency_Key="k")
    answer = ada.post("/messages", WORDS | {"subject": "Dinner"}, Idempotency_Key="k")
    assert (answer.status_code, answer.json["code"]) == (422, "key_reused")
    assert [one["field"] for one in answer.json["errors"]] == ["Idempotency-Key"]
    assert program_of("otto").post("/messages", WORDS, Idempotency_Key="k").status_code == 201
    assert world.count(Message) == 2


@pytest.mark.parametrize("key", ["", "k" * 201, '"half', '"a"b"', "a\u00e4", '""'], ids=ascii)
def test_what_is_no_key_is_refused(world, ada, key):
    answer = ada.post("/messages", WORDS, Idempotency_Key=key)
    assert (answer.status_code, [one["field"] for one in answer.json["errors"]]) == (422, ["Idempotency-Key"])
    assert world.count(PostingKey) == 0


def test_a_list_has_ones_own_newest_first_in_pages(world, ada, program_of):
    posted = []
    for number in range(5):
        posted.append(ada.post("/messages", WORDS | {"subject": f"News {number}"}).json["id"])
        world.clock.advance(1)
    program_of("otto").post("/messages", WORDS)
    first = ada.get("/messages?limit=3").json
    rest = ada.get(f"/messages?limit=3&after={first['next']}").json
    assert [one["id"] for one in first["items"] + rest["items"]] == posted[::-1]
    assert (len(first["items"]), rest["next"]) == (3, None)
    assert ada.get("/messages?after=nonsense").status_code == 422


def test_recipients_come_in_pages_each_with_what_became_of_it(world, ada):
    world.person("bob", email=None)
    id = ada.post("/messages", WORDS | {"recipients": ["emil", "bob", "edith"]}).json["id"]
    world.dispatch()
    first = ada.get(f"/messages/{id}/recipients?limit=2").json
    rest = ada.get(f"/messages/{id}/recipients?limit=2&after={first['next']}").json
    items = first["items"] + rest["items"]
    assert [(one["username"], one["ways"][0]["state"]) for one in items] == [
        ("bob", "filtered"), ("edith", "sent"), ("emil", "sent"),
    ]  # fmt: skip
    assert "Bob has no" in items[0]["ways"][0]["sentence"]
    sent = ada.get(f"/messages/{id}/recipients?state=filtered").json
    assert [one["username"] for one in sent["items"]] == ["bob"]
    assert ada.get(f"/messages/{id}/recipients?state=lost").status_code == 422


def test_subscribers_are_told_by_name_never_by_address(world, ada):
    subscriber(world, name="archive", url="https://archive.example.com/hook")
    id = ada.post("/messages", WORDS).json["id"]
    answer = ada.get(f"/messages/{id}")
    assert [(one["name"], one["state"]) for one in answer.json["subscribers"]] == [("archive", "queued")]
    assert "archive.example.com" not in answer.text


def test_states_count_people_and_subscribers(world, ada):
    subscriber(world)
    id = ada.post("/messages", WORDS).json["id"]
    [row] = ada.get("/messages").json["items"]
    assert [told["states"]["queued"] for told in (row, ada.get(f"/messages/{id}").json)] == [2, 2]


def test_times_are_told_in_utc_and_asked_strictly(world, ada):
    id = ada.post("/messages", WORDS | {"at": "2026-03-02T11:00:00+01:00"}).json["id"]
    told = ada.get(f"/messages/{id}").json
    assert told["visible_at"] == "2026-03-02T10:00:00Z"
    assert all(told[name].endswith("Z") for name in ("created_at", "expires_at"))
    assert ada.post("/messages", WORDS | {"at": "2026-W10-1T10:00:00Z"}).status_code == 422


def test_one_asks_little_of_the_database(world, ada, statements):
    subscriber(world)
    id = ada.post("/messages", WORDS).json["id"]
    with statements() as asked:
        assert len(ada.get(f"/messages/{id}").json["subscribers"]) == 1
    assert sum("FROM user_notification" in one for one in asked) == 1, "only counted"
    assert len(asked) <= 6


def test_what_has_not_left_is_cancelled(world, ada):
    now = ada.post("/messages", WORDS).json["id"]
    world.dispatch()
    later = ada.post("/messages", WORDS | {"delay_s": 60, "recipients": ["emil", "edith"]}).json["id"]
    assert ada.post(f"/messages/{now}/cancellation").json == {"cancelled": 0, "on_their_way": 1}
    assert ada.post(f"/messages/{later}/cancellation").json == {"cancelled": 2, "on_their_way": 0}
    assert ada.post(f"/messages/{later}/cancellation").json == {"cancelled": 0, "on_their_way": 0}
    world.clock.advance(61)
    assert world.dispatch() == {}
    assert ada.get(f"/messages/{later}").json["states"]["cancelled"] == 2


@pytest.mark.parametrize("whose", ["another's", "nobody's", "no id"])
def test_a_foreign_one_is_not_there(world, program_of, whose):
    theirs = program_of("edna").post("/messages", WORDS).json["id"]
    id = {"another's": theirs, "nobody's": "01KJPWD6M0BT4FQV2QMN2R27RJ", "no id": "x"}[whose]
    admin = program_of("ada", role="admin")
    answers = [admin.get(f"/messages/{id}"), admin.get(f"/messages/{id}/recipients")]
    for answer in [*answers, admin.post(f"/messages/{id}/cancellation")]:
        assert (answer.status_code, answer.json["code"]) == (404, "missing")
    assert world.states() == ["queued"]
