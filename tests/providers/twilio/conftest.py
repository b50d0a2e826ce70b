"""What the tests of Twilio share: providers that lead to the fake one."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from tests.support.twilio import FakeTwilio
from webapp.domain.envelope import Envelope, Failure, Transcript
from webapp.domain.field import parse_fields
from webapp.providers import Provider, Surroundings, kinds

AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
GERMAN, INDIAN = "+4915112345678", "+919876543210"


@pytest.fixture
def make_twilio(twilio: FakeTwilio, surroundings: Surroundings) -> Iterator[Callable[..., Provider]]:
    """Providers as an administrator sets them up, by token, or with what is typed differently."""
    made: list[Provider] = []

    def make(typed: dict[str, str] | None = None, **different: str) -> Provider:
        kind = kinds()["twilio"]
        settings = parse_fields(kind.all_fields(), kind.tidied({**(typed or twilio.typed()), **different}))
        assert not kind.problems(settings)
        made.append(kind("Texts", settings, surroundings))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


@pytest.fixture
def sms(envelope: Callable[..., Envelope]) -> Callable[..., Envelope]:
    """Text messages to a German phone, unless said otherwise."""

    def make(**different: object) -> Envelope:
        return envelope(**{"medium": "sms", "address": GERMAN, "html": None, **different})

    return make


@pytest.fixture
def refused(
    make_twilio: Callable[..., Provider], sms: Callable[..., Envelope], transcript: Transcript
) -> Callable[..., Failure]:
    """Send once, and give the failure."""

    def make(**typed: str) -> Failure:
        with pytest.raises(Failure) as caught:
            make_twilio(**typed).send(sms(), transcript)
        return caught.value

    return make
