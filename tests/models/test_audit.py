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


def test_the_same_change_to_many_is_noted_for_each(session, clock):
    told = {"user:a": {"role": "editor"}, "user:b": {"role": "admin"}}
    audit.note_all(session, at=clock.now(), who="ada", what="user added", after=told)
    session.commit()
    events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert {event.target: event.after for event in events} == told
    assert {(event.at, event.who, event.what, event.before) for event in events} == {
        (clock.now(), "ada", "user added", None)
    }


def test_whether_something_was_ever_done(session, clock):
    assert not audit.has(session, what="demo removed")
    audit.note(session, at=clock.now(), who="ada", what="demo removed", target="demo")
    session.commit()
    assert audit.has(session, what="demo removed")
    assert not audit.has(session, what="demo")
