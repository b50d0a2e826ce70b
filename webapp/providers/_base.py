"""The Provider contract: what a plugin declares and does. A provider knows no web request and no database."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from webapp.domain.callback_check import Step
from webapp.domain.envelope import Accepted, Envelope, Failure, Format, Transcript
from webapp.domain.field import Field, Value
from webapp.domain.guide import Guide, Preset
from webapp.domain.later_word import LaterWord
from webapp.domain.reason import Reason
from webapp.domain.verification import Verdict

if TYPE_CHECKING:  # libcurl is read where something is asked
    from webapp.providers._transport import Answer, Request, Transport

Settings = Mapping[str, Value]
Network = IPv4Network | IPv6Network


# Fields that every kind has unless it declares its own: how fast it may be used. The engine keeps to that pace.
PACE = (
    Field("at_once", "Sends at once", "number", "",
          "At most so many at the same time. Empty: as many as BELFRY_CONCURRENCY says.", least=1, most=256),
    Field("per_minute", "Sends a minute", "number", "", "At most so many, by all processes. Empty: no limit.",
          least=1, most=1_000_000),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a provider is told about the installation it runs in."""

    folder: Path  # where the installation keeps its files (a provider uses a folder of its own below it)
    allowed_networks: tuple[Network, ...] = ()  # loopback and private networks that may be dialled
    public_url: str = ""


class Provider(ABC):
    """One configured account. Made once per configuration and shared by all the threads that send through it."""

    kind: ClassVar[str]
    label: ClassVar[str]
    summary: ClassVar[str]  # one sentence for whoever chooses between the kinds
    media: ClassVar[tuple[str, ...]]
    fields: ClassVar[tuple[Field, ...]]
    guide: ClassVar[Guide | None] = None  # what an administrator should know beside the fields
    presets: ClassVar[tuple[Preset, ...]] = ()
    pace: ClassVar[tuple[Field, ...]] = PACE
    culprits: ClassVar[Mapping[Reason, str]] = {}  # by a failure's reason: the field that most likely has to change
    format: ClassVar[Format] = Format()

    def __init__(self, name: str, settings: Settings, surroundings: Surroundings) -> None:
        self.name, self.settings, self.surroundings = name, settings, surroundings

    @classmethod
    def all_fields(cls) -> tuple[Field, ...]:
        """The kind's own fields, and those that say how fast it may be used."""
        return (*cls.fields, *cls.pace)

    @classmethod
    def tidied(cls, raw: Mapping[str, str]) -> dict[str, str]:
        """The typed values corrected to what was meant, such as a port typed behind the host's name."""
        return dict(raw)

    @classmethod
    def problems(cls, settings: Settings) -> dict[str, str]:
        """Errors between fields, by field, once each field has been parsed by itself. Empty where all is well."""
        return {}

    @classmethod
    def notes(cls, settings: Settings) -> dict[str, str]:
        """How a value was understood, by field, as a sentence to be shown beside it where one is useful."""
        return {}

    @classmethod
    def message_id(cls, envelope_id: str, settings: Settings) -> str | None:
        """The Message-ID of an envelope, for kinds that write mails; None for the others. The engine asks once, before
        the first try. Every later try has the same id, even if the settings or the provider change."""
        return None

    @property
    @abstractmethod
    def timeout(self) -> float:
        """The longest that one ``send`` may take, in seconds. Nothing is sent under a lease with less time left."""

    @abstractmethod
    def send(self, envelope: Envelope, transcript: Transcript) -> Accepted:
        """Hand ``envelope`` over. Returns Accepted, or raises Temporary-, Permanent- or ConfigurationFailure.

        Nothing else may escape: an unknown exception is taken for a temporary failure, with its traceback in the log.
        """

    def close(self) -> None:
        """Close what the calling thread keeps open, such as a connection. Called when its sender ends."""


class ByHttp(Provider):
    """A provider that sends by one request over Belfry's transport. Making the request and judging the answer are
    separate methods, so that one thread can wait for the answers of many requests."""

    transport: "Transport"

    @abstractmethod
    def request(self, envelope: Envelope, transcript: Transcript) -> "Request":
        """The request that hands ``envelope`` over. Raises the failures of ``send`` where nothing is to be sent."""

    @abstractmethod
    def judged(self, answer: "Answer", transcript: Transcript) -> Accepted:
        """Accepted where the answer is a success; otherwise raises the failure that the answer means."""

    def unanswered(self, failure: Failure) -> Failure:
        """The failure to raise where no answer came: the transport's own, unless the kind overrides this."""
        return failure

    def send(self, envelope: Envelope, transcript: Transcript) -> Accepted:
        """Send the request and wait for the answer. Raises the failures of ``request``, ``unanswered`` and
        ``judged``."""
        request = self.request(envelope, transcript)
        try:
            answer = self.transport.ask(request, transcript)
        except Failure as failure:
            raise self.unanswered(failure) from failure
        return self.judged(answer, transcript)

    def close(self) -> None:
        """Close the calling thread's connections."""
        self.transport.close()


class Verifier(Provider):
    """A provider that can also verify who holds a phone: it makes a code, sends it, and checks what was typed."""

    @property
    @abstractmethod
    def verifies(self) -> bool:
        """Whether the provider is set up for verification."""

    @abstractmethod
    def start_verification(self, phone: str, locale: str, transcript: Transcript) -> str:
        """Have a code sent to ``phone``, in the language of ``locale``. Returns the far side's id of the verification,
        or raises the failures of ``send``."""

    @abstractmethod
    def check_verification(self, far_id: str, code: str, transcript: Transcript) -> Verdict:
        """The far side's verdict on the code that somebody typed. Raises the failures of ``send``.

        ``far_id`` is what ``start_verification`` returned, or the phone where its outcome is unknown.
        """


class Listener(Provider):
    """A provider whose far side later reports what became of an envelope, at the envelope's ``callback`` address."""

    @abstractmethod
    def later_word(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> LaterWord:
        """What a request to ``url`` reports; ``url`` is the address as the far side knows it. Raises Forged."""


class Checkable(Provider):
    """A provider that can check that its far side accepts Belfry's requests and refuses everybody else's."""

    @abstractmethod
    def check(self, stranger: Envelope, own: Envelope, transcript: Transcript) -> tuple[Step, ...]:
        """Ask once with ``stranger`` and once with ``own``. Never raises the failures of ``send``: a failure becomes a
        step that is not ok. Takes LONGEST_S at most."""
