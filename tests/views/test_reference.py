"""The API to read: for tools, and for people; nothing that is documented is left out."""

from bs4 import BeautifulSoup

from webapp.api import openapi
from webapp.api._document import operations as each
from webapp.problems import PROBLEMS


def test_the_document_is_open_to_everybody_and_asked_for_once(client):
    first = client.get("/api/openapi.json")
    assert (first.status_code, first.json["openapi"]) == (200, "3.1.0")
    assert "Set-Cookie" not in first.headers
    again = client.get("/api/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert client.head("/api/openapi.json").headers["Content-Length"] == first.headers["Content-Length"]


def test_the_page_tells_of_every_operation_object_and_problem(client, app):
    page = BeautifulSoup(client.get("/api").text, "html.parser")
    with app.app_context():
        document = openapi(app)
    operations = {operation["operationId"] for _, _, operation in each(document)}
    anchors = {tag["id"] for tag in page.select("[id]")}
    assert operations <= anchors
    assert {f"shape-{name}" for name in document["components"]["schemas"]} <= anchors
    assert set(PROBLEMS) <= anchors
    assert {link["href"][1:] for link in page.select("a[href^='#']")} <= anchors
    assert not page.select("script:not([src])")


def test_whoever_has_signed_in_sees_it_in_the_frame(browser_of):
    page = BeautifulSoup(browser_of("edith").get("/api").text, "html.parser")
    assert page.select_one("nav.sidebar")
    assert page.select_one("a[href='/profile/tokens']")


def test_an_example_can_be_typed_as_it_stands(client):
    examples = [it.text for it in BeautifulSoup(client.get("/api").text, "html.parser").select(".operation .well")]
    assert all(example.startswith("curl ") and "$BELFRY_TOKEN" in example for example in examples)
    assert any('-H "Content-Type: application/json"' in example for example in examples)
