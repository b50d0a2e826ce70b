"""Between claim and send: decide each delivery, format what is to go out, and put it into envelopes. Pure work."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial

from webapp.delivery import groups
from webapp.delivery.layout import laid_out, limits
from webapp.delivery.links import Links
from webapp.delivery.load import facts
from webapp.delivery.lot import LONGEST_ERROR, Account, Broken, Decided, Folded, Kind, Loaded, Prepared, Ready
from webapp.delivery.rendering import Made, Rendering, Rests, Unasked
from webapp.delivery.subscribers import event_for
from webapp.domain.decision import Action, Decision, Facts, decide_all
from webapp.domain.envelope import Envelope
from webapp.domain.medium import Medium
from webapp.domain.reason import Reason
from webapp.domain.text import storable
from webapp.domain.wording import to_whom
from webapp.formatters import Output
from webapp.formatters import groups as takes_all
from webapp.models._ids import new_id
from webapp.providers import kinds
from webapp.tokens import Subscription

_log = logging.getLogger(__name__)


def prepare(
    lot: Sequence[Loaded], *, now: datetime, lease_until: datetime, links: Links, rendering: Rendering
) -> Prepared:
    """What becomes of the lot: envelopes that are ready, decisions against sending, formatters that raised. Within a
    lane, envelopes keep the order of the lot: what is due first comes first."""
    prepared, new = Prepared(), list[list[Loaded]]()
    fresh = partial(_fresh, now=now, lease_until=lease_until, links=links)
    for group in _grouped(_going(lot, prepared, now)):
        if _is_whole(group) and _is_carried(group[0]):
            prepared.ready.append(_again(group, lease_until, links))
        elif group[0].is_to_subscriber:
            prepared.ready.append(fresh(event_for(group[0], source=links.public_url), group))
        else:
            new.append(group)
    made = laid_out(new, rendering, public_url=links.public_url, now=now)
    for members, outputs in zip(new, made, strict=True):
        _take(members, outputs, prepared, fresh)
    place = {loaded.leased.id: number for number, loaded in enumerate(lot)}
    prepared.ready.sort(key=lambda ready: min(place[leased.id] for leased in ready.leased))
    return prepared


def _going(lot: Sequence[Loaded], prepared: Prepared, now: datetime) -> Iterator[Loaded]:
    """Those that are to be sent; what becomes of the others is written into ``prepared``."""
    known = [facts(loaded, now) for loaded in lot]
    for loaded, its, (decision, record) in zip(lot, known, decide_all(known), strict=True):
        if decision.action is Action.SEND:
            loaded.decided = record
            yield loaded
        elif decision.reason is Reason.RESOLVER_FAILED:
            prepared.broken.append(_unresolved(loaded, its))
        else:
            prepared.decided.append(Decided(loaded.leased, loaded.kind, its.channel, decision, record))


def _unresolved(loaded: Loaded, known: Facts) -> Broken:
    """The address is looked up again later. Like a formatter's bug, a resolver's ends only its own deliveries."""
    words = known.unresolved or ""
    _log.error("The resolver %s raised for %s: %s", known.resolver, known.channel, words)
    return Broken(loaded.leased, loaded.kind, words, Reason.RESOLVER_FAILED)


def _grouped(lot: Iterable[Loaded]) -> list[list[Loaded]]:
    """Deliveries that go out together: those of one stored envelope; of the rest, those of one person, channel and
    medium where the formatter wants that. Each group is in the order of posting."""
    found: dict[groups.Key, list[Loaded]] = {}
    for loaded in sorted(lot, key=lambda one: one.leased.id):
        found.setdefault(_key(loaded), []).append(loaded)
    return list(found.values())


def _key(loaded: Loaded) -> groups.Key:
    if _is_stored(loaded):
        return (loaded.leased.envelope_id,)
    together = not loaded.is_to_subscriber and takes_all(groups.formatter_of(loaded))
    return groups.key_of(loaded.leased, together=together)


def _is_stored(loaded: Loaded) -> bool:
    """Whether its stored envelope is to go out: what a person has sent again is put into a new one."""
    return loaded.kind is Kind.LATER and loaded.envelope is not None


def _is_whole(group: list[Loaded]) -> bool:
    """Whether there is a stored envelope and all its deliveries go out again. Where some are missing, the rest makes a
    new one: its text must not speak of what was cancelled, has been read, or has expired."""
    stored = group[0].envelope if _is_stored(group[0]) else None
    return stored is not None and len(group) == (stored["members"] or 1)


def _is_carried(loaded: Loaded) -> bool:
    """Whether there is a stored envelope that the present provider can carry as it is: it may have been made for
    another provider."""
    stored, account = loaded.envelope, loaded.account
    return bool(stored and account and limits(account).carries(stored["text"], stored["html"]))


def _again(group: list[Loaded], lease_until: datetime, links: Links) -> Ready:
    """The stored envelope as it is, with the same id, so that a receiver can tell a repeat."""
    first, stored = group[0], group[0].envelope
    assert stored and first.account  # noqa: S101, PT018 — decided: a send has an account, and these an envelope
    envelope = Envelope(
        id=stored["id"],
        medium=stored["medium"],
        address=stored["address"],
        recipient=stored["variables"]["recipient"],
        sender=stored["variables"]["sender"],
        channel=first.channel["name"],
        subject=stored["subject"],
        text=stored["text"],
        html=stored["html"],
        created_at=stored["created_at"],
        replaces=stored["replaces"],
        message_id=stored["message_id_header"],
        references=stored["references"],
        unsubscribe=_unsubscribe(first, links),
        callback=links.callback(stored["id"], stored["medium"]),
        why=stored["variables"].get("why", ""),
    )
    return Ready(envelope, group, first.account, new=False, lease_until=lease_until, trigger=first.kind.value)


def _take(group: list[Loaded], made: Made, prepared: Prepared, fresh: Callable[[Output, list[Loaded]], Ready]) -> None:
    """Put what a formatter made of a group into envelopes; or record why there are none."""
    match made:
        case Rests():
            prepared.decided += [_left_alone(member, made) for member in group]
        case Unasked():
            prepared.unasked += group
        case BaseException():  # a formatter is a plugin: its bug must not stop the queue
            _log.error("The formatter of %s raised", group[0].channel["name"], exc_info=made)
            words = storable(f"{type(made).__name__}: {made}", longest=LONGEST_ERROR)
            prepared.broken += [Broken(member.leased, member.kind, words) for member in group]
        case outputs:
            members = {member.leased.id: member for member in group}
            for output in outputs:
                prepared.ready.append(fresh(output, [members.pop(id_) for id_ in output.contains]))
            prepared.folded += [Folded(member.leased, member.kind, _left_out(member)) for member in members.values()]


def _left_out(member: Loaded) -> dict[str, object]:
    """The record of the decision to send it, and the formatter that left it out."""
    return {**(member.decided or {}), "evidence": {"formatter": groups.formatter_of(member)}}


def _left_alone(member: Loaded, rests: Rests) -> Decided:
    """It waits because its formatter rests and was not asked; no retry is spent."""
    decision = Decision(Action.WAIT, Reason.FORMATTER_FAILED, rests.until)
    return Decided(member.leased, member.kind, member.channel["name"], decision, member.decided or {}, by="rendering")


def _fresh(output: Output, contained: list[Loaded], *, now: datetime, lease_until: datetime, links: Links) -> Ready:
    first = contained[0]
    id_ = new_id(now)
    assert first.account  # noqa: S101 — decided: a send has an account
    assert first.decided  # noqa: S101 — and what it rested on
    envelope = Envelope(
        id=id_,
        medium=first.leased.medium,
        address=first.decided["facts"]["address"],
        recipient=first.recipient["display_name"],
        sender=first.message["sender"],
        channel=first.channel["name"],
        subject=output.subject,
        text=output.text,
        html=output.html,
        created_at=now,
        replaces=first.leased.envelope_id or first.leased.replaces,
        message_id=_message_id(first.account, id_),
        references=first.references,
        unsubscribe=_unsubscribe(first, links),
        callback=links.callback(id_, first.leased.medium),
        why="" if first.is_to_subscriber else to_whom(member.why for member in contained),
    )
    return Ready(envelope, contained, first.account, new=True, lease_until=lease_until, trigger=first.kind.value)


def _unsubscribe(first: Loaded, links: Links) -> str | None:
    """The same at every try, unless the channel has become required. Subscribers have no such page."""
    if first.is_to_subscriber:
        return None
    its = Subscription(first.recipient["username"], first.channel["name"], first.leased.medium)
    return links.unsubscribe(its, required=first.channel["required"])


def _message_id(account: Account, envelope_id: str) -> str | None:
    """The Message-ID that the provider would give a mail. None where it cannot say yet: it chooses one when it
    sends."""
    plugin = kinds().get(account.kind) if account.medium == Medium.EMAIL else None
    try:
        return plugin.message_id(envelope_id, account.settings) if plugin else None
    except Exception:  # a provider is a plugin: its bug, or its settings, must not stop the queue  # noqa: BLE001
        _log.exception("The provider %s could not tell the Message-ID of envelope %s", account.name, envelope_id)
        return None
