"""Verification: the codes that prove who holds a phone, the recovery codes for a phone that is lost, and their
bounds."""

import secrets
from datetime import timedelta
from enum import StrEnum

# What NIST SP 800-63B (5.1.3.2) asks of a code sent to a phone: six decimal digits at least, ten minutes at most. So
# it is with Twilio Verify, too, whose numbers the next ones are: 5 guesses at a code, 5 codes in 10 minutes, and half
# a minute before another one is asked for.
DIGITS = 6
LASTS = timedelta(minutes=10)
MOST_TRIES = 5  # guesses at one code; the fifth wrong one is the end of it
AGAIN_AFTER = timedelta(seconds=30)
MOST_CODES, CODES_WITHIN = 5, timedelta(minutes=10)
MOST_CODES_A_DAY = 20  # not from Verify: it protects whoever pays for the codes

RECOVERY_CODES = 10  # on one list
_RECOVERY_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no letters that look alike
_RECOVERY_LENGTH, _RECOVERY_GROUP = 16, 4  # 16 letters of 5 bits: 80 bits
_TAKEN_FOR = str.maketrans("ilo", "110", "-")


class Verdict(StrEnum):
    """Only RIGHT proves that they hold the phone. After GONE and TOO_MANY a new code has to be requested."""

    RIGHT = "right"
    WRONG = "wrong"
    GONE = "gone"  # expired, or used already
    TOO_MANY = "too many"  # guesses at this one


class Purpose(StrEnum):
    """What a code is asked for."""

    PHONE = "phone"  # to prove that a phone number on record is one's own
    SIGN_IN = "sign-in"


def new_code() -> str:
    """Random digits."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def code_as_typed(text: str) -> str:
    """A typed code without the spaces or dashes that people put between its halves."""
    return "".join(text[:100].replace("-", "").split())


def new_recovery_code() -> str:
    """80 random bits, in groups that can be copied by hand, such as ``7k2m-9qxe-…``."""
    letters = "".join(secrets.choice(_RECOVERY_LETTERS) for _ in range(_RECOVERY_LENGTH))
    return "-".join(letters[at : at + _RECOVERY_GROUP] for at in range(0, len(letters), _RECOVERY_GROUP))


def recovery_code_as_typed(text: str) -> str:
    """A typed recovery code in its plain form: without dashes and spaces, in lower case, with letters that look alike
    replaced."""
    return "".join(text[:100].lower().translate(_TAKEN_FOR).split())
