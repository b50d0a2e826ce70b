"""The audit: it has nothing to say about an honest history, and finds whatever was changed from outside."""

from tests.support.history import History
from webapp.services.audit import check


def test_it(bare_world):
    history = History(bare_world)
    history.tell()
    for name, row in history.rows().items():
        print(name, row.state, row.reason, bare_world.moves(row.id), row.failures, row.crashes, row.raises)
    found = check(now=bare_world.clock.now())
    names = {v.id: k for k, v in history.rows().items()}
    for f in found:
        print(names.get(f.id), f)
    assert not found
