"""The common part of kinds that post to one address, typed in for each configuration."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Generic, TypeVar

from webapp.domain.reason import Reason
from webapp.providers._base import ByHttp, Settings, Surroundings
from webapp.providers._credentials import Credentials, with_https
from webapp.providers._transport import Transport


@dataclass(frozen=True)
class Address:
    """Where to post, and how to ask there. Its ``repr`` holds no secret."""

    url: str
    credentials: Credentials
    timeout: float  # seconds
    ca: str  # in PEM: what is trusted beside the system's certificates

    @cached_property
    def mask(self) -> Callable[[str], str]:
        """A function that masks the secrets in a text, in any spelling in which the far side could repeat them."""
        return self.credentials.mask()


A = TypeVar("A", bound=Address)


class Posting(ByHttp, Generic[A]):
    """Posts to one address, on connections that are kept."""

    culprits: ClassVar[Mapping[Reason, str]] = {
        **dict.fromkeys((Reason.DNS, Reason.CONNECT_REFUSED, Reason.CONNECT_TIMEOUT, Reason.BLOCKED_TARGET), "url"),
        **dict.fromkeys((Reason.HTTP_4XX, Reason.GONE, Reason.REDIRECTED), "url"),
        **dict.fromkeys((Reason.TIMEOUT_BEFORE_DATA, Reason.TIMEOUT_AFTER_DATA), "timeout"),
        Reason.AUTH: "secret",
        Reason.TLS: "ca",
    }

    def __init__(self, name: str, settings: Settings, surroundings: Surroundings) -> None:
        super().__init__(name, settings, surroundings)
        self._account = account = self._account_of(settings)
        self.transport = Transport(surroundings.allowed_networks, ca=account.ca, mask=account.mask)

    @classmethod
    @abstractmethod
    def _account_of(cls, settings: Settings) -> A:
        """What the settings say, as a whole."""

    @classmethod
    def tidied(cls, raw: Mapping[str, str]) -> dict[str, str]:
        """Put https:// before an address that has no scheme."""
        return with_https(raw)

    @property
    def timeout(self) -> float:
        """The deadline of one whole send."""
        return self._account.timeout
