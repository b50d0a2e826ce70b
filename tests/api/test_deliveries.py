"""Deliveries, as programs of operators see them."""

from datetime import timedelta

import pytest

from tests.support.subscribers import queued_for, subscriber
from webapp.domain.envelope import Certainty, PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason

NOBODYS = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
REFUSED = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 No such user")


@pytest.fixture
def otto(program_of, world):
    return program_of("otto", role="operator")


@pytest.fixture
def post(world):
    """Posted and tried once; gives its delivery's id."""

    def one(answer=None, *to, **message):
        world.clock.advance(1)
        if answer:
            world.mail.answer = answer
        world.post(*to, **message)
        if answer:
            world.dispatch()
        return world.rows()[-1].id

    return one


def ids(answer):
    return [it["id"] for it in answer.json["items"]]


def test_a_row_says_what_there_is_to_know(otto, post, world):
    id = post(REFUSED, subject="Late", type="rota")
    [it] = otto.get("/deliveries").json["items"]
    assert {name: it[name] for name in ("id", "channel", "type", "subject", "medium", "recipient", "subscriber")} == {
        "id": id, "channel": "team.news", "type": "rota", "subject": "Late", "medium": "email", "recipient": "emil",
        "subscriber": None,
    }  # fmt: skip
    assert (it["state"], it["reason"], it["failures"], it["provider"]) == (
        "undeliverable", "RECIPIENT_REFUSED", 1, "email-main",
    )  # fmt: skip
    assert it["ended_at"] == world.clock.now().isoformat().replace("+00:00", "Z")


def test_what_is_for_a_subscriber_names_it(otto, world):
    [id] = queued_for(world, subscriber(world))
    [it] = otto.get("/deliveries?subscriber=archive").json["items"]
    assert (it["id"], it["recipient"], it["subscriber"], it["medium"]) == (id, None, "archive", "webhook")
    assert otto.get(f"/deliveries/{id}").json["policy"] == "open-notificaties"


@pytest.mark.parametrize("states", ["", "&state=undeliverable"])
def test_they_come_in_pages_newest_first(otto, post, states):
    there = [post(REFUSED) for _ in range(5)]
    first = otto.get(f"/deliveries?limit=3{states}")
    rest = otto.get(f"/deliveries?limit=3&after={first.json['next']}{states}")
    assert ids(first) + ids(rest) == there[::-1]
    assert (len(ids(first)), rest.json["next"]) == (3, None)


def test_filters(otto, post, world):
    world.person("nina")
    world.channel("team.rota")
    failed, waits = post(REFUSED), post(None, "nina", channel="team.rota", type="rota")
    rows = {row.id: row for row in world.rows()}
    at = rows[waits].created_at.isoformat().replace("+00:00", "Z")
    for asked, found in {
        "state=undeliverable": [failed], "state=queued&state=held": [waits], "channel=team.rota": [waits],
        "medium=sms": [], "user=nina": [waits], "user=nin": [], "reason=RECIPIENT_REFUSED": [failed],
        "provider=email-main": [failed], "type=rota": [waits], f"message={rows[failed].message_id}": [failed],
        f"since={at}": [waits], f"before={at}": [failed], "subscriber=archive": [], "user=emil&channel=team.rota": [],
    }.items():  # fmt: skip
        assert ids(otto.get(f"/deliveries?{asked}")) == found, asked


@pytest.mark.parametrize(
    "bad",
    ["state=lost", "medium=pigeon", "message=7", "since=yesterday", "since=2026-03-02", "before=9999-01-01T00:00:00Z"],
)
def test_a_bad_filter_is_refused_by_its_name(otto, bad):
    answer = otto.get(f"/deliveries?{bad}")
    assert (answer.status_code, answer.json["errors"][0]["field"].partition(".")[0]) == (422, bad.partition("=")[0])


def test_the_story_of_one(otto, post, world):
    id = post(TemporaryFailure(Reason.SERVER_BUSY, "451 later"))
    it = otto.get(f"/deliveries/{id}").json
    assert it["sentence"].startswith("Emil has not got this by e-mail yet: ")
    assert (it["state"], it["acts"], it["final"]) == ("retrying", ["retry", "cancellation"], False)
    assert [(move["was"], move["became"]) for move in it["moves"]] == [
        (None, "queued"), ("queued", "sending"), ("sending", "retrying"),
    ]  # fmt: skip
    [attempt] = it["attempts"]
    assert (attempt["envelope"], attempt["reply"], attempt["reason"]) == (it["envelope"], "451 later", "SERVER_BUSY")
    assert (it["decided"]["action"], it["decided"]["facts"]["address"]) == ("send", "emil@example.com")
    assert {"name": "provider", "value": "email-main"} in it["decided"]["evidence"]
    assert [ahead["number"] for ahead in it["ahead"]] == [2, 3, 4]


def test_one_is_sent_again_once(otto, post, world):
    id = post(REFUSED)
    again = otto.post(f"/deliveries/{id}/sending-again", {"generation": 1})
    assert (again.status_code, again.json["state"], again.json["generation"]) == (200, "queued", 2)
    world.dispatch()
    late = otto.post(f"/deliveries/{id}/sending-again", {"generation": 1})
    assert (late.status_code, late.json["code"]) == (409, "conflict")
    assert world.row.generation == 2
    assert otto.post(f"/deliveries/{id}/sending-again", {}).status_code == 422


def test_one_is_retried_now_and_cancelled(otto, post, world):
    id = post(TemporaryFailure(Reason.SERVER_BUSY, "451 later"))
    due = otto.post(f"/deliveries/{id}/retry").json["due_at"]
    assert due == world.clock.now().isoformat().replace("+00:00", "Z")
    cancelled = otto.post(f"/deliveries/{id}/cancellation").json
    assert (cancelled["state"], cancelled["reason"], cancelled["moves"][-1]["by"]) == (
        "cancelled", "CANCELLED_BY_PERSON", "otto",
    )  # fmt: skip
    assert "cancelled already" in otto.post(f"/deliveries/{id}/cancellation").json["detail"]


def test_one_is_said_to_have_arrived(otto, post, world):
    world.channel("bank.codes", at_most_once=True)
    lost = TemporaryFailure(Reason.TIMEOUT_AFTER_DATA, "silence", certainty=Certainty.MAY_HAVE_ARRIVED)
    id = post(lost, channel="bank.codes")
    assert otto.get(f"/deliveries/{id}").json["acts"] == ["arrival", "sending-again"]
    assert otto.post(f"/deliveries/{id}/arrival").json["state"] == "delivered"
    assert otto.post(f"/deliveries/{id}/arrival").status_code == 409


def test_several_are_sent_again_by_their_ids(otto, post):
    failed, waits = post(REFUSED), post()
    told = otto.post("/deliveries/sendings-again", {"ids": [failed, waits, NOBODYS]}).json
    assert (told["done"], told["more"]) == ([failed], False)
    assert {it["id"]: it["why"] for it in told["skipped"]} == {
        waits: "It waits to be sent already.",
        NOBODYS: "There is no such delivery.",
    }


def test_all_that_failed_are_sent_again(otto, post, world, monkeypatch):
    monkeypatch.setattr("webapp.api.deliveries.MOST_AT_ONCE", 2)
    old = post(REFUSED)
    world.clock.advance(60)
    since = world.clock.now().isoformat()
    failed, cancelled = [post(REFUSED) for _ in range(3)], post()
    otto.post(f"/deliveries/{cancelled}/cancellation")
    world.clock.advance(1)
    body = {"filter": {"since": since, "channel": "team.news"}}
    first, second, third = [otto.post("/deliveries/sendings-again", body).json for _ in range(3)]
    assert (first["done"], first["more"]) == (failed[:2], True)
    assert (second["done"], second["more"]) == (failed[2:], False)
    assert third == {"done": [], "skipped": [], "more": False}
    states = {row.id: row.state for row in world.rows()}
    assert (states[old], states[cancelled]) == ("undeliverable", "cancelled")
    told = otto.post("/deliveries/sendings-again", {"filter": {"state": ["cancelled"]}}).json
    assert told["done"] == [cancelled]


@pytest.mark.parametrize("body", [{}, {"ids": [], "filter": {}}, {"ids": ["x"]}, {"filter": {"state": ["queued"]}}])
def test_what_is_to_be_sent_again_has_to_be_said(otto, body):
    assert otto.post("/deliveries/sendings-again", body).status_code == 422


def test_what_is_not_there(otto):
    acts = ["retry", "cancellation", "arrival", "sending-again"]
    for id in (NOBODYS, "nonsense"):
        assert otto.get(f"/deliveries/{id}").status_code == 404
        for act in acts:
            body = {"generation": 1} if act == "sending-again" else None
            assert otto.post(f"/deliveries/{id}/{act}", body).status_code == 404, act


def test_an_editor_has_no_business_here(program_of, post):
    edna, id = program_of("edna"), post(REFUSED, "edna")
    for method, path in [("GET", ""), ("GET", f"/{id}"), ("POST", f"/{id}/retry"), ("POST", "/sendings-again")]:
        assert edna.ask(method, f"/deliveries{path}").status_code == 403


def test_no_answer_costs_much(otto, post, world, statements):
    id = post(TemporaryFailure(Reason.SERVER_BUSY, "451 later"))
    world.clock.advance(timedelta(minutes=5).total_seconds())
    for path in ("", f"/{id}", "?user=emil&state=retrying"):
        with statements() as asked:
            otto.get(f"/deliveries{path}")
        assert len(asked) <= 8, path
