"""/failed: what is in doubt stands there with all that is known of it, and with what the two guarantees do about it."""

from webapp.domain.envelope import Certainty, TemporaryFailure
from webapp.domain.reason import Reason

LOST = TemporaryFailure(
    Reason.TIMEOUT_AFTER_DATA, "The server closed the connection.", certainty=Certainty.MAY_HAVE_ARRIVED
)


def words(element) -> str:
    return " ".join(element.get_text(" ").split())


def test_what_is_in_doubt_stands_with_its_evidence(world, browser_of, soup):
    world.channel("team.pages", at_most_once=True)
    world.mail.answer = LOST
    world.post(channel="team.pages")
    world.dispatch()
    olaf = browser_of("olaf", role="operator")
    page = soup(olaf.get("/failed?tab=unknown"))
    told = words(page.select_one("tbody tr .doubt"))
    for part in (
        "email-main began to hand it to email-main at",
        "It ended with: “The server closed the connection.”",
        f"To emil@example.com, as {world.row.envelope_id}",
        "Its channel says at most once: it is not repeated by itself.",
    ):
        assert part in told
    about = words(page.select_one(".note"))
    assert "at most once never repeats what is in doubt" in about
    assert "at least once tries again, and a copy may come twice, with the same id" in about
    assert [words(button) for button in page.select(".for-some button")] == [
        "Send ticked ones again",
        "Ticked ones arrived",
    ]
    assert not soup(olaf.get("/failed")).select(".doubt, main .note")
