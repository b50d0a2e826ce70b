"""Loads all that a claimed lot needs, in a handful of statements however large it is."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from webapp.delivery import subscribers
from webapp.delivery.lot import Kind, Loaded
from webapp.delivery.related import of, related
from webapp.delivery.routes import media_routes, serving
from webapp.delivery.subscribers import subscriber_facts
from webapp.domain.channel_options import first_try
from webapp.domain.decision import Facts
from webapp.domain.medium import Medium
from webapp.formatters import candidates
from webapp.models._among import among_given
from webapp.models._at_once import rows_of
from webapp.models._columns import table_of
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.envelope import Body, Envelope
from webapp.models.leases import Leased
from webapp.models.message import Message, UserNotification
from webapp.models.policy import Policy
from webapp.models.user import User
from webapp.models.wishes import wishes
from webapp.resolvers import Person, Resolved, resolve, resolver_for

_message, _user, _channel = table_of(Message), table_of(User), table_of(Channel)
_delivery, _copy = table_of(Delivery), table_of(UserNotification)
_OF_A_PERSON = (
    "username", "display_name", "email", "phone", "phone_verified_at", "role", "tz", "locale", "active",
    "unread_after_s",
)  # fmt: skip
_envelope, _body = table_of(Envelope), table_of(Body)
_replaced = _envelope.alias("replaced")


def load(session: Session, claimed: Sequence[Leased], kind: Kind, *, now: datetime) -> list[Loaded]:
    """The lot with its messages, recipients, channels, policies, stored envelopes, and the providers that send ``now``.

    What was deleted since it was claimed is left out: it must not stand in the way of the others.
    """
    messages = _by_id(session, _MESSAGES, {leased.message_id for leased in claimed})
    channels = _channels(session, {leased.channel_id for leased in claimed})
    envelopes = _by_id(session, _ENVELOPES, set(filter(None, map(_former, claimed))))
    to_people = [leased for leased in claimed if leased.subscriber_id is None]
    own = _of_people(session, to_people, messages, channels, now) if to_people else {}
    if len(to_people) < len(claimed):
        own |= subscribers.own(session, claimed, channels)
    return [
        Loaded(
            leased,
            kind,
            messages[leased.message_id],
            envelope=envelopes.get(leased.envelope_id or ""),
            references=envelopes.get(_former(leased), {}).get("message_id_header"),
            **own[leased.id],
        )
        for leased in claimed
        if leased.message_id in messages and leased.id in own
    ]


def _of_people(
    session: Session,
    claimed: Sequence[Leased],
    messages: Mapping[str, Mapping[str, Any]],
    channels: Mapping[int, Mapping[str, Any]],
    now: datetime,
) -> dict[str, dict[str, Any]]:
    """The fields of ``Loaded`` for the deliveries to people, by delivery id."""
    copies = _named(_OF_A_COPY, rows_of(session, _COPIES, {"ids": [leased.id for leased in claimed]}))
    policies = {id_: cast(Policy, channel["Policy"]).as_word() for id_, channel in channels.items()}
    accounts, stand_ins = serving(media_routes(session), now)
    wanted = wishes(session, {leased.person_id for leased in claimed}, channels)
    near = related(session, messages.values(), {leased.person_id for leased in claimed}, now=now)
    return {
        leased.id: {
            "recipient": copies[leased.id],
            "channel": channels[leased.channel_id],
            "policy": policies[leased.channel_id],
            "account": accounts.get(leased.medium),
            "wishes": wanted,
            "stands_in_for": stand_ins.get(leased.medium),
            "read_at": copies[leased.id]["read_at"],
            "why": copies[leased.id]["why"] or "named",
            "related": of(messages[leased.message_id], leased.person_id, near),
        }
        for leased in claimed
        if leased.message_id in messages and leased.id in copies
    }


def facts(loaded: Loaded, now: datetime) -> Facts:
    """What decide() asks about. An envelope that is retried keeps its address, whatever the account says now.

    Only e-mail waits for ``unread_after_s``: an SMS is for what a person wants to know at once.
    """
    if loaded.is_to_subscriber:
        return subscriber_facts(loaded, now)
    stored, account = loaded.envelope if loaded.kind is Kind.LATER else None, loaded.account
    leased, recipient, wish = loaded.leased, loaded.recipient, loaded.wish
    found = _resolved(recipient, loaded.channel["name"], leased.medium, stored)
    muted, muted_until = loaded.wishes.muted(leased.person_id, leased.channel_id, loaded.message["sender_id"])
    return Facts(
        now=now,
        medium=leased.medium,
        channel=loaded.channel["name"],
        visible_at=loaded.message["visible_at"],
        expires_at=leased.expires_at,
        recipient_active=recipient["active"],
        preference=wish.said if wish else None,
        required=loaded.channel["required"],
        address=found.address,
        resolver=found.resolver,
        unresolved=found.error,
        unverified=leased.medium == "sms" and _is_unverified(recipient),
        provider=account.name if account else None,
        provider_version=account.version if account else None,
        paused_reason=account.stands.paused_reason if account else None,
        paused_until=account.stands.until(now) if account else None,
        stands_in_for=loaded.stands_in_for,
        muted=muted,
        muted_until=muted_until,
        read_at=loaded.read_at,
        unread_after_s=recipient["unread_after_s"] if leased.medium == Medium.EMAIL else None,
        digest=wish.digest if wish else None,
        first_try=_first_try(loaded),
        quiet_hours=loaded.wishes.quiet.get(leased.person_id, ()),
        tz=recipient["tz"],
        generation=leased.generation,
        formatters=loaded.channel["formatters"],
        policy=loaded.policy.name,
        policy_version=loaded.policy.version,
    )


def _first_try(loaded: Loaded) -> datetime | None:
    """What a person has sent again waits for no batch."""
    every_s = loaded.channel["every_s"] if loaded.leased.generation == 1 else 0
    return first_try(loaded.message["visible_at"], every_s) if every_s else None


def _resolved(user: Mapping[str, Any], channel: str, medium: str, stored: Mapping[str, Any] | None) -> Resolved:
    if stored:
        return Resolved(resolver_for(channel, medium), stored["address"])
    person = Person(
        username=user["username"],
        display_name=user["display_name"],
        email=user["email"],
        phone=None if _is_unverified(user) else user["phone"],
        role=user["role"],
        tz=user["tz"],
        locale=user["locale"],
    )
    return resolve(person, channel=channel, medium=medium)


def _is_unverified(user: Mapping[str, Any]) -> bool:
    """Whether there is a phone, but nobody has shown yet that they hold it."""
    return bool(user["phone"] and not user["phone_verified_at"])


def _by_id(session: Session, statement: Select[Any], ids: Collection[Any]) -> dict[Any, dict[str, Any]]:
    """Rows as plain mappings: each is looked into many times."""
    if not ids:
        return {}
    found = session.execute(statement, {"ids": list(ids)})
    return _named(list(found.keys()), found.all())


def _named(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> dict[Any, dict[str, Any]]:
    place = names.index("id")
    return {row[place]: dict(zip(names, row, strict=True)) for row in rows}


def _channels(session: Session, ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Each with its ``Policy``, and the ``formatters`` that could lay it out."""
    found = _by_id(session, _CHANNELS, ids)
    return {id_: {**one, "formatters": candidates(one["name"], one["formatter"])} for id_, one in found.items()}


def _former(leased: Leased) -> str:
    """The id of the envelope that it is in, or else of the one in which it was sent before."""
    return leased.envelope_id or leased.replaces or ""


# --- statements: each is put together once, by ``ids`` ----------------------------------------------------------------


def _messages() -> Select[Any]:
    sender = func.coalesce(_user.c.display_name, _message.c.system_sender).label("sender")
    joined = _message.outerjoin(_user, _message.c.sender_id == _user.c.id)
    return select(_message, sender).select_from(joined).where(among_given(_message.c.id))


def _copies() -> Select[Any]:
    """By delivery: whom it is for, why there is a copy in their inbox, and when they read it."""
    columns = [_user.c[name] for name in _OF_A_PERSON]
    joined = _delivery.join(_user, _delivery.c.user_id == _user.c.id)
    joined = joined.outerjoin(_copy, _delivery.c.notification_id == _copy.c.id)
    own = select(_delivery.c.id, _copy.c.read_at, _copy.c.why, *columns).select_from(joined)
    return own.where(among_given(_delivery.c.id))


def _envelopes() -> Select[Any]:
    more = [_body.c.subject, _body.c.text, _body.c.html, _replaced.c.message_id_header.label("references")]
    joined = _envelope.join(_body, _envelope.c.body_id == _body.c.id)
    joined = joined.outerjoin(_replaced, _envelope.c.replaces == _replaced.c.id)
    return select(_envelope, *more).select_from(joined).where(among_given(_envelope.c.id))


_MESSAGES, _COPIES, _ENVELOPES = _messages(), _copies(), _envelopes()
_OF_A_COPY = _COPIES.selected_columns.keys()
_CHANNELS = select(_channel, Policy).join(Policy, _channel.c.policy_id == Policy.id).where(among_given(_channel.c.id))
