"""/mappings: the list in its order, the form, a try, removal, and who was faster."""

import pytest

from webapp.domain.channel_options import ChannelOptions
from webapp.services.posting import channels, mappings

FILLED = {"type": "com.example.*", "source": "*", "channel": "team.news", "people": "ada", "roles": "operator"}


@pytest.fixture
def ada(app, clock, browser_of):
    with app.app_context():
        channels.add(name="team.news", options=ChannelOptions(title="News"), by="ada", now=clock.now())
    return browser_of("ada", role="admin")


@pytest.fixture
def there(app):
    def find():
        with app.app_context():
            return mappings.listed()

    return find


def _rows(soup, answer):
    return [row.get_text(" ", strip=True) for row in soup(answer).select("tbody tr")]


@pytest.mark.parametrize("role", ["editor", "operator"])
def test_it_is_for_administrators(browser_of, role):
    somebody = browser_of("olaf", role=role)
    for path in ("/mappings", "/mappings/new", "/mappings/1", "/mappings/1/removal"):
        assert somebody.get(path).status_code == 403
    for path in ("/mappings/new", "/mappings/1", "/mappings/1/move", "/mappings/1/removal"):
        assert somebody.submit(path, FILLED, page="/profile").status_code == 403


def test_without_any_it_says_what_that_means(ada):
    assert "every event that another system publishes is refused" in ada.get("/mappings").text


def test_one_is_added_and_listed(ada, there, soup):
    assert ada.submit("/mappings/new", FILLED).status_code == 303
    [view] = there()
    assert (view.type, view.channel, view.recipients) == ("com.example.*", "team.news", ("role:operator", "ada"))
    assert _rows(soup, ada.get("/mappings")) == ["1. com.example.* anywhere team.news role operator, ada"]


def test_one_for_a_role_that_nobody_has_says_so(ada, soup):
    ada.submit("/mappings/new", FILLED | {"people": "", "roles": "operator"})
    told = "role operator: nobody active, so subscribers only"
    assert _rows(soup, ada.get("/mappings")) == [f"1. com.example.* anywhere team.news {told}"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"type": ""}, "Please fill this in."),
        ({"people": "nobody"}, "There is nobody named “nobody”."),
        ({"channel": "no.such"}, "Not a valid choice"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_the_rest_is_kept(ada, there, soup, wrong, said):
    answer = ada.submit("/mappings/new", FILLED | wrong)
    assert answer.status_code == 422
    assert said in soup(answer).select_one(".field-error").text
    assert soup(answer).select_one("#source")["value"] == "*"
    assert there() == []


def test_they_are_moved(ada, there):
    for name in ("a", "b"):
        ada.submit("/mappings/new", FILLED | {"type": name})
    last = there()[1].id
    assert ada.submit(f"/mappings/{last}/move", {"way": "up"}, page="/mappings").status_code == 303
    assert [view.type for view in there()] == ["b", "a"]
    assert ada.submit(f"/mappings/{last}/move", {"way": "away"}, page="/mappings").status_code == 400


@pytest.mark.parametrize(
    ("query", "said"),
    [("type=com.example.a&source=x", "Number 1 takes it"), ("type=other", "No mapping takes it"), ("", None)],
)
def test_an_event_can_be_tried(ada, soup, query, said):
    ada.submit("/mappings/new", FILLED)
    found = soup(ada.get(f"/mappings?{query}")).select_one(".banner")
    assert (said is None and found is None) or said in found.text


def test_who_was_slower_sees_both(ada, there, soup):
    ada.submit("/mappings/new", FILLED)
    path = f"/mappings/{there()[0].id}"
    assert ada.submit(path, FILLED | {"type": "first", "version": "1"}).status_code == 303
    late = ada.submit(path, FILLED | {"type": "second", "version": "1"})
    assert late.status_code == 409
    assert soup(late).select_one("#type")["value"] == "second"
    assert "Saved now: events of the type first" in late.text
    assert ada.submit(path, FILLED | {"type": "second", "version": "2"}).status_code == 303


def test_one_is_removed_after_a_question(ada, there):
    ada.submit("/mappings/new", FILLED)
    path = f"/mappings/{there()[0].id}/removal"
    assert "then taken by the next mapping" in ada.get(path).text
    assert ada.submit(path, {}).status_code == 303
    assert there() == []
    assert ada.get(path).status_code == 404
