"""Belfry as people run it: real server processes, and the operator's commands."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import pytest

from tests.support import ROOT, machine

READY_WITHIN = 60.0
STOPPED_WITHIN = 60.0
FLASK = [sys.executable, "-m", "flask", "--app", "app"]
# Requests must reach the test's own server, even where this machine uses a proxy.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))

Serve = Callable[..., "Server"]
Belfry = Callable[..., Any]
StartBelfry = Callable[..., "subprocess.Popen[str]"]


class Server:
    """One ``python app.py`` in a process group of its own."""

    command = (sys.executable, "app.py")

    def __init__(self, environ: dict[str, str], log: Path, *, inside: Sequence[str] = ()) -> None:
        """``inside`` is a command prefix, such as one that selects a network namespace."""
        self.port = int(environ["BELFRY_PORT"])
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [*inside, *self.command],
                cwd=ROOT, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip

    @property
    def log(self) -> str:
        """What it has printed so far."""
        return self._log.read_text(errors="replace")

    def wait(self, *, processes: int = 1) -> None:
        """Return once it answers, with so many ``processes``. Fails with the server's output where it ends before, or
        takes too long."""
        deadline = time.monotonic() + READY_WITHIN
        while not self.answers() or (processes > 1 and self.answering < processes):
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"The server did not start (exit {self.process.poll()}):\n{self.log}", pytrace=False)
            time.sleep(0.02)

    def health(self) -> dict[str, Any]:
        """The answer of /healthz, whatever its status."""
        try:
            with DIRECT.open(f"{self.url}/healthz", timeout=30) as response:
                return json.load(response)
        except HTTPError as error:
            return json.load(error)

    def stop(self) -> int:
        """Send SIGTERM, as a service manager does, and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=STOPPED_WITHIN)

    def kill_all(self) -> None:
        """End every process of its group, whatever state they are in."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    @property
    def members(self) -> list[int]:
        """The living processes of its group."""
        return machine.members(self.process.pid)

    @property
    def answering(self) -> int:
        """How many of its processes have started to answer."""
        return len(machine.listening_at(self.port))

    def has(self, ports: set[int]) -> int:
        """How many of these local ports belong to its connections."""
        held = set().union(*(machine.sockets_of(pid) for pid in self.members))
        return len(held & machine.sockets_at(ports))

    def answers(self) -> bool:
        """Whether it has begun."""
        try:
            DIRECT.open(f"{self.url}/healthz", timeout=30).close()
        except HTTPError:
            return True
        except (URLError, OSError):
            return False
        return True


class Worker(Server):
    """One ``flask worker``."""

    command = (*FLASK, "worker")

    def answers(self) -> bool:
        return "Belfry is working" in self.log


@pytest.fixture
def process_environment(environment: dict[str, str]) -> dict[str, str]:
    """The environment for processes of this installation; jobs are on, as in production."""
    return inherited() | environment | {"BELFRY_JOBS": "all"}


def inherited() -> dict[str, str]:
    """The part of the environment that does not depend on settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BELFRY_", "COV_"))}
    return kept | {"PYTHONUNBUFFERED": "1"}


@pytest.fixture
def run(process_environment: dict[str, str]) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """``run("print(1)", JOBS="off")``: run Python code in a process of its own, as a new server would start."""

    def python(code: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        environ = process_environment | {f"BELFRY_{name}": value for name, value in settings.items()}
        return subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return python


def refused(done: "subprocess.CompletedProcess[str]") -> str:
    """The refusal of a failed start: one plain line, and nothing before it."""
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("belfry: ")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


@pytest.fixture
def serve(process_environment: dict[str, str], tmp_path: Path) -> Iterator[Serve]:
    """Start a server on the test's database: ``serve(JOBS="off", LEASE="5")``, with any BELFRY_ setting; as often as
    you like. Returns when it answers, unless told ``wait=False``."""
    yield from _started(Server, process_environment, tmp_path)


@pytest.fixture
def work(process_environment: dict[str, str], tmp_path: Path) -> Iterator[Serve]:
    """Start a worker: ``work(DISPATCH_EVERY="3600")``, otherwise as ``serve``. Returns when it works."""
    yield from _started(Worker, process_environment, tmp_path)


def _started(kind: type[Server], environment: dict[str, str], folder: Path) -> Iterator[Serve]:
    servers: list[Server] = []

    def start(*, wait: bool = True, inside: Sequence[str] = (), **settings: str) -> Server:
        given = {f"BELFRY_{name}": value for name, value in ({"PORT": str(machine.free_port())} | settings).items()}
        log = folder / f"{kind.__name__.lower()}-{len(servers) + 1}.log"
        server = kind(environment | given, log, inside=inside)
        servers.append(server)
        if wait:
            server.wait()
        return server

    yield start
    for server in servers:
        server.kill_all()


@pytest.fixture
def belfry(process_environment: dict[str, str]) -> Belfry:
    """Run one of the operator's commands on the test's database and return what its JSON says:
    ``belfry("users", "list")``. With ``check=False``, return the finished process instead, whatever came of it."""

    def run(*words: str, check: bool = True, stdin: str = "", **settings: str) -> Any:
        command = [*FLASK, *words, *(["--json"] if check else [])]
        environ = process_environment | {f"BELFRY_{name}": value for name, value in settings.items()}
        done = subprocess.run(
            command, cwd=ROOT, env=environ, input=stdin, capture_output=True, text=True, timeout=120, check=False
        )
        if not check:
            return done
        assert done.returncode == 0, f"flask {' '.join(words)} failed:\n{done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else None

    return run


@pytest.fixture
def start_belfry(process_environment: dict[str, str]) -> Iterator[StartBelfry]:
    """Start one of the operator's commands and let it run: ``start_belfry("dispatch", LEASE="5")``."""
    started: list[subprocess.Popen[str]] = []

    def start(*words: str, **settings: str) -> "subprocess.Popen[str]":
        environ = process_environment | {f"BELFRY_{name}": value for name, value in settings.items()}
        process = subprocess.Popen(
            [*FLASK, *words], cwd=ROOT, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
