"""The audit: what is noted is there for good."""

from sqlalchemy import select

from webapp.models import audit
from webapp.models.audit import AuditEvent


def test_a_change_is_noted_with_all_that_is_known(session, clock):
    was, became = {"role": "editor"}, {"role": "admin"}
    audit.note(
        session,
        at=clock.now(),
        who="ada",
        what="role set",
        target="user:emil",
        before=was,
        after=became,
        ip="192.0.2.1",
    )
    session.commit()
    event = session.scalars(select(AuditEvent)).one()
    assert (event.at, event.who, event.what, event.target) == (clock.now(), "ada", "role set", "user:emil")
    assert (event.before, event.after, event.reason, event.ip) == (was, became, None, "192.0.2.1")


def test_whether_something_was_ever_done(session, clock):
    assert not audit.has(session, what="demo removed")
    audit.note(session, at=clock.now(), who="ada", what="demo removed", target="demo")
    session.commit()
    assert audit.has(session, what="demo removed")
    assert not audit.has(session, what="demo")
