"""/failed: the words of the page that asks, and of what finds nothing left to do."""

import pytest

from webapp.domain.envelope import PermanentFailure, TemporaryFailure
from webapp.domain.reason import Reason

BUSY = TemporaryFailure(Reason.SERVER_BUSY, "451 come back later")
REFUSED = PermanentFailure(Reason.RECIPIENT_REFUSED, "550 5.1.1 No such user")


@pytest.fixture
def olaf(world, browser_of):
    world.clock.advance(1)
    return browser_of("olaf", role="operator")


@pytest.fixture
def fail(world):
    def post(answer, *to):
        world.clock.advance(1)
        world.mail.answer = answer
        world.post(*to)
        world.dispatch()

    return post


def act(olaf, **data):
    return olaf.submit("/failed", data, page="/profile")


def words(element) -> str:
    return " ".join(element.get_text(" ").split())


@pytest.mark.parametrize(
    ("n", "verb", "means", "keep"),
    [
        (1, "Cancel 1 delivery", "It will not be sent. The inbox keeps its copy.", "Keep it"),
        (2, "Cancel 2 deliveries", "They will not be sent. Every inbox keeps its copy.", "Keep them"),
    ],
)
def test_cancelling_has_another_word_than_leaving_it(olaf, fail, world, soup, n, verb, means, keep):
    fail(BUSY, *world.crowd(n))
    page = soup(act(olaf, tab="retrying", all="cancel"))
    assert words(page.h1.parent).endswith(f"{verb}?")
    assert words(page.select_one("main .banner")) == means
    assert words(page.select_one("main .btn-danger")) == verb
    assert words(page.select_one("main .submit-row a")) == keep


@pytest.mark.parametrize("verb", ["cancel", "retry-now"])
def test_where_nothing_is_left_of_all_nobody_is_told_to_tick(olaf, soup, verb):
    act(olaf, tab="held", all=verb)
    assert words(soup(olaf.get("/failed")).select_one(".flash p")) == "Nothing of it is left to be done."
    act(olaf, tab="held", act=verb)
    assert words(soup(olaf.get("/failed")).select_one(".flash p")) == "Tick the ones you mean first."


def test_what_only_an_administrator_can_mend_is_said_so(olaf, fail, browser_of, soup):
    fail(REFUSED)
    advice = "Correct the address on the account, then send again."
    assert words(soup(olaf.get("/failed")).select_one(".reasons .muted")) == f"{advice} An administrator can."
    ada = browser_of("ada", role="admin")
    assert words(soup(ada.get("/failed")).select_one(".reasons .muted")) == f"{advice} To the users"
