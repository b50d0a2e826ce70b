"""docs/providers/http.md: the receiver that it shows receives, and its example is what is posted."""

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Thread

import pytest
from werkzeug.serving import make_server

from tests.support import ROOT
from webapp.domain.envelope import Envelope, TemporaryFailure, Transcript
from webapp.domain.reason import Reason
from webapp.providers._signing import make_key, signatures
from webapp.providers.http._account import FIELDS
from webapp.providers.http._body import written

PAGE = (ROOT / "docs/providers/http.md").read_text()


def shown(language: str) -> str:
    """The first piece of that language on the page."""
    found = re.search(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """The one that the page shows, running: its address, and the key that it was given."""
    key, names = make_key(), dict[str, object](__name__="receiver")
    monkeypatch.setenv("SIGNING_KEY", key)
    exec(compile(shown("python"), "http.md", "exec"), names)
    server = make_server("127.0.0.1", 0, names["app"], threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/send", key
    server.shutdown()
    thread.join(30)
    server.server_close()


def now() -> Transcript:
    return Transcript(time.monotonic, datetime.now(UTC))


def test_the_receiver_takes_what_is_signed_once(receiver, make_http, envelope, capsys):
    address, key = receiver
    provider, mail = make_http(address, signing_key=make_key(), former=key), envelope(subject="Grüße 🎉")
    for _ in range(2):
        assert provider.send(mail, now()).reply.startswith("202 ")
    provider.close()
    assert capsys.readouterr().out == "emil@example.com Grüße 🎉\n"


def test_the_receiver_takes_nothing_else(receiver, make_http, envelope, capsys):
    provider = make_http(receiver[0])
    with pytest.raises(TemporaryFailure, match="not from Belfry") as caught:
        provider.send(envelope(), now())
    provider.close()
    assert caught.value.reason is Reason.HTTP_4XX
    assert capsys.readouterr().out == ""


def test_the_example_is_what_is_posted():
    example = json.loads(shown("json"))
    told = {name: value for name, value in example.items() if name not in ("to", "created_at")}
    made = Envelope(address=example["to"], created_at=datetime.fromisoformat(example["created_at"]), **told)
    assert json.loads(written(made)) == example
    key, at = re.findall(r"`(whsec_\S+)`", PAGE)[0], datetime.fromisoformat(example["created_at"])
    for name, value in signatures(made.id, at, written(made), (key,)).items():
        assert f"    {name}: {value}\n" in PAGE


def test_what_the_page_calls_by_name_is_on_the_form():
    labels = {field.label for field in FIELDS}
    named = set(re.findall(r"\*\*([A-Z][^*.]+)\*\*", PAGE))
    assert named
    assert named <= labels | {"The same `id` may come twice"}
