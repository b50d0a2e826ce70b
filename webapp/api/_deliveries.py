"""How deliveries are told to programs: a row of the queue, and the whole story of one."""

from dataclasses import asdict
from typing import Any

from marshmallow import Schema
from marshmallow import fields as f

from webapp.api._schemas import Closed
from webapp.api._values import Moment, id_, medium, name, one_of, state
from webapp.domain.decision import Action, Facts
from webapp.domain.english import plain
from webapp.domain.reason import Reason
from webapp.services.queue.queue import QueueRow
from webapp.services.queue.story import Act, Decided, Story

# Each act by the noun that it is posted to, below the delivery's own address.
NOUNS = {Act.RETRY_NOW: "retry", Act.SEND_AGAIN: "sending-again", Act.CANCEL: "cancellation", Act.ARRIVED: "arrival"}


def reason(**more: Any) -> f.String:
    """Why something stands as it does."""
    return one_of(*Reason, required=True, allow_none=True, **more)


class DeliverySchema(Closed):
    """One copy on its way through one medium, to a person or to a subscriber."""

    id = id_(required=True)
    message = id_(required=True)
    channel = f.String(required=True)
    type = f.String(required=True)
    subject = f.String(required=True)
    medium = medium(required=True)
    recipient = f.String(required=True, allow_none=True, metadata={"description": "A username; null for a subscriber."})
    subscriber = f.String(required=True, allow_none=True, metadata={"description": "A name; null for a person."})
    address = f.String(required=True, allow_none=True, metadata={"description": "The envelope's, once there is one."})
    provider = f.String(required=True, allow_none=True, metadata={"description": "The one that was tried last."})
    state = state(required=True)
    reason = reason()
    last_error = f.String(required=True, allow_none=True)
    generation = f.Integer(
        required=True, metadata={"description": "1 at first; one more each time that a person sends it again."}
    )
    failures = f.Integer(required=True, metadata={"description": "Tries that failed in this generation."})
    retries_left = f.Integer(required=True)
    created_at = Moment(required=True)
    failed_at = Moment(required=True, allow_none=True)
    due_at = Moment(required=True)
    expires_at = Moment(required=True)
    ended_at = Moment(required=True, allow_none=True)


class PhaseSchema(Closed):
    """One step of a try."""

    name = f.String(required=True)
    ms = f.Integer(required=True)
    words = f.String(required=True, metadata={"description": "The far side's."})


class AttemptSchema(Closed):
    """One try."""

    envelope = f.String(required=True, metadata={"description": "The id that the far side saw."})
    generation = f.Integer(required=True)
    number = f.Integer(required=True)
    at = Moment(required=True)
    ms = f.Integer(required=True)
    accepted = f.Boolean(required=True)
    reason = reason()
    may_have_arrived = f.Boolean(required=True)
    counted = f.Boolean(required=True, metadata={"description": "Whether it cost one of the tries."})
    repeat = f.Boolean(required=True, metadata={"description": "Whether the far side may have had it already."})
    provider = f.String(required=True)
    far = f.String(required=True, metadata={"description": "The host that it was handed to."})
    phase = f.String(required=True, metadata={"description": "How far it got."})
    phases = f.List(f.Nested(PhaseSchema), required=True)
    reply = f.String(required=True)
    process = f.String(required=True)


class AheadSchema(Closed):
    """A try to come, should those before it fail."""

    number = f.Integer(required=True)
    earliest = Moment(required=True)
    latest = Moment(required=True)


class MoveSchema(Closed):
    """One line of the ledger."""

    was = state(required=True, allow_none=True)
    became = state(required=True)
    at = Moment(required=True)
    by = f.String(required=True)
    reason = reason()


class EvidenceSchema(Closed):
    """One thing that decided it."""

    name = f.String(required=True)
    value = f.Raw(required=True, allow_none=True)


class _FactsBase(Closed):
    """All that the decision rested on; null is what nobody has said."""


FactsSchema: type[Schema] = _FactsBase.from_dict(
    {name: f.Raw(required=True, allow_none=True) for name in Facts._fields}, name="FactsSchema"
)


class DecidedSchema(Closed):
    """The last decision on it."""

    action = one_of(*Action, required=True)
    reason = reason()
    at = Moment(required=True)
    evidence = f.List(f.Nested(EvidenceSchema), required=True)
    facts = f.Nested(FactsSchema, required=True)


class FarWordSchema(Closed):
    """The latest that the far side has said since it took it."""

    status = f.String(required=True)
    code = f.String(required=True)
    words = f.String(required=True)
    at = Moment(required=True)


class OtherSchema(Closed):
    """Another delivery in the same envelope."""

    id = id_(required=True)
    subject = f.String(required=True)


class TogetherSchema(Closed):
    """What else is in its envelope."""

    count = f.Integer(required=True)
    others = f.List(f.Nested(OtherSchema), required=True, metadata={"description": "The oldest of them."})


class StorySchema(DeliverySchema):
    """A delivery with all that is known of it."""

    sender = f.String(required=True)
    sentence = f.String(required=True, metadata={"description": "What is so, why, and what comes next; in English."})
    advice = f.String(required=True, metadata={"description": "What to do about it; empty where nothing is."})
    acts = f.List(
        one_of(*NOUNS.values()), required=True,
        metadata={"description": "What may be done now: each is an address below this one to post to."},
    )  # fmt: skip
    policy = f.String(required=True)
    tries_allowed = f.Integer(required=True)
    at_most_once = f.Boolean(required=True)
    final = f.Boolean(required=True, metadata={"description": "Whether nothing more happens by itself."})
    repeated = f.Boolean(required=True, metadata={"description": "Whether the far side may have it twice."})
    may_duplicate = f.Boolean(required=True, metadata={"description": "Whether sending again may be a second copy."})
    envelope = f.String(required=True, allow_none=True, metadata={"description": "The id that the far side sees."})
    replaces = f.String(
        required=True, allow_none=True, metadata={"description": "The envelope of the generation before."}
    )
    together = f.Nested(TogetherSchema, required=True)
    decided = f.Nested(DecidedSchema, required=True, allow_none=True)
    attempts = f.List(f.Nested(AttemptSchema), required=True, metadata={"description": "The newest first."})
    ahead = f.List(f.Nested(AheadSchema), required=True)
    moves = f.List(f.Nested(MoveSchema), required=True, metadata={"description": "The ledger, the oldest first."})
    far = f.Nested(FarWordSchema, required=True, allow_none=True)


class WantedSchema(Closed):
    """What is looked for."""

    channel = name()
    medium = medium()
    user = name(
        metadata={"description": "A username. Found by their newest 1,000 notifications, or those before ``before``."}
    )
    subscriber = name(longest=100)
    message = id_(metadata={"description": "The id of one."})
    provider = name(longest=100, metadata={"description": "The one that was tried last."})
    reason = one_of(*Reason)
    type = name(metadata={"description": "The message's."})
    since = Moment(metadata={"description": "Ended then or later; or posted, where it has not ended."})
    before = Moment(metadata={"description": "Ended, or posted, before that."})


def row_told(row: QueueRow) -> dict[str, Any]:
    """A row of the queue."""
    person = row.subscriber is None
    return {
        **asdict(row),
        "message": row.message_id,
        "recipient": row.recipient.username if person else None,
        "subscriber": None if person else row.recipient.display_name,
    }


def story_told(row: QueueRow, it: Story) -> dict[str, Any]:
    """The same delivery with its story."""
    same = ("advice", "policy", "tries_allowed", "at_most_once", "final", "repeated", "may_duplicate", "envelope")
    return {
        **row_told(row),
        **{name: getattr(it, name) for name in (*same, "replaces", "together", "ahead", "far")},
        "sender": it.sender.username or it.sender.display_name,
        "sentence": plain(it.sentence),
        "acts": [NOUNS[act] for act in it.acts],
        "decided": _decided(it.decided) if it.decided else None,
        "attempts": it.tries,
        "moves": it.ledger,
    }


def _decided(decided: Decided) -> dict[str, Any]:
    evidence = [{"name": name, "value": value} for name, value in decided.evidence.items()]
    return {"action": decided.action, "reason": decided.reason, "at": decided.at, "evidence": evidence,
            "facts": decided.facts}  # fmt: skip
