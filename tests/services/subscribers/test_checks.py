"""When the callback check is made, and what is kept of it."""

import pytest
from sqlalchemy import update

from tests.services.subscribers.conftest import PASSED, TOKEN
from tests.support.web import answer
from webapp.database import writing
from webapp.domain.refusal import Conflict, Missing
from webapp.extensions import db
from webapp.models.subscriber import Subscriber
from webapp.runtime import runtime
from webapp.services.subscribers import checks


def test_on_demand_its_result_is_kept(save, web, at_bench, get, told):
    save(url=web([*PASSED, 401, 503]).url())
    view, found = checks.check(name="archive", **at_bench)
    assert (found.passed, view.check_passed, view.checked_at) == (True, True, runtime().now())
    _view, found = checks.check(name="archive", **at_bench)
    assert (found.passed, get().check_passed) == (False, False)
    assert get().check_steps[1]["status"] == 503
    assert [what for what, _who, _why in told()] == ["subscriber added", "subscriber checked", "subscriber checked"]


def test_what_is_typed_is_checked_and_nothing_kept(save, web, get):
    server = web(PASSED * 2)
    raw = {"url": server.url(), "auth": "bearer", "secret": TOKEN}
    assert checks.try_new(raw=raw, bench=runtime()).passed
    save(url=server.url())
    typed = {key: str(value) for key, value in get().settings.items()}
    assert checks.try_edited(name="archive", raw=typed, bench=runtime()).passed
    assert get().check_passed is None
    assert server.requests[3].headers["authorization"] == f"Bearer {TOKEN}"


def test_one_that_is_not_there_is_missing(world, at_bench):
    with pytest.raises(Missing):
        checks.check(name="nobody", **at_bench)


def test_a_result_of_what_has_changed_meanwhile_is_not_kept(save, web, world, at_bench, get):
    def change(conversation):
        with world.app.app_context(), writing(db.session) as session:  # in the server's own thread
            session.execute(update(Subscriber).values(version=7))
        conversation.say(answer(401))

    save(url=web(change).url())
    with pytest.raises(Conflict):
        checks.check(name="archive", **at_bench)
    assert get().check_passed is None
