"""What the tables' tests share: deliveries claimed by hand."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.support.world import World
from webapp.database import writing
from webapp.domain.delivery_state import DeliveryState as S
from webapp.models import claims
from webapp.models.leases import Leased

LEASE = timedelta(seconds=60)
Claim = Callable[..., list[Leased]]


@pytest.fixture
def claim(world: World) -> Claim:
    """``claim(S.QUEUED, token="A", limit=5)``: one claim in a transaction of its own."""

    def take(
        was: Any = S.QUEUED, *, token: str = "A" * 26, limit: int = 100, only: str = "email", **more: Any
    ) -> list[Leased]:
        now = world.clock.now()
        with writing(world.session) as session:
            made = claims.Claim(due=now, now=now, token=token, until=now + LEASE, by="test")
            return claims.claim(session, was, made, limit=limit, only=only, **more)

    return take
