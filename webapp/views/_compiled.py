"""Compiled templates, cached beside Python's own bytecode: compiling a page takes twenty times as long as rendering it,
and the first visitor after a start would wait for it."""

import sys
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

_PACKAGE = Path(__file__).parents[1]
_FOLDER = _PACKAGE.parent / "templates" / "__pycache__"
_PACKAGES = "jinja2", "flask", "flask-babel"


class Compiled(FileSystemBytecodeCache):
    """Cached code is used only while the template and everything that took part in compiling it are unchanged."""

    def __init__(self) -> None:
        super().__init__(str(_FOLDER))
        # Read at the start: a newer Belfry may later replace the files of this running process.
        self._compiler = _compiler()

    def get_source_checksum(self, source: str) -> str:
        """The key of the cached code."""
        return super().get_source_checksum(source + self._compiler)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write the code where Python may write its own, readable for the folder's users."""
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                _FOLDER.mkdir(exist_ok=True)
                super().dump_bytecode(bucket)
                # Jinja creates a temporary file, which only its owner may read.
                Path(self._get_cache_filename(bucket)).chmod(_FOLDER.stat().st_mode & 0o666)


@cache
def _compiler() -> str:
    """Jinja's versions and Belfry's files: filters are applied to constants at compile time, so any change to the code
    may matter."""
    stats = ((str(path), path.stat()) for path in sorted(_PACKAGE.rglob("*.py")))
    return repr(([version(name) for name in _PACKAGES], [(path, at.st_mtime_ns, at.st_size) for path, at in stats]))
