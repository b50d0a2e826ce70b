"""What is measured, a module for each subject. No row knows another; the targets bring their figures together.

A row is opened once, which may take a while, and gives what measures one round of it.
"""

from collections.abc import Mapping

from bench.bench import Row
from bench.rows import curl, far_sides, http, mail

ROWS: Mapping[str, Row] = {
    "sqlite": http.on_sqlite,
    "postgres": http.on_postgres,
    "curl": curl.replayed,
    "far few": far_sides.few,
    "far many": far_sides.many,
    "mail": mail.on_sqlite,
}
