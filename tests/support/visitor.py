"""A browser without a screen, for real servers: cookies and forms, and nothing automatic."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, ProxyHandler, Request, build_opener

from bs4 import BeautifulSoup

from tests.support.application import TOKEN
from tests.support.house import PASSWORD

ANSWERS_WITHIN = 30.0


@dataclass(frozen=True)
class Answer:
    """A server's answer. ``headers`` ignore case."""

    status: int
    headers: Message
    text: str

    @property
    def page(self) -> BeautifulSoup:
        """The parsed page."""
        return BeautifulSoup(self.text, "html.parser")

    @property
    def token(self) -> str:
        """The CSRF token of its form."""
        found = TOKEN.search(self.text)
        assert found is not None, f"There is no CSRF token on this page ({self.status})."
        return found[1]

    def form(self, action: str) -> dict[str, str]:
        """What a browser would send if the form that goes to ``action`` were submitted untouched.

        A form that names no address goes to that of its page.
        """
        form = self.page.select_one(f'form[action="{action}"], form[method="post"]:not([action])')
        assert form is not None, f"No form on this page goes to {action}."
        texts = {str(it["name"]): str(it.get("value", "")) for it in form.select("input[name]") if _is_sent(it)}
        areas = {str(it["name"]): it.text for it in form.select("textarea[name]")}
        chosen = {str(it["name"]): _choice(it) for it in form.select("select[name]")}
        return texts | areas | chosen


class Visitor:
    """One person's browser. It does not follow redirects."""

    def __init__(self, url: str) -> None:
        self.url, self._jar = url, CookieJar()
        self._opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(self._jar), _NoRedirects())

    @property
    def cookies(self) -> str:
        """The Cookie header of its next request."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._jar)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Open a page."""
        return self._ask(Request(urljoin(self.url, path), headers=dict(headers or {})))

    def post(self, path: str, data: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Answer:
        """Post just this data, without adding a token."""
        encoded = urlencode(list(data.items()), doseq=True, errors="surrogatepass").encode()
        return self._ask(Request(urljoin(self.url, path), data=encoded, headers=dict(headers or {}), method="POST"))

    def submit(self, path: str, data: Mapping[str, Any], *, page: str | None = None) -> Answer:
        """Post a form with the token of the page it stands on (by default the one at the same address)."""
        return self.post(path, {"csrf_token": self.get(page or path).token, **data})

    def sign_in(self, username: str, password: str = PASSWORD) -> "Visitor":
        """Sign in by the form at /login."""
        answer = self.submit("/login", {"username": username, "password": password})
        assert answer.status == 303, answer.text
        return self

    def crawl(self, *starts: str) -> dict[str, Answer]:
        """Every page that links lead to from ``starts``, by its path and query."""
        found: dict[str, Answer] = {}
        waiting = list(starts)
        while waiting:
            path = waiting.pop()
            if path in found:
                continue
            answer = found[path] = self.get(path)
            waiting += [link for link in _links(path, answer) if link not in found]
        return found

    def _ask(self, request: Request) -> Answer:
        try:
            response = self._opener.open(request, timeout=ANSWERS_WITHIN)
        except HTTPError as error:
            response = error
        with response:
            return Answer(response.status, response.headers, response.read().decode(errors="replace"))


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: Any) -> None:
        return None


def _is_sent(field: Any) -> bool:
    if field.get("type") in {"submit", "button", "image", "reset"}:
        return False
    return field.get("type") not in {"checkbox", "radio"} or field.has_attr("checked")


def _choice(field: Any) -> str:
    chosen = field.select_one("option[selected]") or field.select_one("option")
    return str(chosen.get("value", chosen.text)) if chosen else ""


def _links(path: str, answer: Answer) -> list[str]:
    """The page's links within the installation, without static files."""
    if "html" not in answer.headers.get("Content-Type", ""):
        return [str(answer.headers["Location"])] if answer.headers.get("Location", "").startswith("/") else []
    places = [urlsplit(urljoin(path, str(link["href"]))) for link in answer.page.select("a[href]")]
    ours = [place for place in places if not place.netloc and not place.path.startswith("/static/")]
    return [place.path + (f"?{place.query}" if place.query else "") for place in ours]
