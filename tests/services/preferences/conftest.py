"""What the tests of people's preferences share."""

import pytest
from sqlalchemy import select

from webapp.models.audit import AuditEvent


@pytest.fixture
def audited(world):
    """What the audit has of one kind of change, as pairs of before and after."""

    def look(what):
        world.session.rollback()
        events = select(AuditEvent).where(AuditEvent.what == what).order_by(AuditEvent.id)
        return [(event.before, event.after) for event in world.session.scalars(events)]

    return look
