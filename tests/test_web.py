"""What every answer has in common: headers, the host it is for, the proxies in front."""

import pytest
from flask import request
from werkzeug.routing import Map, Rule

from tests.support.people import PASSWORD
from webapp import create_app
from webapp.config import Settings
from webapp.extensions import db
from webapp.web import is_everywhere, is_loopback


@pytest.fixture
def served(environment, clock):
    """Serve one page with further settings; it answers with what the application believes about the request."""
    made = []

    def make(**settings):
        told = {f"BELFRY_{name.upper()}": value for name, value in settings.items()}
        app = create_app(Settings.read(environment | told), clock)
        app.add_url_rule("/told", "told", lambda: [request.remote_addr, request.scheme, request.host])
        made.append(app)
        return app.test_client()

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.mark.parametrize("path", ["/login", "/", "/nothing", "/static/css/base.css", "/static/nothing", "/healthz"])
def test_strict_headers_on_every_answer(path, client):
    with client.get(path) as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/login", "/", "/nothing", "/healthz"])
def test_pages_are_kept_nowhere_and_differ_for_htmx(path, client):
    answer = client.get(path)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "HX-Request" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("settings", "fine", "refused"),
    [
        ({}, ["127.0.0.1:5000", "localhost", "[::1]:5000"], ["evil.example", "127.0.0.1.evil.example", "0.0.0.0"]),
        (
            {"public_url": "http://belfry.example.com", "host": "0.0.0.0"},
            ["belfry.example.com", "belfry.example.com:5000"],
            ["localhost", "example.com", "evil.belfry.example.com", "belfry.example.com.evil.example"],
        ),
        ({"public_url": "http://belfry.example.com"}, ["belfry.example.com", "localhost"], ["example.com"]),
        ({"host": "::1"}, ["[::1]:5000", "localhost"], ["[::2]", "::1", "[::1", "evil.example"]),
        ({"host": "2001:db8::1"}, ["[2001:db8::1]:5000", "[2001:db8::1]"], ["[2001:db8::2]", "localhost"]),
        (
            {"public_url": "http://[2001:db8::1]:8080", "host": "192.0.2.1"},
            ["[2001:db8::1]:8080", "192.0.2.1"],
            ["::1"],
        ),
        ({"public_url": "https://Belfry.example.com"}, ["belfry.example.com", "BELFRY.example.com"], ["example.com"]),
        ({"public_url": "https://bücher.example"}, ["xn--bcher-kva.example"], ["bucher.example"]),
    ],
    ids=["loopback", "public", "behind a proxy here", "IPv6 loopback", "IPv6", "public IPv6", "case", "umlaut"],
)
def test_other_host_names_are_refused(settings, fine, refused, served):
    client = served(**settings)
    assert [client.get("/told", headers={"Host": host}).status_code for host in fine] == [200] * len(fine)
    assert [client.get("/told", headers={"Host": host}).status_code for host in refused] == [400] * len(refused)


FORWARDED = {"X-Forwarded-For": "192.0.2.1, 192.0.2.2", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "localhost"}


@pytest.mark.parametrize(
    ("proxies", "told"),
    [("0", ["127.0.0.1", "http"]), ("1", ["192.0.2.2", "https"]), ("2", ["192.0.2.1", "http"])],
)
def test_only_trusted_proxies_are_believed(proxies, told, served):
    answer = served(trusted_proxies=proxies).get("/told", headers=FORWARDED)
    assert answer.json[:2] == told


def test_a_forwarded_host_is_checked_too(served):
    client = served(trusted_proxies="1")
    assert client.get("/told", headers={"X-Forwarded-Host": "evil.example"}).status_code == 400


def test_over_https_the_cookie_is_bound_to_it(served, add_person):
    add_person("edith", password=PASSWORD)
    client = served(public_url="https://belfry.example.com")
    cookie = client.get("/login", base_url="https://belfry.example.com").headers["Set-Cookie"]
    assert cookie.startswith("__Host-belfry=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("localhost", True),
        ("::1", True),
        ("[::1]", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.1", False),
        ("127.0.0.1.example.com", False),
        ("localhost.example.com", False),
        ("", False),
        (None, False),
    ],
)
def test_names_of_this_machine_only(host, here):
    assert is_loopback(host) is here


@pytest.mark.parametrize(
    ("host", "everywhere"), [("0.0.0.0", True), ("::", True), ("127.0.0.1", False), ("a.b", False)]
)
def test_listening_everywhere_is_known(host, everywhere):
    assert is_everywhere(host) is everywhere


def test_whoever_listens_everywhere_answers_this_machine(served):
    client = served(host="0.0.0.0")
    assert client.get("/told", headers={"Host": "localhost"}).status_code == 200
    assert client.get("/told", headers={"Host": "belfry.example.com"}).status_code == 400


def test_what_an_answer_says_by_itself_stays(app):
    app.add_url_rule("/kept", "kept", lambda: ("", 200, {"cache-control": "max-age=60", "Referrer-Policy": "origin"}))
    answer = app.test_client().get("/kept")
    assert answer.headers.getlist("Cache-Control") == ["max-age=60"]
    assert answer.headers.getlist("Referrer-Policy") == ["origin"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_one_signer_looks_at_all_cookies(app):
    signer = app.session_interface.get_signing_serializer(app)
    assert app.session_interface.get_signing_serializer(app) is signer
    assert create_app(app.extensions["belfry"].settings).session_interface.get_signing_serializer(app) is not signer


def test_how_addresses_are_built_is_compiled_when_the_first_is(app):
    ours = list(app.url_map.iter_rules())
    assert all(rule._build.__name__ == rule._build_unknown.__name__ == "build" for rule in ours)
    theirs = Map([Rule(rule.rule, endpoint=str(index)) for index, rule in enumerate(ours)])
    for index, rule in enumerate(ours):
        values = dict.fromkeys(rule.arguments, 7 if "int" in rule.rule else "a/ü")
        for more in ({}, {"after": "ö", "self": "me"}):
            expected = theirs._rules_by_endpoint[str(index)][0].build(values | more)
            assert rule.build(values | more) == rule.build(values | more) == expected
    assert not any(rule._build_unknown.__name__ == "build" for rule in ours)
