"""The API to read: for tools, and for people; nothing that is documented is left out."""

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup

from webapp.api import openapi
from webapp.api._document import SECTIONS
from webapp.api._document import operations as each
from webapp.domain.scope import Scope
from webapp.problems import PROBLEMS


@pytest.fixture
def document(app) -> dict[str, Any]:
    with app.app_context():
        return openapi(app)


@pytest.fixture
def read(client) -> Callable[[str], BeautifulSoup]:
    """A page, as somebody reads it who has not signed in."""
    return lambda address: BeautifulSoup(client.get(address).text, "html.parser")


def resources(page: BeautifulSoup) -> list[str]:
    """Where the list of resources leads."""
    return [str(link["href"]) for link in page.select("nav.contents a")][1:]


def anchors(page: BeautifulSoup) -> set[str]:
    return {str(tag["id"]) for tag in page.select("[id]")}


def test_the_document_is_open_to_everybody_and_asked_for_once(client):
    first = client.get("/api/openapi.json")
    assert (first.status_code, first.json["openapi"]) == (200, "3.1.0")
    assert "Set-Cookie" not in first.headers
    again = client.get("/api/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert client.head("/api/openapi.json").headers["Content-Length"] == first.headers["Content-Length"]


def test_the_overview_tells_what_all_have_in_common(read):
    page = read("/api")
    assert set(PROBLEMS) | {"shape-Problem"} <= anchors(page)
    for told in (*SECTIONS, *SECTIONS.values(), *Scope):
        assert told in page.text
    assert not page.select("script:not([src])")


def test_every_operation_and_every_object_is_on_the_page_of_its_resource(read, document):
    pages = {address: read(address) for address in ["/api", *resources(read("/api"))]}
    found = set[str]().union(*map(anchors, pages.values()))
    assert {operation["operationId"] for _, _, operation in each(document)} <= found
    assert {f"shape-{name}" for name in document["components"]["schemas"]} <= found
    for address, page in pages.items():
        assert {str(link["href"])[1:] for link in page.select("a[href^='#']")} <= anchors(page), address
        assert not page.select("script:not([src])")


def test_the_overview_leads_to_every_operation(read, document):
    links = [str(link["href"]) for link in read("/api").select(".operations a")]
    assert len(links) == len(list(each(document)))
    for address, of_page in {link.partition("#")[0]: read(link.partition("#")[0]) for link in links}.items():
        wanted = {link.partition("#")[2] for link in links if link.startswith(f"{address}#")}
        assert wanted <= anchors(of_page), address


def test_from_each_resource_a_link_leads_to_the_next_and_back(read):
    addresses = resources(read("/api"))
    walked, page = [addresses[0]], read(addresses[0])
    while following := page.select_one("a[rel=next]"):
        page = read(str(following["href"]))
        back = page.select_one("a[rel=prev]")
        assert back is not None
        assert back["href"] == walked[-1]
        walked.append(str(following["href"]))
    assert walked == addresses


@pytest.mark.parametrize("name", ["nothing", "v1", "Messages", "openapi"])
def test_there_is_nothing_else(name, client):
    assert client.get(f"/api/{name}").status_code == 404


def test_whoever_has_signed_in_sees_it_in_the_frame(browser_of):
    browser = browser_of("edith")
    for address in ("/api", "/api/messages"):
        page = BeautifulSoup(browser.get(address).text, "html.parser")
        assert page.select_one("nav.sidebar")
        assert page.select_one("a[href='/profile/tokens']")


def test_an_example_can_be_typed_as_it_stands(read):
    examples = [it.text for address in resources(read("/api")) for it in read(address).select(".operation .well")]
    assert all(example.startswith("curl ") and "$BELFRY_TOKEN" in example for example in examples)
    assert any('-H "Content-Type: application/json"' in example for example in examples)
    assert all("http://localhost/api/v1/" in example for example in examples)


class TestWhereItsAddressIsSaid:
    @pytest.fixture
    def environment(self, environment: dict[str, str]) -> dict[str, str]:
        return environment | {"BELFRY_PUBLIC_URL": "https://belfry.example.com"}

    @pytest.mark.parametrize("address", ["/api", "/api/messages"])
    def test_the_examples_name_it(self, address, read):
        examples = [it.text for it in read(address).select(".well")]
        assert examples
        assert all("https://belfry.example.com/api/v1/" in example for example in examples)
