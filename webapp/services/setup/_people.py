"""The people of a setup: their details, without passwords and preferences."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from webapp.domain.refusal import Refused, refuse_if
from webapp.domain.role import Role
from webapp.models import sign_in, waits
from webapp.models import user as users
from webapp.models.user import User
from webapp.services.people import accounts
from webapp.services.people._closing import lock_out
from webapp.services.people.accounts import DEFAULT_LOCALE, DEFAULT_ZONE
from webapp.services.setup._shape import Entry, Key
from webapp.services.setup._work import Work

KEYS: Mapping[str, Key] = {
    "display_name": Key("text", required=True),
    "email": Key("text"),
    "phone": Key("text"),
    "phone_verified": Key("switch", default=False),
    "tz": Key("text", default=DEFAULT_ZONE),
    "locale": Key("text", default=DEFAULT_LOCALE),
    "role": Key("text", default=Role.EDITOR.value),
    "active": Key("switch", default=True),
    "service": Key("switch", default=False),
}
_DETAILS = ("display_name", "email", "phone", "tz", "locale")


def stand(session: Session) -> dict[str, Entry]:
    """Everybody, as a file has them, without the demo team, whose accounts are open to all."""
    return {user.username: _told(user) for user in users.in_order(session) if not user.demo}


def check(name: str, entry: Entry) -> Entry:
    """The columns that a file asks for, normalised. Raises Refused."""
    problems: dict[str, str | None] = {}
    if entry["phone_verified"] and not entry["phone"]:
        problems["phone_verified"] = "There is no phone that it could speak of."
    try:
        given = {key: entry[key] for key in _DETAILS}
        columns = accounts.checked_new(username=name, role=entry["role"], details_given=given)
    except Refused as refused:
        problems |= refused.problems
        columns = {}
    refuse_if(problems)
    return {**columns, **{key: entry[key] for key in ("active", "service", "phone_verified")}}


def put(work: Work, name: str, wanted: Entry) -> None:
    """Add the person, or change what differs. A verified number stays verified while it is unchanged, even if the file
    was written before and says otherwise. Raises Refused."""
    user, vouched = users.locked(work.session, name), wanted["phone_verified"]
    columns = {key: value for key, value in wanted.items() if key != "phone_verified"}
    if user is None:
        columns |= {"created_at": work.signed.at, "phone_verified_at": work.signed.at if vouched else None}
        work.note("user added", f"user:{name}", after=_told(users.add(work.session, username=name, **columns)))
    elif user.demo:
        raise Refused({"username": f"“{name}” is one of the demo team: remove that first (flask demo remove)."})
    elif user.service != wanted["service"]:
        raise Refused({"service": _stays_what_it_is(user)})
    else:
        _change(work, user, columns, vouched=vouched)


def _change(work: Work, user: User, columns: Entry, *, vouched: bool) -> None:
    """As by hand: pending codes of a changed number are dropped, another role ends all sessions, and closing an account
    also revokes its tokens; after a change of zone, what waits is decided on again."""
    session, signed, before = work.session, work.signed, _told(user)
    same_phone, verified_at = columns["phone"] == user.phone, user.phone_verified_at
    if {key: before[key] for key in columns} == columns and (verified_at or not vouched):
        return
    if not same_phone:
        accounts.leave_phone(session, user, by=signed.by, now=signed.at)
    if columns["role"] != user.role:
        sign_in.end_sessions(session, user_id=user.id)
    if user.active and not columns["active"]:
        lock_out(session, user_id=user.id, by=signed.by, now=signed.at)
    if columns["tz"] != user.tz:
        waits.decide_again_for(session, user_id=user.id, now=signed.at)
    kept = verified_at if same_phone else None
    users.change(session, user, **columns, phone_verified_at=kept or (signed.at if vouched else None))
    work.note("user changed", f"user:{user.username}", before=before, after=_told(user))


def _stays_what_it_is(user: User) -> str:
    if user.service:
        return f"“{user.username}” is a service account here and stays one: write service = true."
    return f"“{user.username}” is a person here and stays one: leave this out."


def _told(user: User) -> Entry:
    told = {key: getattr(user, key) for key in KEYS if key != "phone_verified"}
    verified = None if user.phone is None else user.phone_verified_at is not None
    return {key: verified if key == "phone_verified" else told[key] for key in KEYS}
