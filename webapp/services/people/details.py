"""A person's details, checked and normalised: name, addresses, zone and locale."""

from functools import cache
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError

from webapp.domain.phone import international
from webapp.domain.refusal import Refused
from webapp.domain.role import Role
from webapp.domain.text import problem_in_line
from webapp.domain.username import LONGEST_USERNAME, may_be_username

LONGEST_NAME = 100  # characters
LONGEST_LOCALE = 16  # characters, as the table has room for


def problem_in_username(text: str) -> str | None:
    """What is wrong with a new username, as a sentence, or None."""
    if may_be_username(text):
        return None
    if not text:
        return "Please fill this in."
    return f"Small letters, digits, dots, “_” and “-”, please, {LONGEST_USERNAME} at most."


def checked(*, display_name: str, email: str | None, phone: str | None, tz: str, locale: str) -> dict[str, str | None]:
    """The details normalised: the e-mail address, the phone as +49…, empty texts as None. Raises Refused."""
    given = {"display_name": display_name, "email": email, "phone": phone, "tz": tz, "locale": locale}
    problems: dict[str, str] = {}
    clean: dict[str, str | None] = {}
    for name, check in _CHECKS.items():
        try:
            clean[name] = check((given[name] or "").strip())
        except ValueError as error:
            problems[name] = str(error)
    if problems:
        raise Refused(problems)
    return clean


def checked_role(role: str) -> Role:
    """The role of that name. Raises Refused."""
    try:
        return Role(role)
    except ValueError:
        raise Refused({"role": f"One of {', '.join(Role)}, please."}) from None


def _name(text: str) -> str:
    if problem := problem_in_line(text, longest=LONGEST_NAME):
        raise ValueError(problem)
    return text


def _email(text: str) -> str | None:
    if not text:
        return None
    from email_validator import EmailNotValidError, validate_email  # not above: slow to load, and for few requests

    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as error:
        if "<" in text:  # read as a name with an address, it is told what is wrong with the name
            raise ValueError("Write it as name@example.com.") from None
        raise ValueError(f"This is no e-mail address: {str(error).rstrip('.')}.") from None


def _phone(text: str) -> str | None:
    return international(text) if text else None


def _zone(text: str) -> str:
    if text not in _zones():
        raise ValueError("A time zone such as Europe/Berlin, please.")
    return text


@cache
def _zones() -> frozenset[str]:
    """Every time zone. Cached: finding them takes 14 ms, and they do not change while a process runs."""
    return frozenset(available_timezones())


def _locale(text: str) -> str:
    try:
        locale = str(Locale.parse(text.replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        locale = ""
    if not 0 < len(locale) <= LONGEST_LOCALE:
        raise ValueError("A language and region such as en_GB, please.")
    return locale


_CHECKS = {"display_name": _name, "email": _email, "phone": _phone, "tz": _zone, "locale": _locale}
