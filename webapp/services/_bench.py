"""What a use case needs that calls a far side itself, inside the request of somebody who waits."""

from typing import Protocol

from webapp.domain.clock import Clock
from webapp.providers import Surroundings
from webapp.vault import Vault


class Bench(Protocol):
    """The parts of the engine's Runtime that such a use case needs."""

    @property
    def vault(self) -> Vault: ...
    @property
    def surroundings(self) -> Surroundings: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def process(self) -> str: ...
