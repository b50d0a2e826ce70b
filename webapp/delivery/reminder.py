"""What a pipeline remembers: the kinds of which nothing may be claimed now, but at a later moment."""

from datetime import datetime

from webapp.delivery.lot import Kind


class Reminder:
    """Kinds to come back to, and the first moment to do so."""

    def __init__(self) -> None:
        self._kinds: list[Kind] = []
        self._at: datetime | None = None

    def keep(self, kind: Kind, at: datetime, *, served: bool) -> None:
        """Remember a kind. One that got nothing comes before one that was ``served``, so that neither starves the
        other."""
        if served:
            self._kinds = [*(one for one in self._kinds if one is not kind), kind]
        elif kind not in self._kinds:
            self._kinds = [kind, *self._kinds]
        self._at = min(self._at, at) if self._at else at

    def due(self, now: datetime) -> list[Kind]:
        """The kinds whose moment has come, in the order of their turns; they are forgotten."""
        if self._at is None or now < self._at:
            return []
        kinds, self._kinds, self._at = self._kinds, [], None
        return kinds

    def idle_s(self, now: datetime, longest_s: float) -> float:
        """Seconds until that moment, from 0 to ``longest_s``."""
        return longest_s if self._at is None else min(max((self._at - now).total_seconds(), 0.0), longest_s)
