"""Links: the addresses at which what has left the house leads back into it."""

from collections.abc import Callable
from dataclasses import dataclass

from webapp.domain.medium import Medium
from webapp.tokens import Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """``public_url`` is how Belfry is reached; where nobody has said, there are no links. ``token`` makes what a link
    without a sign-in ends in."""

    public_url: str
    token: Callable[[Subscription], str]

    def unsubscribe(self, subscription: Subscription, *, required: bool) -> str | None:
        """Where a person can turn this off; a channel that is required cannot be."""
        if not self.public_url or required:
            return None
        return f"{self.public_url}/unsubscribe/{self.token(subscription)}"

    def callback(self, envelope_id: str, medium: str) -> str | None:
        """Where a far side can say later what became of an envelope. Mail servers have no such way, and subscribers say
        at once."""
        if not self.public_url or medium in (Medium.EMAIL, Medium.WEBHOOK):
            return None
        return f"{self.public_url}/callbacks/{envelope_id}"
