"""Nudges between the processes of one host: each that listens has a datagram socket in a folder beside the database.

What was committed and not told, by a process that died in between, shows in the database's own count of changes.
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
    """``database`` is the path of the file."""

    def __init__(self, database: str) -> None:
        self._database, self._folder = database, Path(f"{database}.nudges")

    def say(self, job: Job) -> None:
        """To everybody who listens. One whose queue is full has something to wake up for already."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as mouth:
                for place in _places(self._folder):
                    _say(mouth, place, job.value[:1].encode())
        except OSError as error:
            raise CannotSay(str(error)) from None

    def listen(self) -> "SqliteEar":
        """A socket of a name of its own."""
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self._tidy()
            return SqliteEar(self._database, self._folder)
        except (OSError, sqlite3.Error) as error:
            raise CannotHear(str(error)) from None

    def _tidy(self) -> None:
        """What processes have left that were killed."""
        for place in _places(self._folder):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as caller:
                try:
                    caller.connect(str(place))
                except ConnectionRefusedError:
                    _remove(place)
                except OSError:
                    continue


class SqliteEar:
    """The socket, and a connection that sees whether anybody has written."""

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
        """All words that have come, or everything, where somebody has written and nobody has said a word."""
        words = set[Job]()
        with suppress(BlockingIOError):
            while True:
                words |= {_WORDS[word] for word in [self._socket.recv(1)] if word in _WORDS}
        before, self._version = self._version, self._data_version()
        return words or (set(NUDGED) if self._version != before else set())

    def close(self) -> None:
        """With nothing left in the folder."""
        self._socket.close()
        self._path.unlink(missing_ok=True)
        self._connection.close()

    def _data_version(self) -> int:
        try:
            return self._connection.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error as error:
            raise CannotHear(str(error)) from None


def _places(folder: Path) -> Iterator[Path]:
    """Where somebody listens, or has done so."""
    if folder.is_dir():
        with _near(folder) as near:
            yield from Path(near).iterdir()


@contextmanager
def _near(folder: Path) -> Iterator[str]:
    """A short name of the folder: a socket's path may have 107 bytes, whatever the file system allows."""
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
