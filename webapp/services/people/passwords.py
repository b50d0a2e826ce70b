"""Passwords: argon2id, with the same work for an unknown person as for a known one."""

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from webapp.domain.text import problem_in_line

SHORTEST, LONGEST = 8, 200  # characters
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # 19 MiB: OWASP's least for argon2id
# The hash of a random text that nobody kept, with the numbers above: checking against it takes as long as any other.
NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$7ikTaju41v43CnGvDy9pFg$UfxdsGDutpukc6Iw//AJNcI1lFg/Y6kBALFmGzLWm2Q"


def hashed(password: str) -> str:
    """What is stored instead of ``password``. Slow by intent, so never call it inside a transaction."""
    return HASHER.hash(password)


def fits(kept: str | None, password: str) -> bool:
    """Whether ``password`` is the one that was hashed. Where no hash is kept, do the same work and return False."""
    try:
        HASHER.verify(kept or NOBODYS, password.encode(errors="replace"))
    except (Argon2Error, InvalidHashError):
        return False
    return kept is not None


def problem_in_password(password: str) -> str | None:
    """What is wrong with a new password, as a sentence, or None. Length is what counts; nothing else is asked for."""
    if password and len(password) < SHORTEST:
        return f"At least {SHORTEST} characters, please."
    return problem_in_line(password, longest=LONGEST)
