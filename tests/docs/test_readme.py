"""What README.md tells people to type works, and prints what it says."""

import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult
from flask import Flask

from tests.support import ROOT
from tests.support.application import Client, csrf_token
from tests.support.clock import FakeClock
from tests.support.mail import SmtpServer
from tests.support.server import Serve
from webapp import create_app
from webapp.config import Settings
from webapp.runtime import runtime
from webapp.services.running import demo

PAGE = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^<!-- tested: (\w+) -->\n```\w+\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))
NGINX = shutil.which("nginx")

Shell = Callable[..., str]


@pytest.fixture
def shell(process_environment: dict[str, str], tmp_path: Path) -> Shell:
    """Run a block as it stands, but for some words: ``shell("smtp", {"587": "2525"})``. Gives what it prints."""

    def run(name: str, instead: dict[str, str]) -> str:
        script = BLOCKS[name].replace(".venv/bin/python", sys.executable)
        script = script.replace(".venv/bin/flask", f"{shlex.quote(sys.executable)} -m flask --app app")
        for word, other in instead.items():
            assert word in script, f"README.md no longer says {word}"
            script = script.replace(word, other)
        environ = process_environment | {"PATH": os.environ["PATH"]}
        done = subprocess.run(
            ["sh", "-e", "-c", script], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=100, check=False
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run


def test_make_run_prints_what_it_says(serve: Serve) -> None:
    (told,) = re.findall(r"^\$ make run\nInstalling [^\n]*\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    server = serve(DEMO="on", DEMO_PASSWORD="yNGV954djLYk")  # the very one that was printed there
    assert server.log == told.replace(":5000", f":{server.port}")


def test_the_demo_is_left(app: Flask, shell: Shell) -> None:
    with app.app_context():
        here = runtime()
        demo.fill(now=here.now(), vault=here.vault, password="")
    assert "demo-mailbox" in shell("leave", {})
    assert app.test_client().sign_in("you", "correct horse battery").status_code == 303


def test_a_mail_server_in_six_lines(shell: Shell, make_smtp_server: Callable[..., SmtpServer], tmp_path: Path) -> None:
    """Against a server on this machine, which signs in without TLS."""

    def known(_server: object, _session: object, _envelope: object, _mechanism: str, data: object) -> AuthResult:
        signed_in.append((data.login, data.password))
        return AuthResult(success=True)

    signed_in: list[tuple[bytes, bytes]] = []
    password = tmp_path / "password"
    password.write_text("open sesame\n")
    server = make_smtp_server(authenticator=known, auth_require_tls=False)
    here = {"smtp.example.com": "127.0.0.1", "587": str(server.port), "starttls": "none"}
    printed = shell("smtp", here | {"smtp-password.txt": str(password)})
    (mail,) = server.wait_for(1)
    assert mail.recipients == ["you@example.com"]
    assert set(signed_in) == {(b"belfry", b"open sesame")}
    assert "Accepted" in printed
    assert "open sesame" not in printed


def test_an_installation_is_one_file(shell: Shell, tmp_path: Path) -> None:
    printed = shell(
        "setup", {"export belfry.toml": f"export {tmp_path / 'a'}", "apply belfry.toml": f"apply {tmp_path / 'a'}"}
    )
    assert "version = 1" in (tmp_path / "a").read_text()
    assert "policies: 4" in printed


def test_a_backup_is_whole(shell: Shell, instance: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"
    shell("backup", {"instance/belfry.sqlite3": str(instance / "belfry.sqlite3"), "backup.sqlite3": str(copy)})
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("SELECT count(*) FROM user_account").fetchone() == (0,)


def test_behind_nginx_one_can_sign_in(environment: dict[str, str], clock: FakeClock) -> None:
    """With the headers and settings that it names, as nginx would fill them in."""
    told = dict(re.findall(r"`BELFRY_(PUBLIC_URL|TRUSTED_PROXIES)=([^`]+)`", PAGE))
    app = create_app(Settings.read(environment | {f"BELFRY_{name}": value for name, value in told.items()}), clock)
    app.test_client_class = Client
    values = {"$host": "belfry.example.com", "$scheme": "https", "$remote_addr": "203.0.113.7"}
    headers = {name: values[word] for name, word in re.findall(r"proxy_set_header (\S+) (\$\w+);", BLOCKS["nginx"])}
    page = app.test_client().get("/login", headers=headers)
    assert page.status_code == 200
    assert csrf_token(page)
    assert page.headers["Set-Cookie"].startswith("__Host-")
    assert "Secure" in page.headers["Set-Cookie"]


if shutil.which("curl"):  # where it is not, nothing is claimed

    def test_other_systems_plug_in(serve: Serve, shell: Shell) -> None:
        server = serve(DEMO="on", DEMO_PASSWORD="yNGV954djLYk")
        posted = json.loads(shell("post", {"$BELFRY": server.url}))
        assert (posted["recipients"], posted["deliveries"]) == (1, 1)
        made = json.loads(shell("subscribe", {"$BELFRY": server.url}))
        assert (made["name"], made["active"], made["made"][0]["name"]) == ("archive", False, "signing_key")


if NGINX:  # where it is not, nothing is claimed

    def test_nginx_understands_it(tmp_path: Path) -> None:
        config = tmp_path / "nginx.conf"
        folders = " ".join(
            f"{each}_temp_path {tmp_path}/{each};" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        server = f"server {{ listen 127.0.0.1:8080; {BLOCKS['nginx']} }}"
        config.write_text(f"pid {tmp_path}/pid; events {{}} http {{ access_log off; {folders} {server} }}")
        subprocess.run([str(NGINX), "-t", "-p", str(tmp_path), "-c", str(config)], check=True, timeout=20)
