"""/policies: the list, the form with its table, presets put back, removal, and who was faster."""

import pytest
from sqlalchemy import delete, update

from webapp.domain.channel_options import ChannelOptions
from webapp.domain.refusal import Missing
from webapp.domain.retry_policy import Rule
from webapp.domain.retry_presets import PRESETS
from webapp.models.policy import Policy
from webapp.services.posting import channels, policies

FILLED = {"name": "patient", "kind": "steps", "steps": "1 min, 1 h", "max_attempts": "3"}
PIECE = {"HX-Request": "true"}


@pytest.fixture
def ada(browser_of):
    return browser_of("ada", role="admin")


@pytest.fixture
def there(app):
    def find(name="patient"):
        with app.app_context():
            return policies.get(name=name).policy

    return find


@pytest.fixture
def used(app, clock):
    """``used("team.a", "zitadel")``: a channel that follows a policy."""

    def make(channel, policy, **more):
        options = ChannelOptions(title="A", policy=policy, **more)
        with app.app_context():
            channels.add(name=channel, options=options, by="ada", now=clock.now())

    return make


def table(page) -> list[list[str]]:
    return [
        [cell.get_text(" ", strip=True) for cell in row.select("th, td")]
        for row in page.select(".tries-table tbody tr")
    ]


@pytest.mark.parametrize("role", ["editor", "operator"])
def test_it_is_for_administrators(browser_of, role):
    somebody = browser_of("olaf", role=role)
    for path in ("/policies", "/policies/new", "/policies/kazoo", "/policies/kazoo/removal"):
        assert somebody.get(path).status_code == 403
    for path in ("/policies/new", "/policies/preview", "/policies/kazoo/restoration"):
        assert somebody.submit(path, FILLED, page="/profile").status_code == 403


def test_the_list_says_each_policy_in_a_sentence_and_who_uses_it(ada, used, soup):
    used("team.a", "kazoo")
    rows = {row.th.a.text: row.get_text(" ", strip=True) for row in soup(ada.get("/policies")).select("tbody tr")}
    assert list(rows) == ["kazoo", "open-notificaties", "optimizely", "zitadel"]
    assert "4 tries over 1 h 6 min" in rows["optimizely"]
    assert "8 tries over 23 h 55 min" in rows["open-notificaties"]
    assert "3 tries over 3.8 s at most" in rows["zitadel"]
    assert "1 channel" in rows["kazoo"]
    assert "voicemail_new" in rows["kazoo"]
    assert "nothing yet" in rows["zitadel"]


def test_an_empty_list_says_what_a_policy_is(ada, session):
    session.execute(delete(Policy))
    session.commit()
    assert "Without one no channel can be made" in ada.get("/policies").text


def test_the_form_shows_the_whole_table_before_it_is_saved(ada, soup):
    shown = soup(ada.get("/policies/optimizely"))
    assert table(shown) == [
        ["1", "3", "1 min", "1 min"],
        ["2", "2", "5 min", "6 min"],
        ["3", "1", "1 h", "1 h 6 min"],
        ["4", "0", "Given up"],
    ]
    assert len(shown.select("svg.tries-chart circle")) == 4
    assert shown.select_one("svg.tries-chart title").text


def test_each_type_with_rules_has_a_table_of_its_own(ada, soup):
    shown = soup(ada.get("/policies/kazoo"))
    assert ["4", "1", "1 d", "1 d 3 h"] in table(shown)
    assert "voicemail_new: 5 tries over 27 h" in shown.select_one("#preview").get_text(" ", strip=True)


def test_where_chance_decides_the_table_has_bounds(ada, soup):
    assert table(soup(ada.get("/policies/zitadel")))[1] == ["2", "1", "1 s to 2.25 s", "2 s to 3.75 s"]


def test_what_is_typed_is_shown_at_once(ada, soup):
    told = {"kind": "linear", "initial_s": "10 min", "max_attempts": "3"}
    piece = ada.submit("/policies/preview", told, page="/policies/new", headers=PIECE)
    assert "<html" not in piece.text
    assert table(soup(piece))[1] == ["2", "1", "20 min", "30 min"]
    assert "3 tries over 30 min" in piece.text


def test_the_piece_says_what_it_cannot_read(ada, soup):
    piece = ada.submit(
        "/policies/preview", {"kind": "steps", "steps": "1 min, soon"}, page="/policies/new", headers=PIECE
    )
    assert piece.status_code == 200
    assert "“soon” is no duration" in soup(piece).select_one(".problems").text
    assert not soup(piece).select("table")


@pytest.mark.parametrize("path", ["/policies/new", "/policies/kazoo"])
def test_a_preview_without_scripts_is_the_page_again_and_saves_nothing(ada, soup, there, path):
    shown = ada.submit(path, FILLED | {"steps": "7 s", "act": "preview"})
    assert shown.status_code == 200
    assert table(soup(shown))[0] == ["1", "2", "7 s", "7 s"]
    assert soup(shown).select_one("[name=steps]")["value"] == "7 s"
    with pytest.raises(Missing):
        there()
    assert there("kazoo") == PRESETS["kazoo"]


def test_enter_saves_and_does_not_only_look(ada, soup):
    assert soup(ada.get("/policies/new")).select_one("#policy button").get("name") is None


def test_a_number_says_for_which_kinds_it_counts(ada, soup):
    field = soup(ada.get("/policies/new")).select_one("[name=base]")
    assert field["data-only-if-values"] == "forward_jitter exponential"
    assert "Only for “At random, growing” or" in soup(ada.get("/policies/new")).select_one("#base-help").text


def test_one_is_added(ada, there):
    answer = ada.submit("/policies/new", FILLED | {"ttl_s": "2 d", "max_delay_s": "30 min"})
    assert (answer.status_code, answer.location) == (303, "/policies")
    made = there()
    assert (made.steps, made.max_attempts, made.ttl_s, made.max_delay_s) == ((60, 3600), 3, 172800, 1800)


def test_rules_are_lines_of_the_form(ada, there):
    line = {"rules-0-type": "fax", "rules-0-attempt": "1", "rules-0-retry_after_s": "5 min", "rules-1-type": ""}
    more = {"rules-2-type": "fax", "rules-2-name": "often", "rules-2-retries": "9"}
    ada.submit("/policies/new", FILLED | line | more)
    assert there().rules == {"fax": {"1": Rule(attempt=1, retry_after_s=300), "often": Rule(retries=9)}}


def test_lines_are_added_and_taken_away_without_saving(ada, soup):
    more = ada.submit("/policies/kazoo", FILLED | {"rules-0-type": "fax", "line": "add"})
    assert [box["value"] for box in soup(more).select("[name$='-type']")] == ["fax", ""]
    told = {"rules-0-type": "fax", "rules-1-type": "post", "line": "remove 0"}
    less = ada.submit("/policies/kazoo", FILLED | told, headers=PIECE)
    assert [box["value"] for box in soup(less).select("[name$='-type']")] == ["post"]
    assert "<html" not in less.text
    for odd in ("remove 7", "remove", "remove x", "remove -1", "dance"):
        same = ada.submit("/policies/kazoo", FILLED | told | {"line": odd}, headers=PIECE)
        assert len(soup(same).select("[name$='-type']")) == 2


REFUSED = [
    ("name", ""),
    ("name", "new"),
    ("kind", ""),
    ("kind", "lunar"),
    ("steps", ""),
    ("steps", "soon"),
    ("max_attempts", "0"),
    ("base", "x"),
    ("initial_s", "-1"),
    ("max_delay_s", "0"),
    ("ttl_s", "x"),
]


def test_a_refusal_keeps_what_was_typed_and_names_the_field(ada, soup, there):
    for field, value in REFUSED:
        answer = ada.submit("/policies/new", FILLED | {field: value})
        assert answer.status_code == 422, field
        shown = soup(answer)
        assert shown.title.text.startswith("Error:")
        assert shown.select_one(f"#error-summary a[href='#{field}']"), field
        assert shown.select_one(f"#{field}")
        assert field == "kind" or shown.select_one(f"[name={field}]")["value"] == value
    with pytest.raises(Missing):
        there()


def test_a_rule_that_makes_no_sense_is_named(ada, soup):
    answer = ada.submit("/policies/new", FILLED | {"rules-0-type": "fax", "rules-0-attempt": "first"})
    assert answer.status_code == 422
    assert "Line 1:" in soup(answer).select_one("#rules-error").text
    assert soup(answer).select_one("[name=rules-0-attempt]")["value"] == "first"


def test_one_is_changed(ada, there):
    answer = ada.submit("/policies/kazoo", FILLED | {"version": "1"})
    assert answer.location == "/policies"
    assert (there("kazoo").kind, there("kazoo").rules, there("kazoo").version) == ("steps", {}, 2)


def test_saving_the_form_as_it_is_changes_nothing(ada, soup, there):
    for name in PRESETS:
        form = soup(ada.get(f"/policies/{name}")).select_one("#policy")
        told = {it["name"]: it.get("value", "") for it in form.select("input[name]") if it.get("type") != "radio"}
        kind = form.select_one("[name=kind][checked]")["value"]
        assert ada.post(f"/policies/{name}", data=told | {"kind": kind}).status_code == 303
        assert {**there(name).stored_rules()} == PRESETS[name].stored_rules()
        assert there(name).numbers() == PRESETS[name].numbers()


def test_whoever_comes_second_sees_it_and_may_decide(ada, browser_of, soup, there):
    theirs = FILLED | {"max_delay_s": "2 h", "ttl_s": "1 d", "version": "1"}
    browser_of("adam", role="admin").submit("/policies/kazoo", theirs)
    answer = ada.submit("/policies/kazoo", FILLED | {"steps": "9 s", "version": "1"})
    assert answer.status_code == 409
    page = soup(answer)
    assert "adam changed this" in page.select_one(".banner[role=alert]").text
    saved = " ".join(page.select_one("section:has(#saved-title) dl").get_text(" ").split())
    for told in ("Tries in all 3", "Longest delay 2 h", "Time to live 1 d"):
        assert told in saved
    assert page.select_one("#policy .btn-primary").text == "Save mine over it"
    newest = soup(answer).select_one("#policy [name=version]")["value"]
    ada.submit("/policies/kazoo", FILLED | {"steps": "9 s", "version": newest})
    assert there("kazoo").steps == (9,)


def test_a_new_one_may_begin_like_another_one(ada, soup):
    shown = soup(ada.get("/policies/new?like=kazoo"))
    assert shown.select_one("[name=name]")["value"] == ""
    assert shown.select_one("[name=initial_s]")["value"] == "10 min"
    assert len(shown.select("[name$='-type']")) == 4
    assert ada.get("/policies/new?like=nothing").status_code == 200


def test_a_preset_is_put_back(ada, soup, there):
    assert "Put it back" not in ada.get("/policies/kazoo").text
    ada.submit("/policies/kazoo", FILLED | {"version": "1"})
    assert "Put it back" in ada.get("/policies/kazoo").text
    answer = ada.submit("/policies/kazoo/restoration", {"version": "2"}, page="/policies/kazoo")
    assert answer.location == "/policies/kazoo"
    assert there("kazoo").rules == PRESETS["kazoo"].rules
    late = ada.submit("/policies/kazoo/restoration", {"version": "2"}, page="/policies/kazoo")
    assert late.status_code == 409
    assert soup(late).select_one("[name=initial_s]")["value"] == "10 min"
    assert ada.submit("/policies/other/restoration", {}, page="/policies/kazoo").status_code == 404


def test_one_that_cannot_be_put_back_says_why(ada, used, there):
    ada.submit("/policies/zitadel", FILLED | {"version": "1", "ttl_s": "1 h"})
    used("team.slow", "zitadel", every_s=900)
    answer = ada.submit("/policies/zitadel/restoration", {"version": "2"}, page="/policies/zitadel")
    assert answer.status_code == 422
    assert "channels of this policy are tried: team.slow." in answer.text
    assert there("zitadel").ttl_s == 3600


def test_one_that_nothing_uses_is_removed_after_a_question(ada, there):
    assert "Remove zitadel?" in ada.get("/policies/zitadel/removal").text
    answer = ada.submit("/policies/zitadel/removal", {}, page="/policies/zitadel/removal")
    assert (answer.status_code, answer.location) == (303, "/policies")
    with pytest.raises(Missing):
        there("zitadel")


def test_one_that_is_used_says_by_whom_and_stays(ada, used, there):
    page = ada.get("/policies/zitadel")
    used("team.a", "zitadel")
    assert "/policies/zitadel/removal" in page.text
    assert "/policies/zitadel/removal" not in ada.get("/policies/zitadel").text
    answer = ada.submit("/policies/zitadel/removal", {}, page="/policies/zitadel/removal")
    assert answer.status_code == 422
    assert "team.a" in answer.text
    assert there("zitadel")


def test_what_is_not_there_is_404(ada):
    for path in ("/policies/no-such", "/policies/no-such/removal", "/policies/%E2%80%A8"):
        assert ada.get(path).status_code == 404


def test_without_a_token_nothing_is_saved(ada):
    assert ada.post("/policies/new", data=FILLED).status_code == 400


def test_a_kind_that_is_no_longer_installed_is_still_listed(ada, session, there):
    session.execute(update(Policy).where(Policy.name == "kazoo").values(kind="lunar"))
    session.commit()
    assert "lunar" in ada.get("/policies").text
    assert "“lunar” is no kind of retry policy" in ada.get("/policies/kazoo").text
