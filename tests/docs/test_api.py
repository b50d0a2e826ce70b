"""What docs/api.md tells people to type works with curl against a real server, and is answered as it says."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from typing import Any

import pytest

from tests.support import ROOT
from tests.support.world import wait_for
from webapp.api import openapi
from webapp.domain.role import Role
from webapp.domain.scope import Scope

PAGE = (ROOT / "docs/api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(
    r"^<!-- curl: (\w+) -->\n```sh\n(.*?)^```\n(?:```(json|http)\n(.*?)^```)?", PAGE, re.DOTALL | re.MULTILINE
)
LEFT_OUT = "…"
FLASK = f"{shlex.quote(sys.executable)} -m flask --app app"
CURL = shutil.which("curl")


class Reader:
    """Somebody who types one example after another, and takes from the answers what the next ones speak of."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.environ = environ

    def types(self, script: str) -> str:
        script = script.replace(".venv/bin/flask", FLASK)
        done = subprocess.run(
            ["sh", "-e", "-c", script], cwd=ROOT, env=self.environ, capture_output=True, text=True, timeout=100,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def token_of(self, username: str, role: Role) -> str:
        """With every scope that the role allows."""
        scopes = " ".join(f"--scope {scope}" for scope in Scope if role.includes(scope.role))
        return self.types(f".venv/bin/flask tokens make {username} --name all {scopes}").strip()

    def asks(self, path: str, token: str) -> Any:
        return json.loads(self.types(f'curl -s "$BELFRY/api/v1{path}" -H "Authorization: Bearer ${token}"'))


@pytest.fixture
def reader(serve, process_environment):
    server = serve(DEMO="on", DEMO_PASSWORD="yNGV954djLYk")
    reader = Reader(process_environment | {"PATH": os.environ["PATH"], "BELFRY": server.url})
    for role, username in ((Role.OPERATOR, "olaf"), (Role.ADMIN, "ada")):
        reader.environ[role.name] = reader.token_of(username, role)
    return reader


def check(told: Any, found: Any, place: str = "") -> None:
    """Whether an answer has what is told of it, each of the same sort; and nothing beside it, unless that is left
    out."""
    if told == LEFT_OUT:
        return
    if isinstance(told, dict):
        missing = told.keys() - {LEFT_OUT} - found.keys()
        assert not missing, f"{place}: {missing}"
        assert LEFT_OUT in told or told.keys() == found.keys(), f"{place}: {found.keys() - told.keys()}"
        for name in told.keys() - {LEFT_OUT}:
            check(told[name], found[name], f"{place}.{name}")
    elif isinstance(told, list):
        assert bool(told) == bool(found), place
        for one, other in zip(told, found, strict=False):
            check(one, other, f"{place}[]")
    else:
        assert _alike(told, found), f"{place}: {found} for {told}"


def _alike(told: Any, found: Any) -> bool:
    """Numbers, times, ids and keys are others each time; and what was queued may be on its way by now."""
    if told == "queued":
        return found in ("queued", "sending", "sent")
    varies = isinstance(told, str) and bool(re.fullmatch(r"[0-7][0-9A-Z]{25}|2026-.*|whsec_.*", told))
    return type(told) is type(found) and (varies or isinstance(told, (int, float)) or told == found)


def headers(text: str) -> dict[str, str]:
    """In lower case, without their numbers and ids."""
    found = re.findall(r"^([\w-]+): (.*?)\r?$", text, re.MULTILINE)
    return {name.lower(): re.sub(r"[0-9A-Z]{26}|\d+", "#", value) for name, value in found}


def take_along(reader: Reader, name: str, answer: Any) -> None:
    """What later examples speak of."""
    if name == "post":
        reader.environ["MESSAGE"] = answer["id"]
        wait_for(lambda: reader.asks(f"/messages/{answer['id']}", "TOKEN")["final"])
    elif name == "inbox":
        reader.environ["NOTIFICATION"] = answer["items"][0]["id"]
    elif name == "deliveries":
        reader.environ["DELIVERY"] = answer["items"][0]["id"]


if CURL:  # where it is not, nothing is claimed

    def test_every_example_is_answered_as_it_says(reader):
        for name, script, form, told in EXAMPLES:
            printed = reader.types(script)
            if name == "token":
                reader.environ["TOKEN"] = printed.strip()
            elif form == "http":
                found = headers(printed)
                assert headers(told).items() <= found.items(), f"{name}: {found}"
            else:
                answer = json.loads(printed)
                check(json.loads(told), answer, name)
                take_along(reader, name, answer)


def test_there_are_examples_of_every_sort():
    assert len(EXAMPLES) > 15
    assert {form for _, _, form, _ in EXAMPLES} == {"", "json", "http"}


def test_every_address_that_it_names_is_there(app):
    with app.test_request_context():
        paths = [re.sub(r"{\w+}", "X", path) for path in openapi(app)["paths"]]
    named = re.findall(r"(?:GET|POST|PUT|PATCH|DELETE) (/[\w/-]+)", PAGE)
    known = {path.removeprefix("/api/v1") for path in paths}
    assert named
    assert not {path for path in named if re.sub(r"\b(ID|NAME)\b", "X", path) not in known}
