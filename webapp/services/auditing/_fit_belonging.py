"""What must be true of the rows that a delivery refers to: its message, its channel, its copy, and its recipient."""

from collections.abc import Iterator

from webapp.services.auditing._fit import Case, Row, Rule


def belonging(case: Case) -> Iterator[str]:
    """The message, the channel and the copy exist and agree with the delivery."""
    row = case.row
    if row.message_channel_id is None:
        yield f"its message {row.message_id} is gone"
    elif row.channel_id != row.message_channel_id or not _of_its_time(row):
        yield f"it is not of its message {row.message_id}: channel or time are others"
    if case.rules is None:
        yield f"its channel {row.channel_id} is gone"
    if row.notification_id and row.copy_user_id is None:
        yield f"its notification {row.notification_id} is gone"
    elif row.notification_id and (row.copy_user_id, row.copy_message_id) != (row.user_id, row.message_id):
        yield f"its notification {row.notification_id} is another person's or another message's"
    elif row.user_id is not None and not row.notification_id:
        yield "it has no notification"


def addressed(case: Case) -> Iterator[str]:
    """The person or the subscriber that the delivery is for exists."""
    row = case.row
    if row.user_id is not None and row.known_user_id is None:
        yield f"its recipient {row.user_id} is gone"
    if row.subscriber_id is not None and row.known_subscriber_id is None:
        yield f"its subscriber {row.subscriber_id} is gone"


def _of_its_time(row: Row) -> bool:
    """Whether it was made with its message; for a subscriber it may have been made later."""
    made_later = row.subscriber_id is not None and row.created_at > row.message_created_at
    return row.created_at == row.message_created_at or made_later


RULES: tuple[Rule, ...] = (belonging, addressed)
