"""What Twilio's codes mean: the one table for immediate answers and for later reports of a message.

Twilio's own words for each code are in its dictionary, at the address that ``page`` gives.
"""

from dataclasses import dataclass

from webapp.domain.envelope import Blame, ConfigurationFailure, Failure, PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason

# code, what follows, whose fault, Belfry's reason, what it means
_TABLE = """
    10001 configuration provider  AUTH              the account is not active
    20003 configuration provider  AUTH              the credentials do not belong to this account
    20005 configuration provider  AUTH              the account is not active
    20006 configuration provider  AUTH              the credentials may not do this
    20008 configuration provider  AUTH              these are test credentials, which cannot do this
    20403 configuration provider  AUTH              the credentials may not do this
    20404 configuration provider  HTTP_4XX          there is no such account or service
    20429 temporary     provider  SERVER_BUSY       too many requests at the same time
    20500 temporary     provider  HTTP_5XX          Twilio failed
    20503 temporary     provider  SERVER_BUSY       Twilio is not available
    21211 permanent     recipient RECIPIENT_REFUSED the number is not a valid one
    21212 configuration provider  SENDER_REFUSED    the sender is not a valid one
    21214 permanent     recipient RECIPIENT_REFUSED the number cannot be reached
    21217 permanent     recipient RECIPIENT_REFUSED the number is not a valid one
    21264 configuration provider  SENDER_REFUSED    the sender has not been verified
    21265 permanent     recipient RECIPIENT_REFUSED the number is a short code
    21266 permanent     recipient RECIPIENT_REFUSED the number is the sender's own
    21267 configuration provider  SENDER_REFUSED    a trial account cannot send under a name
    21408 configuration provider  HTTP_4XX          the country is not switched on in the Geo permissions of Messaging
    21602 permanent     content   CONTENT_REFUSED   there is no text
    21603 configuration provider  SENDER_REFUSED    there is no sender
    21604 permanent     recipient RECIPIENT_REFUSED there is no number
    21606 configuration provider  SENDER_REFUSED    the sender cannot send an SMS there
    21607 configuration provider  SENDER_REFUSED    a trial account sends from its trial number only
    21608 permanent     recipient RECIPIENT_REFUSED a trial account sends to numbers verified with Twilio only
    21609 configuration provider  HTTP_4XX          the address for callbacks is not valid: see BELFRY_PUBLIC_URL
    21610 permanent     recipient RECIPIENT_REFUSED the recipient answered STOP to this sender
    21611 temporary     provider  SERVER_BUSY       the sender's queue is full
    21612 permanent     recipient RECIPIENT_REFUSED this sender cannot reach the number
    21614 permanent     recipient RECIPIENT_REFUSED the number is not a mobile one
    21617 permanent     content   CONTENT_REFUSED   the text is longer than 1600 letters
    21619 permanent     content   CONTENT_REFUSED   there is no text
    21635 permanent     recipient RECIPIENT_REFUSED the number is a landline
    21659 configuration provider  SENDER_REFUSED    the sender is no number of Twilio's, or not of this country
    21660 configuration provider  SENDER_REFUSED    the sender is another account's
    21661 configuration provider  SENDER_REFUSED    the sender cannot send SMS
    21701 configuration provider  SENDER_REFUSED    there is no such messaging service
    21703 configuration provider  SENDER_REFUSED    the messaging service has no number for this
    21704 configuration provider  SENDER_REFUSED    the messaging service has no numbers
    21705 configuration provider  SENDER_REFUSED    the messaging service is not a valid one
    21730 temporary     provider  SERVER_BUSY       Twilio is being maintained
    30001 permanent     provider  SERVER_BUSY       the sender's queue was full for too long
    30002 permanent     provider  AUTH              the account was suspended
    30003 permanent     recipient RECIPIENT_REFUSED the phone is off, or without a network
    30004 permanent     recipient RECIPIENT_REFUSED the recipient or their network blocks it
    30005 permanent     recipient RECIPIENT_REFUSED the number is not in use
    30006 permanent     recipient RECIPIENT_REFUSED the number is a landline, or its network cannot be reached
    30007 permanent     content   CONTENT_REFUSED   it was taken for spam
    30008 permanent     recipient RECIPIENT_REFUSED the network gave no reason
    30017 permanent     provider  SERVER_BUSY       the network was too busy
    30018 permanent     provider  SENDER_REFUSED    the network wants the sender registered
    30019 permanent     content   CONTENT_REFUSED   the text is too long for the network
    30022 permanent     provider  SERVER_BUSY       more was sent than the sender's registration allows
    30023 permanent     provider  SERVER_BUSY       more was sent than is allowed in a day
    30024 permanent     provider  SENDER_REFUSED    the sender is not set up with the network
    30027 permanent     provider  SERVER_BUSY       more was sent than the network allows in a day
    30032 permanent     provider  SENDER_REFUSED    the toll-free sender has not been verified
    30034 permanent     provider  SENDER_REFUSED    the sender is not registered for sending in the USA (A2P 10DLC)
    30036 permanent     provider  EXPIRED           it waited for longer than it was valid
    30038 permanent     content   CONTENT_REFUSED   the text looks like a one-time code
    30044 permanent     content   CONTENT_REFUSED   the text is too long for a trial account
    30410 permanent     provider  SERVER_BUSY       the network did not answer Twilio
    30450 permanent     recipient RECIPIENT_REFUSED sending to such numbers was stopped as suspected fraud
    30453 permanent     recipient RECIPIENT_REFUSED sending to such numbers was stopped as suspected fraud
    60200 permanent     recipient RECIPIENT_REFUSED the number is not a valid one
    60202 temporary     recipient SERVER_BUSY       too many guesses: ten minutes have to pass
    60203 temporary     recipient SERVER_BUSY       too many codes were sent: ten minutes have to pass
    60205 permanent     recipient RECIPIENT_REFUSED the number is a landline
    60212 temporary     recipient SERVER_BUSY       too many requests for this number at the same time
    60223 configuration provider  HTTP_4XX          SMS is switched off in the Verify service
    60238 permanent     recipient RECIPIENT_REFUSED Twilio does not verify this number
    60410 permanent     recipient RECIPIENT_REFUSED sending to such numbers was stopped as suspected fraud
    60605 configuration provider  HTTP_4XX          the country is not switched on in the Geo permissions of Verify
"""
_KINDS = {"configuration": ConfigurationFailure, "permanent": PermanentFailure, "temporary": TemporaryFailure}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code stands for: the failure to raise, and ``words`` for an administrator."""

    kind: type[Failure]
    blame: Blame
    reason: Reason
    words: str = ""


def _rows(table: str) -> dict[int, Meaning]:
    split = [line.split(maxsplit=4) for line in table.strip().splitlines()]
    return {
        int(code): Meaning(_KINDS[kind], Blame(blame), Reason(reason), words)
        for code, kind, blame, reason, words in split
    }


CODES = _rows(_TABLE)


def page(code: int) -> str:
    """The address at which Twilio explains the code."""
    return f"https://www.twilio.com/docs/api/errors/{code}"
