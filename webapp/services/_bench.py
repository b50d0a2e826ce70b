"""What a use case needs that asks a far side by itself, in the request of somebody who waits."""

from typing import Protocol

from webapp.domain.clock import Clock
from webapp.providers import Surroundings
from webapp.vault import Vault


class Bench(Protocol):
    """The process's Runtime, as the engine has it."""

    @property
    def vault(self) -> Vault: ...
    @property
    def surroundings(self) -> Surroundings: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def process(self) -> str: ...
