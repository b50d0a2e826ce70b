"""SMS for tests: one provider that records what it sends, and one that makes its own codes."""

import re
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.support.clock import FakeClock
from tests.support.people import PASSWORD
from webapp.database import writing
from webapp.delivery import accounts
from webapp.domain.envelope import Accepted, Envelope, Transcript
from webapp.domain.field import Field
from webapp.domain.verification import Verdict
from webapp.models.provider import Provider as ProviderRow
from webapp.models.provider import ProviderHealth
from webapp.models.user import User
from webapp.providers import Provider, Verifier, kinds
from webapp.runtime import runtime

PHONE = "+4930901820"


class Network:
    """What reached which phone. ``fails``: the result of the next call; ``says``: the verdict of a check."""

    def __init__(self) -> None:
        self.texts: list[Envelope] = []
        self.started: list[tuple[str, str]] = []
        self.checked: list[tuple[str, str]] = []
        self.code = "424242"
        self.fails: Exception | None = None
        self.says: Any = None
        self.meanwhile: Callable[[], None] = lambda: None

    @property
    def newest(self) -> str:
        """The code in the newest text."""
        found = re.match(r"\d{6}\b", self.texts[-1].text)
        assert found
        return found[0]


class _Texts(Provider):
    kind, label, summary, media = "texts", "Texts", "A test's.", ("sms",)
    fields: ClassVar[tuple[Field, ...]] = ()
    network: ClassVar[Network]

    @property
    def timeout(self) -> float:
        return 5.0

    def send(self, envelope: Envelope, transcript: Transcript) -> Accepted:
        with transcript.phase("sent") as words:
            words.append(f"the far side repeats: {envelope.text}")
            self.network.texts.append(envelope)
            self.ask()
        return Accepted(f"201 {envelope.text}")

    def ask(self) -> None:
        self.network.meanwhile()
        if self.network.fails:
            raise self.network.fails


class _Verifies(_Texts, Verifier):
    kind = "verifies"

    @property
    def verifies(self) -> bool:
        return True

    def start_verification(self, phone: str, locale: str, transcript: Transcript) -> str:
        with transcript.phase("asked"):
            self.ask()
            self.network.started.append((phone, locale))
        return f"VE{len(self.network.started)}"

    def check_verification(self, far_id: str, code: str, transcript: Transcript) -> Verdict:
        with transcript.phase("checked") as words:
            words.append(f"the far side repeats: {code}")
            self.network.checked.append((far_id, code))
            self.ask()
        right = Verdict.RIGHT if code == self.network.code else Verdict.WRONG
        return self.network.says or right


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    """The network, and the kinds of providers ``texts`` and ``verifies`` on it."""
    made = Network()
    own = {kind.kind: type(kind.__name__, (kind,), {"network": made}) for kind in (_Texts, _Verifies)}
    there = {name: kinds().get(name) for name in kinds()}
    monkeypatch.setattr(accounts, "kinds", lambda: {**there, **own})
    return made


@pytest.fixture
def sms_by(session: Session, clock: FakeClock) -> Callable[..., int]:
    """``sms_by("texts")``: adds an active SMS provider; returns its id. ``health`` are columns of its health."""

    def add(kind: str = "texts", *, role: str = "primary", health: dict[str, Any] | None = None, **columns: Any) -> int:
        usual = {"name": f"{kind}-{role}", "settings": {}, "secrets": "", "changed_at": clock.now()}
        with writing(session) as opened:
            row = ProviderRow(
                kind=kind, medium="sms", role=role, health=ProviderHealth(**{"streak": 0} | (health or {})),
                **usual | columns,
            )  # fmt: skip
            opened.add(row)
            opened.flush()
            return row.id

    return add


@pytest.fixture
def change(session: Session) -> Callable[..., None]:
    """``change(User, active=False)``: a change directly in the database."""

    def execute(model: Any, **columns: Any) -> None:
        with writing(session) as opened:
            opened.execute(update(model).values(columns))

    return execute


@pytest.fixture
def verified(add_person: Callable[..., Any], session: Session, clock: FakeClock) -> Callable[..., Any]:
    """``verified("edith")``: a person with a verified phone."""

    def add(username: str = "edith", **details: Any) -> Any:
        person = add_person(username, **{"phone": PHONE, "password": PASSWORD} | details)
        with writing(session) as opened:
            opened.execute(update(User).where(User.id == person.id).values(phone_verified_at=clock.now()))
        return person

    return add


@pytest.fixture
def bench(session: Session) -> Any:
    """The Bench that services need to call a far side."""
    return runtime()
