"""The hardware and software of a measurement."""

import os
import platform
import re
import sqlite3
import subprocess
from pathlib import Path

import pycurl

from tests.support import machine


def hardware() -> str:
    """The processor, and how many of its cores there are."""
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return f"{found[1] if found else platform.machine()}, {os.cpu_count()} cores"


def software() -> str:
    """The versions that the figures depend on."""
    curl = re.search(r"libcurl/(\S+)", pycurl.version)
    versions = {
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "PostgreSQL": _postgresql(),
        "libcurl": curl[1] if curl else "?",
        "Linux": platform.release(),
    }
    return ", ".join(f"{name} {version}" for name, version in versions.items() if version)


def _postgresql() -> str:
    program = machine.postgresql("postgres")
    if not program:
        return ""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return said.split()[2]
