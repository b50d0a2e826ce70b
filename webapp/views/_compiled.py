"""Templates as the Python that they become, kept beside them as Python keeps its own: to compile those of a page takes
twenty times as long as to fill them in, and whoever asks first after a start would wait for it."""

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
    """Code is taken as long as the template is the same, and all that had a part in compiling it."""

    def __init__(self) -> None:
        super().__init__(str(_FOLDER))
        # At the start: a later Belfry may be put into the place of the one that this process still runs.
        self._compiler = _compiler()

    def get_source_checksum(self, source: str) -> str:
        """By which it is known."""
        return super().get_source_checksum(source + self._compiler)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it, where Python may keep its own, for whoever may look into the folder."""
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                _FOLDER.mkdir(exist_ok=True)
                super().dump_bytecode(bucket)
                # Jinja makes it as a temporary file, which is for its owner alone.
                Path(self._get_cache_filename(bucket)).chmod(_FOLDER.stat().st_mode & 0o666)


@cache
def _compiler() -> str:
    """Jinja, and any line of Belfry's: what a filter makes of a constant is made when its template is compiled."""
    stats = ((str(path), path.stat()) for path in sorted(_PACKAGE.rglob("*.py")))
    return repr(([version(name) for name in _PACKAGES], [(path, at.st_mtime_ns, at.st_size) for path, at in stats]))
