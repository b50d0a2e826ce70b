"""Hosts of the tests' own: network namespaces on one bridge, each with an address of its own."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress

import pytest

COUNT = 4
MISSING = "network namespaces cannot be made here (it takes root, iproute2 and a kernel that lets one)"


class Hosts:
    """``inside(2)`` is the command prefix that runs a command on the third host."""

    def __init__(self) -> None:
        self._bridge = f"bf{os.getpid()}"
        self._network = f"10.{os.getpid() // 250 % 250}.{os.getpid() % 250}"  # its own, beside another run
        self.address = f"{self._network}.1"  # this machine's end of the bridge
        self.names = [f"{self._bridge}h{number}" for number in range(COUNT)]

    def inside(self, number: int) -> tuple[str, ...]:
        return ("ip", "netns", "exec", self.names[number])

    def make(self) -> None:
        """Set everything up. Raises CalledProcessError where that is not permitted."""
        _ip("link", "add", self._bridge, "type", "bridge")
        _ip("addr", "add", f"{self.address}/24", "dev", self._bridge)
        _ip("link", "set", self._bridge, "up")
        for number, name in enumerate(self.names):
            _ip("netns", "add", name)
            _ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
            _ip("link", "set", name, "master", self._bridge, "up")
            _ip("-n", name, "addr", "add", f"{self._network}.{10 + number}/24", "dev", "eth0")
            _ip("-n", name, "link", "set", "eth0", "up")

    def remove(self) -> None:
        """Remove everything that ``make`` has set up."""
        for words in (*(("netns", "del", name) for name in self.names), ("link", "del", self._bridge)):
            with suppress(subprocess.CalledProcessError):
                _ip(*words)


@pytest.fixture
def hosts() -> Iterator[Hosts]:
    """Four of them, or the test is skipped."""
    made = Hosts()
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip(MISSING)
    try:
        made.make()
        yield made
    except subprocess.CalledProcessError as error:
        pytest.skip(f"{MISSING}: {error.stderr.strip()}")
    finally:
        made.remove()


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)
