"""The retry policies that every installation begins with. Written out: a migration must not change with the code."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_policy = sa.table(
    "policy",
    *(sa.column(name) for name in ("name", "kind", "max_attempts", "ttl_s", "version")),
    sa.column("numbers", sa.JSON),
    sa.column("rules", sa.JSON),
)


def _numbers(*, steps: tuple[float, ...] = (), initial_s: float = 60, base: float = 2, max_delay_s: float | None = None):
    return {"steps": list(steps), "initial_s": initial_s, "base": base, "max_delay_s": max_delay_s}


def _row(name: str, kind: str, numbers: dict, max_attempts: int, ttl_s: float | None = None, rules: dict | None = None):
    return {
        "name": name, "kind": kind, "numbers": numbers, "max_attempts": max_attempts, "ttl_s": ttl_s,
        "rules": rules or {}, "version": 1,
    }  # fmt: skip


_VOICEMAIL = {
    str(n): {"attempt": n, "retries": 4, "retry_after_s": delay}
    for n, delay in enumerate((900, 2700, 7200, 86400), start=1)
}
_ROWS = [
    _row("optimizely", "steps", _numbers(steps=(60, 300, 3600)), 4),
    _row("zitadel", "forward_jitter", _numbers(initial_s=1, base=1.5, max_delay_s=20), 3, ttl_s=300),
    _row("open-notificaties", "exponential", _numbers(initial_s=25, base=4, max_delay_s=52000), 8),
    _row("kazoo", "linear", _numbers(initial_s=600), 4, rules={"voicemail_new": _VOICEMAIL}),
]


def upgrade() -> None:
    op.bulk_insert(_policy, _ROWS)


def downgrade() -> None:
    op.execute(_policy.delete().where(_policy.c.name.in_([row["name"] for row in _ROWS])))
