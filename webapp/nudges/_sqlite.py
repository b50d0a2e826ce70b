"""Nudges between the processes of one host: each listener has a datagram socket in a folder beside the database.

A process may die between its commit and its nudge; that commit shows in SQLite's ``data_version``.
"""

import os
import secrets
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from webapp.domain.job import Job
from webapp.nudges import NUDGED, CannotHear, CannotSay

_WORDS = {job.value[:1].encode(): job for job in NUDGED}  # one byte for each


class SqliteLine:
    """``database`` is the path of the database file."""

    def __init__(self, database: str) -> None:
        self._database, self._folder = database, Path(f"{database}.nudges")

    def say(self, job: Job) -> None:
        """Send it to every listener. One whose queue is full has a reason to wake up already."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as mouth:
                for place in _places(self._folder):
                    _say(mouth, place, job.value[:1].encode())
        except OSError as error:
            raise CannotSay(str(error)) from None

    def listen(self) -> "SqliteEar":
        """On a socket with a name of its own."""
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self._tidy()
            return SqliteEar(self._database, self._folder)
        except (OSError, sqlite3.Error) as error:
            raise CannotHear(str(error)) from None

    def _tidy(self) -> None:
        """Remove the sockets of processes that were killed."""
        for place in _places(self._folder):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as caller:
                try:
                    caller.connect(str(place))
                except ConnectionRefusedError:
                    _remove(place)
                except OSError:
                    continue


class SqliteEar:
    """The socket, and a connection that sees whether anybody has written to the database."""

    def __init__(self, database: str, folder: Path) -> None:
        self._path = folder / f"{os.getpid()}.{secrets.token_hex(4)}"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        with _near(folder) as near:
            self._socket.bind(f"{near}/{self._path.name}")
        self._connection = sqlite3.connect(database, isolation_level=None)
        self._version = self._data_version()

    def fileno(self) -> int:
        """The socket's."""
        return self._socket.fileno()

    def heard(self) -> set[Job]:
        """All nudges that have come; or every job, where somebody has written to the database without a nudge."""
        words = set[Job]()
        with suppress(BlockingIOError):
            while True:
                words |= {_WORDS[word] for word in [self._socket.recv(1)] if word in _WORDS}
        before, self._version = self._version, self._data_version()
        return words or (set(NUDGED) if self._version != before else set())

    def close(self) -> None:
        """Leaves nothing in the folder."""
        self._socket.close()
        self._path.unlink(missing_ok=True)
        self._connection.close()

    def _data_version(self) -> int:
        try:
            return self._connection.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error as error:
            raise CannotHear(str(error)) from None


def _places(folder: Path) -> Iterator[Path]:
    """The sockets of all listeners, dead ones included."""
    if folder.is_dir():
        with _near(folder) as near:
            yield from Path(near).iterdir()


@contextmanager
def _near(folder: Path) -> Iterator[str]:
    """A short path to the folder: a socket's path may have 107 bytes at most, whatever the file system allows."""
    there = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{there}"
    finally:
        os.close(there)


def _say(mouth: socket.socket, place: Path, word: bytes) -> None:
    try:
        mouth.sendto(word, str(place))
    except ConnectionRefusedError:
        _remove(place)
    except (BlockingIOError, FileNotFoundError, PermissionError):
        pass


def _remove(place: Path) -> None:
    with suppress(OSError):
        place.unlink()
