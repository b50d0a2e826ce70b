"""What an administrator fills in for an endpoint: its Fields, the checks between them, and the parsed Account."""

from typing import Self

from webapp.domain.event import Form
from webapp.domain.field import Field
from webapp.providers import _credentials
from webapp.providers._base import Settings
from webapp.providers._credentials import Credentials
from webapp.providers._posting import Address
from webapp.providers._signing import make_key
from webapp.providers._trust import problem_in_certificates

_SIGNS_IN = ("auth", ("header", "basic", "bearer"))

FIELDS = (
    Field(
        "url", "Address", required=True, target=True,
        help="Each event is posted to it. It begins with https://; http:// is for this machine, and for networks listed"
        " in BELFRY_ALLOWED_NETWORKS.",
    ),
    Field(
        "auth", "Sign-in", "choice", "none", "Needs https, except to this machine (localhost).",
        choices=(
            ("none", "None: the signature alone"),
            ("header", "Header: a fixed one, such as an API key"),
            ("basic", "Basic: user name and password"),
            ("bearer", "Bearer: a token"),
        ),
    ),
    Field("header", "Header", default="Authorization", help="Its name. What it says is the secret.", required=True,
          only_if=("auth", ("header",))),
    Field("username", "User name", required=True, only_if=("auth", ("basic",))),
    Field("secret", "Password, token or header's value", "secret", required=True, only_if=_SIGNS_IN),
    Field(
        "signing_key", "Signing key", "secret", make=make_key,
        help="Every request is signed with it, as Standard Webhooks lay down: give it to the receiver.",
    ),
    Field(
        "body", "Body", "choice", Form.PLAIN.value, "How an event is written.",
        choices=((Form.PLAIN.value, "Plain JSON"), (Form.CLOUDEVENTS.value, "CloudEvents 1.0, structured")),
    ),
    Field("timeout", "Timeout", "number", 10, "Seconds for a whole try, whatever happens.", True, least=0.1, most=30),
    Field(
        "ca", "Certificates to trust", "lines",
        help="In PEM, beside the system's: for an endpoint whose certificate comes from an authority of your own.",
    ),
)  # fmt: skip

AT_ONCE = (
    Field("at_once", "Sends at once", "number", 4, "At most so many at the same time, by each process that sends.",
          True, least=1, most=256),
)  # fmt: skip


class Account(Address):
    """One endpoint."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """From parsed settings; one that is missing, since another switches it off, has its Field's default."""
        given = {each.name: settings.get(each.name, each.default) for each in FIELDS}
        return cls(str(given["url"]), Credentials.of(settings), float(given["timeout"]), str(given["ca"]))


def problems(settings: Settings) -> dict[str, str]:
    """What does not fit, by field."""
    problem = problem_in_certificates(str(settings.get("ca", "")))
    return {**({"ca": problem} if problem else {}), **_credentials.problems(settings)}
