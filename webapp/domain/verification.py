"""Verification: what a code that somebody typed shows of them."""

from enum import StrEnum


class Verdict(StrEnum):
    """Only RIGHT shows that they hold the phone. After GONE and TOO_MANY another code has to be asked for."""

    RIGHT = "right"
    WRONG = "wrong"
    GONE = "gone"  # expired, or used already
    TOO_MANY = "too many"  # guesses at this one
