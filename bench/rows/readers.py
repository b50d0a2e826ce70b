"""Every list, requested by eight clients at once over a million rows, while the same process delivers at full speed."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import update

from bench.asking import ask_at_once, handle
from bench.bench import Bench, Measure
from bench.filling import FIRST
from bench.installation import Installation
from bench.served import serving
from bench.servers import Sink, http_sink
from tests.support.house import CHANNEL, PASSWORD
from tests.support.server import Server
from tests.support.visitor import Visitor
from webapp.models.user import User
from webapp.services.people.passwords import hashed

_READERS = 8
_FIRST_S = 20.0
PAGES: Mapping[str, str] = {
    "inbox": "/inbox",
    "unread": "/inbox?view=unread",
    "inbox of a channel": f"/inbox?channel={CHANNEL}",
    "sent": "/sent",
    "undeliverable": "/failed",
    "retrying": "/failed?tab=retrying",
    "held": "/failed?tab=held",
    "unknown": "/failed?tab=unknown",
    "failed of a channel": f"/failed?channel={CHANNEL}",
    "failed of a person": "/failed?person=p00001",
    "failed with words": "/failed?text=no+such+words",
    "held for a reason": "/failed?tab=held&reason=NO_PROVIDER",
    "missed by a person": f"/deliveries?user={FIRST}",
    "missed on a channel": f"/deliveries?channel={CHANNEL}",
    "channels": "/channels",
    "providers": "/providers",
    "subscribers": "/subscribers",
    "users": "/users",
    "jobs": "/jobs",
    "API: inbox": "/api/v1/inbox",
    "API: deliveries": "/api/v1/deliveries",
    "API: deliveries sent": "/api/v1/deliveries?state=sent",
    "API: deliveries delivered": "/api/v1/deliveries?state=delivered",
    "API: deliveries of a person": f"/api/v1/deliveries?user={FIRST}",
    "API: deliveries of a type": "/api/v1/deliveries?type=none",
}
NUMBERS = "/api/v1/statistics"  # not a list


@contextmanager
def beside_the_dispatcher(bench: Bench) -> Iterator[Measure]:
    """``worst``: the longest 95th percentile of all lists, in seconds; that of each list by its name, and of the
    statistics as ``numbers``. The reader is the person who has most."""
    with http_sink() as sink:
        belfry = _copied(bench.filled(bench.sizes.many_rows), bench.room("readers"))
        belfry.house.provide("http", "http-main", "email", url=f"http://127.0.0.1:{sink.port}/notify")
        may = {"role": "admin", "password_hash": hashed(PASSWORD)}
        belfry.house.change(update(User).where(User.username == FIRST).values(may))
        token = belfry.house.token(FIRST)

        def measure() -> dict[str, float]:
            backlog = _Backlog(belfry, sink, bench.sizes.backlog)
            with serving(belfry, bench.room("log")) as server:
                headers = {"Cookie": Visitor(server.url).sign_in(FIRST).cookies, "Authorization": f"Bearer {token}"}
                sink.wait_for(backlog.before + 1, within_s=_FIRST_S)
                lists = {name: _p95_s(server, path, headers, bench, backlog) for name, path in PAGES.items()}
                numbers = _p95_s(server, NUMBERS, headers, bench, backlog)
            return {**lists, "worst": max(lists.values()), "numbers": numbers}

        try:
            yield measure
        finally:
            belfry.house.reconnect()


class _Backlog:
    """Keeps so much due that the dispatcher always has enough to do."""

    def __init__(self, belfry: Installation, sink: Sink, size: int) -> None:
        self._belfry, self._sink, self._size = belfry, sink, size
        rows = belfry.house.asked(User.__table__.select().with_only_columns(User.username).where(User.email.like("p%")))
        self._people = [row.username for row in rows]
        self.before = sink.count
        self._posted = 0
        self.keep()

    def keep(self) -> None:
        """Post again once less than half of it is left."""
        while self._posted - (self._sink.count - self.before) < self._size // 2:
            self._belfry.post(self._people[: self._size])
            self._posted += min(len(self._people), self._size)


def _p95_s(server: Server, path: str, headers: Mapping[str, str], bench: Bench, backlog: _Backlog) -> float:
    backlog.keep()
    wanted = "Authorization" if path.startswith("/api/") else "Cookie"
    curls = [handle(f"{server.url}{path}", {wanted: headers[wanted]}) for _ in range(_READERS)]
    curls[0].perform()  # compiles templates and statements
    return ask_at_once(curls, lambda _curl: None, for_s=bench.sizes.list_s).figures(200)["p95"] / 1000


def _copied(filled: Installation, folder: Path) -> Installation:
    """A copy of the installation: what is sent here must not be missing in other rows."""
    filled.house.reconnect()  # closing the last connection merges the log into the one file
    folder.mkdir()
    shutil.copy(Path(filled.environment["BELFRY_INSTANCE"]) / "belfry.sqlite3", folder)
    return Installation(folder)
