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


# What is asked for every kind that does not ask otherwise: how fast it may be used, which is the engine's to keep to.
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
    culprits: ClassVar[Mapping[Reason, str]] = {}  # by what a try failed for: the field that most likely has to change
    format: ClassVar[Format] = Format()

    def __init__(self, name: str, settings: Settings, surroundings: Surroundings) -> None:
        self.name, self.settings, self.surroundings = name, settings, surroundings

    @classmethod
    def all_fields(cls) -> tuple[Field, ...]:
        """Its own, and those that say how fast it may be used."""
        return (*cls.fields, *cls.pace)

    @classmethod
    def tidied(cls, raw: Mapping[str, str]) -> dict[str, str]:
        """What was meant where something else was typed, such as a port behind the host's name."""
        return dict(raw)

    @classmethod
    def problems(cls, settings: Settings) -> dict[str, str]:
        """What does not fit together, by field, after each field has been parsed by itself. Empty where all is well."""
        return {}

    @classmethod
    def notes(cls, settings: Settings) -> dict[str, str]:
        """What a value was understood as, by field, as a sentence to be shown beside it, where that is worth one."""
        return {}

    @classmethod
    def message_id(cls, envelope_id: str, settings: Settings) -> str | None:
        """The Message-ID under which an envelope goes out, where this kind writes mails. It is asked for once, before
        the first try: every later one has the same, whatever the settings or the provider are by then."""
        return None

    @property
    @abstractmethod
    def timeout(self) -> float:
        """Seconds that one ``send`` may take at most. A lease with less left than this is not sent under."""

    @abstractmethod
    def send(self, envelope: Envelope, transcript: Transcript) -> Accepted:
        """Hand ``envelope`` over. Returns Accepted, or raises Temporary-, Permanent- or ConfigurationFailure.

        Nothing else may escape: an unknown exception is taken for a temporary failure, with its traceback in the log.
        """

    def close(self) -> None:
        """Let go of what the calling thread keeps open, such as a connection. Called when its sender ends."""


class ByHttp(Provider):
    """A provider that sends by one request over Belfry's transport: what goes out and what an answer means are apart,
    so that one thread can wait for the answers of many."""

    transport: "Transport"

    @abstractmethod
    def request(self, envelope: Envelope, transcript: Transcript) -> "Request":
        """What hands ``envelope`` over. Raises the failures of ``send`` where nothing is to leave."""

    @abstractmethod
    def judged(self, answer: "Answer", transcript: Transcript) -> Accepted:
        """Accepted where the answer says yes; else raises the failure that it means."""

    def unanswered(self, failure: Failure) -> Failure:
        """What it means that there was no answer: what the transport says, where a kind has no words of its own."""
        return failure

    def send(self, envelope: Envelope, transcript: Transcript) -> Accepted:
        """Ask, and wait for the answer. Raises the failures of ``request``, ``unanswered`` and ``judged``."""
        request = self.request(envelope, transcript)
        try:
            answer = self.transport.ask(request, transcript)
        except Failure as failure:
            raise self.unanswered(failure) from failure
        return self.judged(answer, transcript)

    def close(self) -> None:
        """Hang up the calling thread's connections."""
        self.transport.close()


class Verifier(Provider):
    """A provider that can also find out who holds a phone: it makes a code, sends it, and checks what was typed."""

    @property
    @abstractmethod
    def verifies(self) -> bool:
        """Whether it is set up for that."""

    @abstractmethod
    def start_verification(self, phone: str, locale: str, transcript: Transcript) -> str:
        """Have a code sent to ``phone``, in the language of ``locale``. Returns the far side's id of it, or raises the
        failures of ``send``."""

    @abstractmethod
    def check_verification(self, far_id: str, code: str, transcript: Transcript) -> Verdict:
        """What the far side says of the code that somebody typed. Raises the failures of ``send``.

        ``far_id`` is what ``start_verification`` has returned; or, where that ended in doubt, the phone.
        """


class Listener(Provider):
    """A provider whose far side tells later what became of an envelope, at the envelope's ``callback``."""

    @abstractmethod
    def later_word(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> LaterWord:
        """What a request to ``url`` says, which is the address as the far side knows it. Raises Forged."""


class Checkable(Provider):
    """A provider that can find out whether its far side lets in Belfry, and nobody else."""

    @abstractmethod
    def check(self, stranger: Envelope, own: Envelope, transcript: Transcript) -> tuple[Step, ...]:
        """Ask with each of the two, as a stranger would and as Belfry does. Raises nothing that ``send`` raises: what
        goes wrong is a step that is not ok. Takes LONGEST_S at most."""
