"""Deliveries, for those who run the place: how each stands and why, and what a person can do about it."""

from collections.abc import Callable
from typing import Any, ClassVar

from marshmallow import fields, validate

from webapp.api._deliveries import DeliverySchema, StorySchema, WantedSchema, row_told, story_told
from webapp.api._door import Door, caller
from webapp.api._schemas import Closed, Either, PageQuery, page_of
from webapp.api._values import id_, one_of, state
from webapp.domain.delivery_state import DeliveryState
from webapp.domain.refusal import Conflict
from webapp.domain.scope import Scope
from webapp.runtime import runtime
from webapp.services.queue import queue, story
from webapp.services.queue.queue import SENDABLE, Filters, Handled

MOST_AT_ONCE = 1000  # deliveries that one request sends again

door = Door("deliveries", __name__, description="The queue: what is on its way, what failed, and why.")


class DeliveriesQuery(WantedSchema, PageQuery):
    """Which of them, and how many."""

    state = fields.List(state(), load_default=(), metadata={"description": "In one of these states."})


class GenerationSchema(Closed):
    """Which sending is meant."""

    generation = fields.Integer(
        required=True,
        strict=True, validate=validate.Range(1, 10**9),
        metadata={"description": "The one you saw: where it has been sent again since, it is not once more."},
    )  # fmt: skip


class EndedSchema(WantedSchema):
    """Which of those that have ended."""

    state = fields.List(
        one_of(*sorted(SENDABLE)), validate=validate.Length(1), load_default=(DeliveryState.UNDELIVERABLE,),
        metadata={"description": "Without it only what failed; what is unknown may have arrived."},
    )  # fmt: skip


class SendingsAgainSchema(Either):
    """What is sent again: some by their ids, whatever they ended as, or all that a filter finds."""

    either: ClassVar[tuple[str, ...]] = ("ids", "filter")

    ids = fields.List(id_(), validate=validate.Length(1, MOST_AT_ONCE))
    filter = fields.Nested(EndedSchema)


class SkippedSchema(Closed):
    """One for which it was not done."""

    id = id_(required=True)
    why = fields.String(required=True)


class HandledSchema(Closed):
    """What it came to."""

    done = fields.List(id_(), required=True)
    skipped = fields.List(fields.Nested(SkippedSchema), required=True)
    more = fields.Boolean(required=True, metadata={"description": "Whether the filter finds more: ask again for them."})


@door.operation("GET", "/deliveries", scope=Scope.DELIVERIES_READ, query=DeliveriesQuery, gives=page_of(DeliverySchema))
def index(query: dict[str, Any]) -> Any:
    """The newest first: the last to be posted, or to end, where only states are asked for that end it.

    Of what no index knows 1,000 are looked through for a page: it may have fewer items than the limit, or none, and
    there are others as long as there is a ``next``.
    """
    page = queue.newest(filters=_filters(query), cursor=query["after"], limit=query["limit"])
    return {"items": [row_told(row) for row in page.rows], "next": page.older}


@door.operation("GET", "/deliveries/<id>", scope=Scope.DELIVERIES_READ, gives=StorySchema)
def show(id: str) -> Any:
    """One delivery: what is so and why, how it came to be, and what comes next."""
    return _story(id)


@door.operation(
    "POST", "/deliveries/<id>/sending-again", scope=Scope.DELIVERIES_WRITE, body=GenerationSchema, gives=StorySchema,
    refuses=[409],
)  # fmt: skip
def send_again(id: str, body: dict[str, Any]) -> Any:
    """Take up anew what has ended, with all its tries, in a new envelope. Answers it as it is now."""
    return _done(id, lambda: queue.send_again(ids=[id], generation=body["generation"], **_by()))


@door.operation("POST", "/deliveries/<id>/retry", scope=Scope.DELIVERIES_WRITE, gives=StorySchema, refuses=[409])
def retry(id: str) -> Any:
    """Make its next try due at once, with the same envelope. Answers it as it is now."""
    return _done(id, lambda: queue.retry_now(ids=[id], **_by()))


@door.operation("POST", "/deliveries/<id>/cancellation", scope=Scope.DELIVERIES_WRITE, gives=StorySchema, refuses=[409])
def cancel(id: str) -> Any:
    """Stop it before it leaves. Answers it as it is now."""
    return _done(id, lambda: queue.cancel(ids=[id], **_by()))


@door.operation("POST", "/deliveries/<id>/arrival", scope=Scope.DELIVERIES_WRITE, gives=StorySchema, refuses=[409])
def arrived(id: str) -> Any:
    """A person has found out that it arrived. Answers it as it is now."""
    return _done(id, lambda: queue.mark_arrived(ids=[id], **_by()))


@door.operation(
    "POST", "/deliveries/sendings-again", scope=Scope.DELIVERIES_WRITE, body=SendingsAgainSchema, gives=HandledSchema
)
def send_several_again(body: dict[str, Any]) -> Any:
    """Take up anew several that have ended, at most 1,000, the oldest first."""
    if "ids" in body:
        return _told(queue.send_again(ids=body["ids"], **_by()))
    filters, by = _filters(body["filter"]), _by()
    found = queue.matching(filters=filters, as_of=by["now"], limit=MOST_AT_ONCE + 1)
    handled = queue.send_again(ids=found[:MOST_AT_ONCE], only=filters.states, **by)
    return _told(handled, more=len(found) > MOST_AT_ONCE)


def _filters(asked: dict[str, Any]) -> Filters:
    states = tuple(map(DeliveryState, asked["state"]))
    return Filters(states=states, **{name: asked[name] for name in WantedSchema._declared_fields if name in asked})


def _story(id: str) -> dict[str, Any]:
    it = story.get(id=id, user_id=caller().person.id, operator=True, now=runtime().now())
    return story_told(queue.one(id=id), it)


def _done(id: str, act: Callable[[], Handled]) -> dict[str, Any]:
    """Do it and answer the delivery. Raises Missing where there is none, and Conflict where it could not be done."""
    handled = act()
    told = _story(id)
    if id not in handled.done:
        raise Conflict({"id": handled.skipped[id]})
    return told


def _told(handled: Handled, *, more: bool = False) -> dict[str, Any]:
    skipped = [{"id": id, "why": why} for id, why in handled.skipped.items()]
    return {"done": handled.done, "skipped": skipped, "more": more}


def _by() -> dict[str, Any]:
    return {"by": caller().person.username, "now": runtime().now()}
