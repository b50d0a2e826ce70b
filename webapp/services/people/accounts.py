"""People's accounts: who there is, and what an administrator or they themselves change about them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.database import writing
from webapp.domain.refusal import Conflict, Missing, Refused, refuse_if
from webapp.domain.role import Role
from webapp.domain.username import may_be_username
from webapp.extensions import db
from webapp.models import audit, sign_in, verification, waits
from webapp.models import user as users
from webapp.services._changes import changed_meanwhile
from webapp.services.people import _factor, details
from webapp.services.people._closing import lock_out
from webapp.services.people._person import Person, person
from webapp.services.people.passwords import hashed, problem_in_password

SHORTEST_SEARCH = 2  # characters
PROGRAM = "A service account has no password: a program acts by its tokens."
DEFAULT_ZONE, DEFAULT_LOCALE = "UTC", "en_GB"  # the plain "en" would tell times as 9:41 AM


def listed(*, limit: int | None = None) -> list[Person]:
    """Everybody in the order of their names, at most ``limit``."""
    return [person(user) for user in users.in_order(db.session, most=limit)]


def find(*, partial: str, limit: int | None = None, after: str | None = None) -> list[Person]:
    """People of whom some word (of username, display name or e-mail) begins with ``partial``, ordered by name; with
    ``after`` only those behind that username.

    Fewer than 2 characters find nobody. Raises Missing where there is no such username.
    """
    partial = partial.strip()
    if len(partial) < SHORTEST_SEARCH or not partial.isprintable():
        return []
    behind = _behind(after) if after else None
    return [person(user) for user in users.in_order(db.session, partial=partial, most=limit, behind=behind)]


def _behind(username: str) -> users.User:
    if (last := users.named(db.session, username) if may_be_username(username) else None) is None:
        raise Missing({"after": "There is no such page."})
    return last


def several(*, usernames: Sequence[str]) -> list[Person]:
    """Those of ``usernames`` who exist, in the order of their names."""
    return [person(user) for user in users.several(db.session, list(filter(may_be_username, usernames)))]


def get(*, username: str) -> Person:
    """One person. Raises Missing."""
    return person(_named(username))


def add(
    *,
    username: str,
    display_name: str,
    email: str | None = None,
    phone: str | None = None,
    role: str,
    password: str | None = None,
    tz: str = DEFAULT_ZONE,
    locale: str = DEFAULT_LOCALE,
    service: bool = False,
    by: str,
    now: datetime,
) -> Person:
    """A new account. Without a password nobody can sign in to it yet; to a ``service`` account nobody ever can.

    Raises Refused, also for a taken username.
    """
    if service and password is not None:
        raise Refused({"password": PROGRAM})
    given = {"display_name": display_name, "email": email, "phone": phone, "tz": tz, "locale": locale}
    try:
        columns = checked_new(username=username, role=role, password=password, details_given=given)
    except Refused as refused:  # all at once
        raise Refused((_taken(username) if taken(usernames=[username]) else {}) | refused.problems) from None
    columns |= {"password_hash": None if password is None else hashed(password), "service": service}
    try:
        with writing(db.session) as session:
            user = users.add(session, username=username, created_at=now, **columns)
            audit.note(session, at=now, who=by, what="user added", target=_target(username), after=_told(user))
            return person(user)
    except IntegrityError:
        raise Refused(_taken(username)) from None


def _taken(username: str) -> dict[str, str]:
    return {"username": f"“{username}” is taken."}


def add_all(*, people: Mapping[str, dict[str, Any]], by: str, now: datetime) -> None:
    """New accounts without passwords, all or none; ``people`` are columns from ``checked_new``, by username.

    Raises Refused where a username is taken.
    """
    rows = [{"username": name, "created_at": now, "active": True, **columns} for name, columns in people.items()]
    if not rows:
        return
    after = {_target(row["username"]): {name: row[name] for name in _AUDITED} for row in rows}
    try:
        with writing(db.session) as session:
            users.add_all(session, rows)
            audit.note_all(session, at=now, who=by, what="user added", after=after)
    except IntegrityError:
        raise Refused({"username": "Somebody has just taken one of these usernames. Please try again."}) from None


def taken(*, usernames: Sequence[str]) -> set[str]:
    """Those of ``usernames`` that are taken."""
    return users.taken(db.session, list(filter(may_be_username, usernames)))


def edit(
    *,
    username: str,
    display_name: str,
    email: str | None,
    phone: str | None,
    tz: str,
    locale: str,
    seen: str | None = None,
    by: str,
    now: datetime,
) -> Person:
    """Change a person's details. A new phone number counts as not verified.

    With a second factor, people cannot change their own number; an administrator can, which turns the second factor
    off. Raises Refused, Missing, and Conflict where the details are no longer those that were ``seen``: an outdated
    form would undo what somebody else has saved.
    """
    columns: dict[str, Any] = details.checked(display_name=display_name, email=email, phone=phone, tz=tz, locale=locale)
    with suppress(_Stale), _changing(username, "user changed", by=by, now=now) as (session, user):
        if seen and seen != person(user).seen:
            raise _Stale
        if columns["phone"] != user.phone:
            columns["phone_verified_at"] = None
            leave_phone(session, user, by=by, now=now)
        if columns["tz"] != user.tz:
            waits.decide_again_for(session, user_id=user.id, now=now)
        users.change(session, user, **columns)
        return person(user)
    raise changed_meanwhile(_target(username), "user changed")


class _Stale(Exception):
    """The details have changed since they were seen."""


def set_role(*, username: str, role: str, by: str, now: datetime, keep: str | None = None) -> Person:
    """Give another role, and sign the person out everywhere, except in the browser whose token is ``keep``.

    Raises Refused, Missing, and Conflict for the last administrator.
    """
    became = details.checked_role(role)
    with _changing(username, "role set", by=by, now=now, among_admins=True) as (session, user):
        if became is not Role.ADMIN:
            _leave_an_admin(session, user)
        users.change(session, user, role=became.value)
        sign_in.end_sessions(session, user_id=user.id, but=keep)
        return person(user)


def set_password(*, username: str, password: str, by: str, now: datetime) -> None:
    """Set another password and sign the person out everywhere; their tokens stay valid.

    Raises Refused, Missing, and Conflict for a service account.
    """
    if problem := problem_in_password(password):
        raise Refused({"password": problem})
    kept = hashed(password)
    with _changing(username, "password set", by=by, now=now) as (session, user):
        if user.service:
            raise Conflict({"password": PROGRAM})
        users.change(session, user, password_hash=kept)
        sign_in.end_sessions(session, user_id=user.id)


def deactivate(*, username: str, by: str, now: datetime) -> Person:
    """Close an account: its person is signed out, its tokens are revoked, and nothing is sent to it or to its states
    address. The inbox is kept.

    Raises Missing, and Conflict for the last administrator or where it is inactive already.
    """
    with _changing(username, "user deactivated", by=by, now=now, among_admins=True) as (session, user):
        if not user.active:
            raise Conflict({"username": f"{user.display_name} is inactive already."})
        _leave_an_admin(session, user)
        users.change(session, user, active=False)
        lock_out(session, user_id=user.id, by=by, now=now)
        return person(user)


def activate(*, username: str, by: str, now: datetime) -> Person:
    """Open a closed account again. Raises Missing, and Conflict where it is active already."""
    with _changing(username, "user activated", by=by, now=now) as (session, user):
        if user.active:
            raise Conflict({"username": f"{user.display_name} is active already."})
        users.change(session, user, active=True)
        return person(user)


_AUDITED = ("display_name", "email", "phone", "tz", "locale", "role", "active")


@contextmanager
def _changing(
    username: str, what: str, *, by: str, now: datetime, among_admins: bool = False
) -> Iterator[tuple[Session, users.User]]:
    """One write transaction around a locked person, with the old and the new values in the audit. ``among_admins`` also
    locks who can administer."""
    with writing(db.session) as session:
        if among_admins:  # before the person: otherwise two transactions could deadlock
            users.lock_active_admins(session)
        user = _named(username, read=users.locked)
        before = _told(user)
        yield session, user
        audit.note(session, at=now, who=by, what=what, target=_target(username), before=before, after=_told(user))


def _named(username: str, *, read: Callable[[Session, str], users.User | None] = users.named) -> users.User:
    user = read(db.session, username) if may_be_username(username) else None
    if user is None:
        raise Missing({"username": f"There is nobody named “{username[:50]}”."})
    return user


def checked_new(
    *, username: str, role: str, password: str | None = None, details_given: dict[str, Any]
) -> dict[str, Any]:
    """The columns of a new person, without username and password. Raises Refused naming everything that is wrong."""
    problems = {"username": details.problem_in_username(username)}
    problems["password"] = problem_in_password(password) if password is not None else None
    columns: dict[str, Any] = {}
    for check in (lambda: details.checked(**details_given), lambda: {"role": details.checked_role(role).value}):
        try:
            columns |= check()
        except Refused as refused:
            problems |= refused.problems
    refuse_if(problems)
    return columns


def leave_phone(session: Session, user: users.User, *, by: str, now: datetime) -> None:
    """What follows from changing the phone number."""
    if user.second_factor_at and user.username == by:
        raise Refused({"phone": "Codes to sign in with are sent to this number. Turn the second factor off first."})
    if user.second_factor_at:
        _factor.reset(session, user, by=by, reason="The phone number was changed.", now=now)
    verification.forget(session, user_id=user.id)


def _leave_an_admin(session: Session, user: users.User) -> None:
    if users.lock_active_admins(session) == {user.id}:
        sentence = f"{user.display_name} is the last active administrator. Make somebody else an administrator first."
        raise Conflict({"role": sentence})


def _target(username: str) -> str:
    return f"user:{username}"


def _told(user: users.User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in _AUDITED}
