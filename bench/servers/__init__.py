"""The benchmark's far sides: each a process on loopback that accepts everything, faster than anybody sends."""

from bench.servers._process import Sink
from bench.servers.http import http_sink
from bench.servers.smtp import smtp_sink

__all__ = ["Sink", "http_sink", "smtp_sink"]
