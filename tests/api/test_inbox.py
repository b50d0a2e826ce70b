"""The inbox, as programs see it."""

import pytest

from webapp.domain import signals
from webapp.formatters import formatters
from webapp.services.inbox import whole
from webapp.services.people import accounts

NOBODYS = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.fixture
def ada(program_of, world):
    return program_of("ada")


@pytest.fixture
def post(ada, world):
    """Something for Ada, a second after what came before; gives the id of her copy."""

    def one(subject="Lunch", *, to="ada", **message):
        world.clock.advance(1)
        world.post(to, subject=subject, **message)
        return whole.everything(user_id=accounts.get(username=to).id, now=world.clock.now())[0].id

    return one


def subjects(answer):
    return [it["subject"] for it in answer.json["items"]]


def test_a_notification_says_from_whom_on_what_and_about_what(ada, post, world):
    id = post(link="https://example.com/", attributes={"room": "7"}, type="meal")
    [it] = ada.get("/inbox").json["items"]
    at = world.clock.now().isoformat().replace("+00:00", "Z")
    assert it == {
        "id": id, "message": world.row.message_id, "channel": "team.news", "type": "meal", "category": None,
        "sender": "edith", "subject": "Lunch", "text": "At *noon*.", "link": "https://example.com/",
        "attributes": {"room": "7"}, "visible_at": at, "read_at": None,
    }  # fmt: skip


def test_it_comes_in_pages_newest_first(ada, post):
    for number in range(5):
        post(f"No. {number}")
    first = ada.get("/inbox?limit=2")
    second = ada.get(f"/inbox?limit=2&after={first.json['next']}")
    last = ada.get(f"/inbox?limit=2&after={second.json['next']}")
    assert [subjects(it) for it in (first, second, last)] == [["No. 4", "No. 3"], ["No. 2", "No. 1"], ["No. 0"]]
    assert last.json["next"] is None


def test_a_cursor_that_never_was(ada):
    answer = ada.get("/inbox?after=nonsense")
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "after")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["Rota", "Read", "News"]),
        ("read=true", ["Read"]),
        ("read=false", ["Rota", "News"]),
        ("channel=team.rota", ["Rota"]),
        ("channel=no.such", []),
        ("read=true&channel=team.rota", []),
        ("category=x", []),
    ],
)
def test_filters(ada, post, world, asked, found):
    world.channel("team.rota")
    post("News")
    read = post("Read")
    post("Rota", channel="team.rota")
    ada.post(f"/inbox/{read}/reading")
    assert subjects(ada.get(f"/inbox?{asked}")) == found


@pytest.mark.parametrize("bad", ["read=perhaps", "form=pretty", "channel=", "channel=a%01b", "limit=101", "colour=red"])
def test_a_bad_filter_is_refused_by_its_name(ada, bad):
    answer = ada.get(f"/inbox?{bad}")
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, bad.partition("=")[0])


def test_the_text_as_the_inbox_shows_it_or_as_it_was_posted(ada, post, world, monkeypatch):
    class Shaping:
        label, channels, groups = "Shaping", (), False
        user_format = staticmethod(lambda item, _context: f"{item.subject}!")

    monkeypatch.setitem(formatters()._plugins, "shaping", Shaping())
    world.channel("build.status", formatter="shaping")
    id = post(channel="build.status")
    for path, form, text in [("", "formatted", "Lunch!"), ("", "raw", "At *noon*.")]:
        assert ada.get(f"/inbox{path}?form={form}").json["items"][0]["text"] == text
        assert ada.get(f"/inbox/{id}?form={form}").json["text"] == text


def test_one_with_why_it_came_and_how_it_went(ada, post, world):
    id = post()
    world.dispatch()
    it = ada.get(f"/inbox/{id}").json
    assert it["read_at"] is None
    assert it["why"] == "It was sent to you by name."
    assert [(way["medium"], way["state"]) for way in it["ways"]] == [("email", "sent")]
    assert it["ways"][0]["sentence"].startswith("This was handed over for you by e-mail at ")


def test_counts(ada, post):
    ada.post(f"/inbox/{post()}/reading")
    post()
    assert ada.get("/inbox/count").json == {"total": {"n": 2, "more": False}, "unread": {"n": 1, "more": False}}
    assert ada.get("/inbox/count?channel=no.such").json["total"]["n"] == 0


def test_the_first_reading_is_kept_and_can_be_taken_back(ada, post, world):
    id = post()
    first = ada.post(f"/inbox/{id}/reading").json["read_at"]
    world.clock.advance(60)
    assert ada.post(f"/inbox/{id}/reading").json["read_at"] == first
    assert first is not None
    assert ada.ask("DELETE", f"/inbox/{id}/reading").json["read_at"] is None


def test_several_are_marked_at_once(ada, post):
    ids = [post() for _ in range(3)]
    assert ada.post("/inbox/readings", {"ids": ids[:2]}).json == {"changed": 2}
    assert ada.post("/inbox/readings", {"ids": ids}).json == {"changed": 1}
    assert ada.post("/inbox/readings", {"ids": ids[:1], "unread": True}).json == {"changed": 1}
    assert ada.get("/inbox/count").json["unread"]["n"] == 1


def test_all_that_a_filter_shows_are_marked_but_not_what_came_since(ada, post, world):
    world.channel("team.rota")
    post(channel="team.rota")
    post()
    seen = world.clock.now().isoformat()
    post()
    assert ada.post("/inbox/readings", {"showing": {"channel": "team.rota"}}).json == {"changed": 1}
    assert ada.post("/inbox/readings", {"showing": {}, "until": seen}).json == {"changed": 1}
    assert ada.post("/inbox/readings", {"showing": {}}).json == {"changed": 1}


@pytest.mark.parametrize(
    "body", [{}, {"ids": []}, {"ids": ["x"]}, {"ids": [NOBODYS], "showing": {}}, {"showing": {"colour": "red"}}, []]
)
def test_what_is_to_be_marked_has_to_be_said(ada, body):
    answer = ada.post("/inbox/readings", body)
    assert (answer.status_code, answer.json["code"]) == (422, "refused")


def test_anothers_is_not_there(ada, post):
    own, emils = post(), post(to="emil")
    for method, path in [("GET", ""), ("POST", "/reading"), ("DELETE", "/reading")]:
        for id in (emils, NOBODYS, "nonsense"):
            assert ada.ask(method, f"/inbox/{id}{path}").status_code == 404
    assert ada.post("/inbox/readings", {"ids": [own, emils]}).status_code == 404
    assert ada.get("/inbox/count").json["unread"]["n"] == 1


def test_a_reading_is_told_as_on_the_screens(ada, post):
    id, heard = post(), []
    with signals.read.connected_to(lambda _sender, id: heard.append(id)):
        ada.post(f"/inbox/{id}/reading")
    with signals.missing.connected_to(lambda _sender, id: heard.append(id)):
        ada.get(f"/inbox/{NOBODYS}")
    assert heard == [id, NOBODYS]


def test_no_answer_costs_much(ada, post, statements):
    ids = [post() for _ in range(3)]
    for method, path in [("GET", ""), ("GET", "/count"), ("GET", f"/{ids[0]}"), ("POST", f"/{ids[0]}/reading")]:
        with statements() as asked:
            ada.ask(method, f"/inbox{path}")
        assert len(asked) <= 8, (method, path)
