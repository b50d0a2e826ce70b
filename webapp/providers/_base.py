"""The Provider contract: what a plugin declares and does. A provider knows no web request and no database."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import ClassVar

from webapp.domain.envelope import Accepted, Envelope, Format, Transcript
from webapp.domain.field import Field, Value
from webapp.domain.guide import Guide

Settings = Mapping[str, Value]
Network = IPv4Network | IPv6Network


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
    format: ClassVar[Format] = Format()

    def __init__(self, name: str, settings: Settings, surroundings: Surroundings) -> None:
        self.name, self.settings, self.surroundings = name, settings, surroundings

    @classmethod
    def problems(cls, settings: Settings) -> dict[str, str]:
        """What does not fit together, by field, after each field has been parsed by itself. Empty where all is well."""
        return {}

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
