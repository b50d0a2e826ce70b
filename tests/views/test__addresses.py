"""Where ``next`` may lead: nowhere but into Belfry; and the addresses of what a list has."""

import pytest
from flask import url_for

from webapp.views._addresses import address, path_of_page, safe_path


@pytest.mark.parametrize(
    "path", ["/", "/inbox", "/inbox?after=x&unread=1", "/users/edith/edit#role", "/a//b", "/%2F/x"]
)
def test_paths_that_are_kept(app, path):
    with app.test_request_context():
        assert safe_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "inbox",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        "https://evil.example/",
        "https:/evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "/inbox\r\nSet-Cookie: x=1",
        "/in box",
        "/a\\b",
        "/\x00",
        "/" + "x" * 2000,
    ],
    ids=ascii,
)
def test_everything_else_is_refused(app, path):
    with app.test_request_context():
        assert safe_path(path) is None


def test_what_is_only_posted_to_leads_back_to_nobody(app):
    for root in ("", "/belfry"):
        with app.test_request_context(environ_overrides={"SCRIPT_NAME": root}):
            assert safe_path(f"{root}/preferences/times/quiet-hours") is None
            assert safe_path(f"{root}/preferences/times?a=1") == f"{root}/preferences/times?a=1"


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        ({"path": "/inbox", "query_string": "unread=1"}, "/inbox?unread=1"),
        ({"path": "/inbox"}, "/inbox"),
        ({"path": "/inbox/7/reading", "method": "POST"}, None),
        ({"path": "/x", "method": "POST", "headers": {"Referer": "http://localhost/inbox?a=1"}}, "/inbox?a=1"),
        ({"path": "/x", "method": "POST", "headers": {"Referer": "http://evil.example/inbox"}}, None),
        ({"path": "/x", "headers": {"HX-Request": "1", "HX-Current-URL": "http://localhost/sent"}}, "/sent"),
        ({"path": "/x", "headers": {"HX-Request": "1", "HX-Current-URL": "http://evil.example//x"}}, None),
        ({"path": "/x", "headers": {"HX-Request": "1", "HX-Current-URL": "http://["}}, None),
        ({"path": "/x", "method": "POST", "headers": {"Referer": "http://["}}, None),
    ],
)
def test_the_page_that_somebody_has_before_them(app, request_, path):
    with app.test_request_context(**request_):
        assert path_of_page() == path


@pytest.mark.parametrize("id", ["01M7ZQ6BRV0000000199C00000", "a b", "ä?#", "%41", "a/b", 7])
def test_an_address_is_the_one_that_flask_makes(app, id):
    with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": "/belfry"}):
        assert address("inbox.read", id=id) == url_for("inbox.read", id=id)
        assert address("inbox.index", channel=id) == url_for("inbox.index", channel=id)
        assert address("inbox.index", channel=id, view=None) == url_for("inbox.index", channel=id)
        assert address("inbox.index") == url_for("inbox.index") == "/belfry/inbox"
    with app.test_request_context("/"):
        assert address("inbox.index") == "/inbox"


@pytest.mark.parametrize(
    ("endpoint", "values"),
    [
        ("mappings.edit", {"id": "7"}),
        ("mappings.edit", {"id": 7}),
        ("inbox.index", {"_anchor": "main"}),
        ("inbox.index", {"_external": True}),
        ("inbox.index", {"_scheme": "https"}),
        ("inbox.index", {"_method": "GET"}),
        (".index", {}),
        (".index", {"channel": "news"}),
    ],
)
def test_nor_is_one_kept_for_another_page_host_or_way(app, endpoint, values):
    for page in ("http://a.example/inbox", "https://b.example/failed"):
        with app.test_request_context(page):
            assert address(endpoint, **values) == url_for(endpoint, **values)
