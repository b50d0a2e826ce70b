"""The last tests of a provider: when, by whom, to whom (masked), and what came of each."""

import pytest
from sqlalchemy import delete

from webapp.database import writing
from webapp.domain.reason import Reason
from webapp.domain.refusal import Missing
from webapp.extensions import db
from webapp.models.audit import AuditEvent
from webapp.runtime import runtime
from webapp.services.providers import keys, provider_trial, tested

pytestmark = pytest.mark.usefixtures("session", "signing")

RAW = {"host": "a.example", "auth": "basic", "password": "hush"}


@pytest.fixture
def attempt(clock):
    def make(name="relay", **more):
        clock.advance(60)
        return provider_trial.try_out(name=name, to="emil@example.com", by="olaf", bench=runtime(), **more)

    return make


def test_each_is_told_the_newest_first(add, attempt):
    add("relay", "signing", raw=RAW)
    attempt()
    trial = attempt(raw=RAW | {"password": "wrong"})
    failed, accepted = tested.last(name="relay")
    assert (failed.reason, failed.phase, failed.reply, failed.typed) == (
        Reason.AUTH,
        "sign-in",
        "401 Who are you?",
        True,
    )
    assert (accepted.reason, accepted.typed) == (None, False)
    assert (failed.by, failed.to, failed.at) == ("olaf", "e…@example.com", trial.at)


def test_a_failure_names_the_field_that_most_likely_has_to_change(add, attempt):
    add("relay", "signing", raw=RAW | {"password": "wrong"})
    assert attempt().culprit == provider_trial.Culprit("password", "Password")
    assert attempt(raw=RAW).culprit is None


def test_only_so_many_and_only_its_own(add, attempt):
    add("relay", "signing", raw=RAW)
    add("other", "signing", raw=RAW)
    for _ in range(tested.LAST + 1):
        attempt()
    attempt("other")
    assert len(tested.last(name="relay")) == tested.LAST
    assert len(tested.last(name="other")) == 1


def test_where_the_audit_is_gone_the_try_still_counts(add, attempt):
    add("relay", "signing", raw=RAW)
    attempt()
    with writing(db.session) as session:
        session.execute(delete(AuditEvent))
    [test] = tested.last(name="relay")
    assert (test.by, test.to, test.reason) == (None, None, None)


def test_both_keys_sign_while_both_count(add, attempt, act):
    add("relay", "signing", raw=RAW)
    assert " and " not in attempt().reply
    keys.rotate(name="relay", **act)
    assert " and " in attempt().reply


def test_what_is_not_there_is_missing():
    with pytest.raises(Missing):
        tested.last(name="nobody")
