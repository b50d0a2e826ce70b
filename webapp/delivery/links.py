"""Links: the addresses in a sent message that lead back to Belfry."""

from collections.abc import Callable
from dataclasses import dataclass

from webapp.domain.medium import Medium
from webapp.tokens import Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """``public_url`` is where Belfry is reached; without it there are no links. ``token`` makes the signed end of a
    link that needs no sign-in."""

    public_url: str
    token: Callable[[Subscription], str]

    def unsubscribe(self, subscription: Subscription, *, required: bool) -> str | None:
        """Where a person can turn this off; a channel that is required cannot be."""
        if not self.public_url or required:
            return None
        return f"{self.public_url}/unsubscribe/{self.token(subscription)}"

    def callback(self, envelope_id: str, medium: str) -> str | None:
        """Where a far side can report later what became of an envelope. None for mail, whose servers have no such way,
        and for subscribers, whose answer says it at once."""
        if not self.public_url or medium in (Medium.EMAIL, Medium.WEBHOOK):
            return None
        return f"{self.public_url}/callbacks/{envelope_id}"
