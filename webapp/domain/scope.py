"""Scope: what a token may be used for. It never allows more than its owner's role does."""

from enum import StrEnum

from webapp.domain.role import Role


class Scope(StrEnum):
    """The closed list; each operation of the API names the scope that it requires."""

    MESSAGES_READ = "messages:read"
    MESSAGES_WRITE = "messages:write"
    INBOX_READ = "inbox:read"
    INBOX_WRITE = "inbox:write"
    PREFERENCES_READ = "preferences:read"
    PREFERENCES_WRITE = "preferences:write"
    CHANNELS_READ = "channels:read"
    USERS_READ = "users:read"
    STATES_READ = "states:read"
    STATES_WRITE = "states:write"
    DELIVERIES_READ = "deliveries:read"
    DELIVERIES_WRITE = "deliveries:write"
    STATISTICS_READ = "statistics:read"
    PROVIDERS_READ = "providers:read"
    PROVIDERS_WRITE = "providers:write"
    SUBSCRIBERS_READ = "subscribers:read"
    SUBSCRIBERS_WRITE = "subscribers:write"
    MAPPINGS_READ = "mappings:read"
    MAPPINGS_WRITE = "mappings:write"

    @property
    def sentence(self) -> str:
        """What a token with it may do."""
        return _TOLD[self][1]

    @property
    def role(self) -> Role:
        """The least role with which the scope is of any use."""
        return _TOLD[self][0]


_TOLD: dict[Scope, tuple[Role, str]] = {
    Scope.MESSAGES_READ: (Role.EDITOR, "See what you have posted, and what became of it."),
    Scope.MESSAGES_WRITE: (Role.EDITOR, "Post and publish events in your name, and cancel what you have posted."),
    Scope.INBOX_READ: (Role.EDITOR, "Read your inbox."),
    Scope.INBOX_WRITE: (Role.EDITOR, "Mark what is in your inbox as read or unread."),
    Scope.PREFERENCES_READ: (Role.EDITOR, "See how you want to be told."),
    Scope.PREFERENCES_WRITE: (Role.EDITOR, "Change how you want to be told."),
    Scope.CHANNELS_READ: (Role.EDITOR, "See the channels."),
    Scope.USERS_READ: (Role.EDITOR, "Find people by their names."),
    Scope.STATES_READ: (Role.EDITOR, "See where you are told what becomes of what you post."),
    Scope.STATES_WRITE: (Role.EDITOR, "Say where you are told what becomes of what you post."),
    Scope.DELIVERIES_READ: (Role.OPERATOR, "See every delivery and why it stands as it does."),
    Scope.DELIVERIES_WRITE: (Role.OPERATOR, "Send again, retry now and cancel."),
    Scope.STATISTICS_READ: (Role.OPERATOR, "See the numbers."),
    Scope.PROVIDERS_READ: (Role.ADMIN, "See the providers, without their secrets."),
    Scope.PROVIDERS_WRITE: (Role.ADMIN, "Add, change, activate, deactivate and remove providers."),
    Scope.SUBSCRIBERS_READ: (Role.ADMIN, "See the subscribers, without their secrets."),
    Scope.SUBSCRIBERS_WRITE: (Role.ADMIN, "Add, change, switch and remove subscribers."),
    Scope.MAPPINGS_READ: (Role.ADMIN, "See onto which channels events are posted."),
    Scope.MAPPINGS_WRITE: (Role.ADMIN, "Change onto which channels events are posted."),
}
