"""The test harness: databases, applications, real servers, mail servers and a browser, as fixtures."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
