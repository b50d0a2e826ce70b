"""Reason: the closed list of reasons why something was not sent, or not yet; each worded for every kind of reader."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """A code that is stored and shown; its texts are in WORDS."""

    # Decided: Belfry, the recipient or a person chose so.
    PREF_OFF = "PREF_OFF"
    MUTED = "MUTED"
    QUIET_HOURS = "QUIET_HOURS"
    DIGESTED = "DIGESTED"
    IF_UNREAD = "IF_UNREAD"
    ALREADY_READ = "ALREADY_READ"
    NO_ADDRESS = "NO_ADDRESS"
    ADDRESS_UNVERIFIED = "ADDRESS_UNVERIFIED"
    RECIPIENT_INACTIVE = "RECIPIENT_INACTIVE"
    EXPIRED = "EXPIRED"
    NOT_YET = "NOT_YET"
    NO_PROVIDER = "NO_PROVIDER"
    PROVIDER_PAUSED = "PROVIDER_PAUSED"
    RATE_LIMITED = "RATE_LIMITED"
    AMBIGUOUS_FORMATTER = "AMBIGUOUS_FORMATTER"
    SUBSCRIBER_OFF = "SUBSCRIBER_OFF"
    FOLDED = "FOLDED"
    CANCELLED_BY_PERSON = "CANCELLED_BY_PERSON"
    EXHAUSTED = "EXHAUSTED"
    # Failed: what the far side, the network or the content did.
    DNS = "DNS"
    CONNECT_REFUSED = "CONNECT_REFUSED"
    CONNECT_TIMEOUT = "CONNECT_TIMEOUT"
    TLS = "TLS"
    AUTH = "AUTH"
    SENDER_REFUSED = "SENDER_REFUSED"
    RECIPIENT_REFUSED = "RECIPIENT_REFUSED"
    CONTENT_REFUSED = "CONTENT_REFUSED"
    SERVER_BUSY = "SERVER_BUSY"
    HTTP_4XX = "HTTP_4XX"
    HTTP_5XX = "HTTP_5XX"
    GONE = "GONE"
    REDIRECTED = "REDIRECTED"
    BLOCKED_TARGET = "BLOCKED_TARGET"
    TIMEOUT_BEFORE_DATA = "TIMEOUT_BEFORE_DATA"
    TIMEOUT_AFTER_DATA = "TIMEOUT_AFTER_DATA"
    PROCESS_DIED = "PROCESS_DIED"
    FORMATTER_FAILED = "FORMATTER_FAILED"
    RESOLVER_FAILED = "RESOLVER_FAILED"

    @property
    def words(self) -> "Words":
        """The texts for this reason."""
        return WORDS[self]


RAISED = (Reason.FORMATTER_FAILED, Reason.RESOLVER_FAILED)  # an error in a plugin, before anything was tried


@dataclass(frozen=True, slots=True)
class Words:
    """``label`` is a few words; the sentences are for the person concerned; ``advice`` says what to do."""

    label: str
    for_recipient: str
    for_sender: str
    for_operator: str
    advice: str = ""


def _trouble(label: str, for_operator: str, advice: str) -> Words:
    """The texts of a failure that only an operator can act on. Others read that it is being looked after, without
    technical details."""
    return Words(
        label,
        "A copy could not be sent to you, but this notification is in your inbox all the same.",
        "It could not be handed over by this way, but it is in the recipient's inbox.",
        for_operator,
        advice,
    )


WORDS: dict[Reason, Words] = {
    Reason.PREF_OFF: Words(
        "Turned off",
        "You turned this off for the channel.",
        "Chose not to get this by this way.",
        "The recipient turned this medium off for the channel.",
        "Nothing to do: it is the recipient's choice.",
    ),
    Reason.MUTED: Words(
        "Muted",
        "You muted this sender or channel.",
        "Chose not to get this by this way.",
        "The recipient muted the sender or the channel.",
        "Nothing to do: it is the recipient's choice.",
    ),
    Reason.QUIET_HOURS: Words(
        "Quiet hours",
        "It waits for the end of your quiet hours.",
        "Waits for a time the recipient chose.",
        "The recipient's quiet hours are on.",
        "It goes out by itself when they end.",
    ),
    Reason.DIGESTED: Words(
        "In a digest",
        "It waits for your next digest.",
        "Waits for a time the recipient chose.",
        "The recipient gets this channel as a digest.",
        "It goes out by itself with the next digest.",
    ),
    Reason.IF_UNREAD: Words(
        "Only if unread",
        "It is sent to you only if you do not read it in your inbox first.",
        "Waits for a time the recipient chose.",
        "The recipient gets a copy only of what they have not read in the inbox by then.",
        "It goes out by itself if it is still unread then.",
    ),
    Reason.ALREADY_READ: Words(
        "Already read",
        "You had read it in your inbox before this copy was due.",
        "Had already read it in the inbox.",
        "The recipient read it in the inbox before this copy was due.",
        "Nothing to do.",
    ),
    Reason.NO_ADDRESS: Words(
        "No address",
        "Your account has no address for this way.",
        "Has no address for this way, but it is in their inbox.",
        "The account has no address for this medium.",
        "Add the address to the account, then send again.",
    ),
    Reason.ADDRESS_UNVERIFIED: Words(
        "Address not verified",
        "Your address for this way has not been verified.",
        "Has not verified the address for this way.",
        "The address has not been verified by its owner.",
        "The recipient verifies it on their profile page.",
    ),
    Reason.RECIPIENT_INACTIVE: Words(
        "Account deactivated",
        "Your account is deactivated.",
        "This account is deactivated.",
        "The recipient's account is deactivated.",
        "Reactivate the account, then send again.",
    ),
    Reason.EXPIRED: Words(
        "Expired",
        "It expired before it could be sent, but it is in your inbox.",
        "It expired before it could be sent, but it is in the recipient's inbox.",
        "Its time to live passed before it could be sent.",
        "Send it again if it still matters: that restarts its time to live.",
    ),
    Reason.NOT_YET: Words(
        "Not due yet",
        "It is not due yet.",
        "It is not due yet.",
        "It is not visible before its time.",
        "It goes out by itself when it is due.",
    ),
    Reason.NO_PROVIDER: Words(
        "No active provider",
        "It waits, since nothing is set up to send it yet; it is in your inbox.",
        "It waits, since nothing is set up to send it yet; it is in the recipient's inbox.",
        "No provider is active for this medium.",
        "Activate a provider: what waits then goes out by itself.",
    ),
    Reason.PROVIDER_PAUSED: Words(
        "Provider paused",
        "It waits, since sending is paused; it is in your inbox.",
        "It waits, since sending is paused; it is in the recipient's inbox.",
        "The provider is paused after faults of its own.",
        "Look at the provider; it is tried again by itself.",
    ),
    Reason.RATE_LIMITED: Words(
        "Slowed down",
        "It waits its turn.",
        "It waits its turn.",
        "The provider's rate limit is reached.",
        "It goes out by itself.",
    ),
    Reason.AMBIGUOUS_FORMATTER: Words(
        "Two formatters match",
        "It waits, since its layout is not settled; it is in your inbox.",
        "It waits, since the channel's layout is not settled; it is in the recipient's inbox.",
        "More than one formatter matches the channel and none is named.",
        "Name one formatter on the channel: what waits then goes out by itself.",
    ),
    Reason.SUBSCRIBER_OFF: Words(
        "Subscriber switched off",
        "It waits, since you are switched off as a subscriber.",
        "It waits, since the subscriber is switched off.",
        "The subscriber is switched off.",
        "Mend what its page names and switch it on again: what waits then goes out by itself.",
    ),
    Reason.FOLDED: Words(
        "Left out",
        "Other news on the channel took its place.",
        "Was left out in favour of other news on the channel.",
        "The channel's formatter put it into no output.",
        "Nothing to do.",
    ),
    Reason.CANCELLED_BY_PERSON: Words(
        "Cancelled",
        "It was cancelled before it was sent.",
        "It was cancelled before it was sent.",
        "A person cancelled it.",
        "Send it again if that was a mistake.",
    ),
    Reason.EXHAUSTED: _trouble(
        "Gave up", "Every try allowed by the retry policy failed.", "Mend what the last error names, then send again."
    ),
    Reason.DNS: _trouble(
        "Name not found", "The far side's host name could not be looked up.", "Check the host name in the provider."
    ),
    Reason.CONNECT_REFUSED: _trouble(
        "Connection refused",
        "The far side refused the connection, or closed it.",
        "Is the server up, and are host and port right?",
    ),
    Reason.CONNECT_TIMEOUT: _trouble(
        "No answer", "The far side did not answer the connection in time.", "Check host, port and firewalls."
    ),
    Reason.TLS: _trouble(
        "No safe connection",
        "An encrypted connection could not be made: the certificate was refused, or encryption is not offered.",
        "Check the certificate and the security setting. Nothing was sent in clear.",
    ),
    Reason.AUTH: _trouble(
        "Sign-in refused", "The far side refused the provider's credentials.", "Enter the credentials again."
    ),
    Reason.SENDER_REFUSED: _trouble(
        "Sender refused", "The far side does not accept this sender.", "Check the sender's address in the provider."
    ),
    Reason.RECIPIENT_REFUSED: _trouble(
        "Address refused",
        "The far side says that it cannot deliver to this address.",
        "Correct the address on the account, then send again.",
    ),
    Reason.CONTENT_REFUSED: _trouble(
        "Content refused", "The far side refused the message itself.", "Read its words, change the text, post again."
    ),
    Reason.SERVER_BUSY: _trouble(
        "Server busy", "The far side asked to try again later.", "Nothing yet: it is tried again by itself."
    ),
    Reason.HTTP_4XX: _trouble(
        "Request refused", "The far side answered with a client error.", "Check the endpoint's address and settings."
    ),
    Reason.HTTP_5XX: _trouble(
        "Server error", "The far side answered with a server error.", "Nothing yet: it is tried again by itself."
    ),
    Reason.GONE: _trouble(
        "Gone", "The far side says that this endpoint is gone.", "Remove it, or correct its address."
    ),
    Reason.REDIRECTED: _trouble(
        "Redirected", "The far side points elsewhere; redirects are not followed.", "Enter the new address."
    ),
    Reason.BLOCKED_TARGET: _trouble(
        "Target not allowed",
        "The target is on a loopback or private network.",
        "List its network in BELFRY_ALLOWED_NETWORKS if it is meant.",
    ),
    Reason.TIMEOUT_BEFORE_DATA: _trouble(
        "Timed out", "The far side stopped answering before it had the message.", "Is the server overloaded?"
    ),
    Reason.TIMEOUT_AFTER_DATA: _trouble(
        "No confirmation",
        "The far side had the whole message but did not confirm it: it may have arrived.",
        "A further try may be a second copy, with the same id.",
    ),
    Reason.PROCESS_DIED: _trouble(
        "Process died", "The process that was sending it ended before it wrote down the outcome.", "Look at the log."
    ),
    Reason.FORMATTER_FAILED: _trouble(
        "Formatter failed", "The channel's formatter raised an error each time.", "Look at the log, mend the formatter."
    ),
    Reason.RESOLVER_FAILED: _trouble(
        "No answer for an address",
        "The plugin that looks up the recipient's address raised an error each time.",
        "Look at the log, mend the resolver, then send again.",
    ),
}
