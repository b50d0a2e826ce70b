"""Links: the addresses at which what has left the house leads back into it."""

from dataclasses import dataclass

from webapp.domain.medium import Medium


@dataclass(frozen=True, slots=True)
class Links:
    """``public_url`` is how Belfry is reached; where nobody has said, there are no links."""

    public_url: str = ""

    def callback(self, envelope_id: str, medium: str) -> str | None:
        """Where a far side can say later what became of an envelope. Mail servers have no such way."""
        if not self.public_url or medium == Medium.EMAIL:
            return None
        return f"{self.public_url}/callbacks/{envelope_id}"
