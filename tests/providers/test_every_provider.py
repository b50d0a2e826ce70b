"""What every provider kind keeps to, whoever wrote it: this suite runs over the registry."""

import re
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from inspect import isabstract

import pytest

from webapp.domain.envelope import (
    Accepted,
    Blame,
    Certainty,
    ConfigurationFailure,
    Format,
    PermanentFailure,
    TemporaryFailure,
    Transcript,
)
from webapp.domain.field import Field, Value, parse_fields
from webapp.domain.reason import Reason
from webapp.domain.refusal import Refused
from webapp.forms.providers import new_form
from webapp.providers import Provider, Surroundings, kinds

AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
SECRET = "Correct-Horse-9-Battery"
ADDRESSES = {"email": "emil@example.com", "sms": "+4915112345678", "webhook": "http://127.0.0.1:1/hook"}
EVERY = [kind for _, kind in kinds().items()]

pytestmark = pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.kind)


@pytest.fixture
def dead_port() -> Iterator[int]:
    """A port that is taken and at which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()[1]


def filled_in(kind: type[Provider], port: int = 1) -> dict[str, Value]:
    """Every field with something that fits it, so that the account leads to a dead port of this machine."""
    return parse_fields(kind.fields, {field.name: typed(field, port) for field in kind.fields})


def typed(field: Field, port: int) -> str:
    if field.name == "auth":
        return field.choices[-1][0]
    if field.make:
        return field.make()
    named = {
        "port": str(port),
        "url": f"http://127.0.0.1:{port}/",
        "endpoint": f"http://127.0.0.1:{port}",
        "sender": "belfry@example.com" if field.kind == "email" else "Belfry",
    }
    alike = {
        "email": "belfry@example.com",
        "secret": SECRET,
        "number": "1",
        "text": str(field.default) or "127.0.0.1",
    }
    return named.get(field.name) or alike.get(field.kind, str(field.default))


def test_it_says_what_it_is(kind):
    assert re.fullmatch(r"[a-z][a-z0-9_]*", kind.kind)
    assert kind.label
    assert re.fullmatch(r"[A-Z].*\.", kind.summary)
    assert kind.media
    assert set(kind.media) <= set(ADDRESSES)
    assert isinstance(kind.format, Format)
    assert not isabstract(kind)


def test_its_fields_can_be_filled_in(kind):
    names = [field.name for field in kind.fields]
    assert len(set(names)) == len(names)
    for field in kind.fields:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", field.name)
        assert field.label
        assert (field.kind == "choice") == bool(field.choices)
        assert field.only_if is None or field.only_if[0] in names
        assert not (field.secret and field.default), "a secret has no default"
        assert field.kind != "number" or (field.least is not None and field.most is not None)
        if field.default != "":
            assert field.parse(str(field.default)) == field.default


def test_a_form_can_be_drawn_of_it(kind, app):
    with app.test_request_context():
        form = new_form(kind.all_fields(), kind.media)()
        typed_in = {field.name for field in kind.all_fields() if not field.make}
        assert typed_in <= {control.name for control in form}


def test_its_problems_and_notes_are_about_its_fields(kind):
    names = {field.name for field in kind.fields}
    for settings in ({}, {field.name: field.default for field in kind.fields}, filled_in(kind)):
        problems, notes = kind.problems(settings), kind.notes(settings)
        assert set(problems) | set(notes) <= names
        assert all(re.search(r"[.:?]", sentence) for sentence in (*problems.values(), *notes.values()))


def test_what_is_left_out_is_named_at_the_door(kind):
    wanted = {field.name for field in kind.fields if field.required and field.default == "" and not field.only_if}
    if wanted:
        with pytest.raises(Refused) as caught:
            parse_fields(kind.fields, {})
        assert wanted <= set(caught.value.problems)


def test_its_timeout_leaves_room_in_a_lease(kind, surroundings):
    assert 0 < kind("Office", filled_in(kind), surroundings).timeout < 60


def test_a_dead_target_ends_as_a_failure_within_the_timeout_and_tells_no_secret(
    kind, surroundings, envelope, dead_port, caplog
):
    provider = kind("Office", filled_in(kind, dead_port) | {"timeout": 25}, surroundings)
    transcript = Transcript(time.monotonic, AT)
    begun = time.monotonic()
    for medium in kind.media:
        outcome = tried(provider, envelope(medium=medium, address=ADDRESSES[medium]), transcript)
        assert isinstance(outcome, Accepted) or outcome.certainty is Certainty.NOT_SENT
        words = [repr(outcome), str(outcome), *(phase.words for phase in transcript.phases), caplog.text]
        assert not any(SECRET in each for each in words)
    provider.close()
    provider.close()
    assert time.monotonic() - begun < provider.timeout * len(kind.media)
    assert transcript.phases
    assert transcript.reached == transcript.phases[-1].name
    assert SECRET not in repr(provider)


def test_a_target_that_is_not_allowed_is_refused_as_such(kind, tmp_path, envelope, transcript, dead_port):
    if not {"host", "url", "endpoint"} & {field.name for field in kind.fields}:
        return  # it dials nobody of an administrator's choosing
    provider = kind("Office", filled_in(kind, dead_port), Surroundings(tmp_path))
    outcome = tried(provider, envelope(medium=kind.media[0], address=ADDRESSES[kind.media[0]]), transcript)
    assert outcome.reason is Reason.BLOCKED_TARGET


def test_no_address_is_never_the_providers_fault(kind, surroundings, envelope, transcript, dead_port):
    provider = kind("Office", filled_in(kind, dead_port), surroundings)
    if "email" in kind.media:
        outcome = tried(provider, envelope(medium="email", address="not an address"), transcript)
        assert (outcome.reason, outcome.blame) == (Reason.RECIPIENT_REFUSED, Blame.RECIPIENT)


def tried(provider, envelope, transcript):
    """Accepted, or the failure: nothing else may come out of a provider."""
    try:
        return provider.send(envelope, transcript)
    except (TemporaryFailure, PermanentFailure, ConfigurationFailure) as failure:
        return failure
