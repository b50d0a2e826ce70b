"""Envelopes share their bodies, and remember what may have arrived."""

import hashlib
import json

import pytest
from sqlalchemy import select

from webapp.database import writing
from webapp.models.envelope import Body, Envelope, add_attempts, add_envelopes, digest, doubtful


@pytest.fixture
def add(world):
    def envelopes(**bodies):
        rows = [
            {
                "id": id_, "user_id": 1, "channel_id": 1, "medium": "email", "address": "a@b", "variables": {},
                "replaces": None, "created_at": world.clock.now(), "body_hash": text,
            }
            for id_, text in bodies.items()
        ]  # fmt: skip
        texts = {text: {"subject": text, "text": text, "html": None} for text in bodies.values()}
        with writing(world.session) as session:
            add_envelopes(session, rows, texts)

    return envelopes


def test_a_body_is_shared_with_those_before_and_beside(world, add):
    add(E1="one", E2="two", E3="one")
    add(E4="two", E5="three")
    found = select(Envelope.id, Body.text).join(Body, Envelope.body_id == Body.id)
    assert {row.id: row.text for row in world.session.execute(found)} == {
        "E1": "one", "E2": "two", "E3": "one", "E4": "two", "E5": "three",
    }  # fmt: skip
    assert world.count(Body) == 3


SEALED = {
    "id": "E1", "user_id": 1, "channel_id": 2, "medium": "email", "address": "a@b", "variables": {}, "replaces": None,
}  # fmt: skip


def test_a_digest_of_before_message_ids_were_kept_is_still_good():
    parts = ["E1", 1, 2, "email", "a@b", {}, None, "body"]
    was = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    assert digest(SEALED | {"message_id_header": None}, "body") == digest(SEALED, "body") == was


def test_a_digest_vouches_for_the_message_id():
    of = [digest(SEALED | {"message_id_header": id_}, "body") for id_ in (None, "<E1@a>", "<E1@b>")]
    assert len(set(of)) == 3


def test_what_was_committed_though_nobody_said_so_is_not_written_twice(world, add):
    add(E1="one")
    add(E1="one", E2="two")
    assert world.count(Envelope) == 2


def test_what_may_have_arrived_is_in_doubt(world, add):
    add(E1="one", E2="one")
    common = {
        "generation": 1, "started_at": world.clock.now(), "ms": 1, "phase": "", "outcome": "temporary",
        "counted": True, "reply": "", "trigger": "t", "process": "p",
    }  # fmt: skip
    with writing(world.session) as session:
        add_attempts(session, [])
        add_attempts(
            session,
            [
                common | {"envelope_id": "E1", "number": 1, "certainty": "not sent"},
                common | {"envelope_id": "E2", "number": 1, "certainty": "may have arrived"},
                common | {"envelope_id": "E2", "number": 2, "certainty": "not sent"},
            ],
        )
        assert doubtful(session, ["E1", "E2", "E3"]) == {("E2", 1)}
        assert doubtful(session, []) == set()
