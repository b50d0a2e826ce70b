"""Which subscribers get a post: one delivery for each, made in the post's own transaction."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.domain import subscription_filter
from webapp.domain.medium import Medium
from webapp.domain.message import NotificationMessage
from webapp.domain.retry_policy import RetryPolicy
from webapp.domain.subscription_filter import values_of
from webapp.models._ids import new_id
from webapp.models.subscriber import Asked
from webapp.services._times import Times, expiry


@dataclass(frozen=True, slots=True)
class SubscriberDelivery:
    """A subscriber that gets a delivery, its policy, and when that delivery expires."""

    id: int
    policy: RetryPolicy
    expires_at: datetime


def wanting(asked: Iterable[Asked], message: NotificationMessage, when: Times) -> list[SubscriberDelivery]:
    """The subscribers with a filter on the channel that matches the message, each once. Those switched off are
    included: their deliveries wait. A time to live from a subscriber's own policy counts from the first try."""
    values = values_of(message.attributes, type=message.type)
    groups: dict[int, list[Mapping[str, str]]] = defaultdict(list)
    policies: dict[int, RetryPolicy] = {}
    for one in asked:
        groups[one.subscriber_id].append(one.filters)
        policies[one.subscriber_id] = one.policy
    begins_at = when.visible_at if when.ttl_s else when.due_at  # those policies know nothing of how a channel batches
    found = [id for id, wanted in groups.items() if subscription_filter.matches(wanted, values)]
    return [SubscriberDelivery(id, policies[id], expiry(begins_at, when.ttl_s, policies[id])) for id in found]


def rows(message: Mapping[str, Any], told: Sequence[SubscriberDelivery], due_at: datetime) -> Iterator[dict[str, Any]]:
    """A delivery for each subscriber, with the tries of its own policy."""
    for one in told:
        yield {
            "id": new_id(message["created_at"]),
            "message_id": message["id"],
            "user_id": None,
            "subscriber_id": one.id,
            "notification_id": None,
            "channel_id": message["channel_id"],
            "medium": Medium.WEBHOOK.value,
            "generation": 1,
            "failures": 0,
            "retries_left": one.policy.attempts_for(message["type"]),
            "crashes": 0,
            "raises": 0,
            "due_at": due_at,
            "expires_at": one.expires_at,
        }
