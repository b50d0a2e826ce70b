"""The rows of codes: one for each person and purpose, each good once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from webapp.domain.verification import Purpose
from webapp.models import sign_in
from webapp.models import user as users
from webapp.models import verification as rows
from webapp.models.provider import Provider, ProviderHealth
from webapp.models.verification import RecoveryCode, Verification

PHONE = "+4930901820"
A_WHILE = timedelta(minutes=10)


@pytest.fixture
def edith(session, clock):
    return users.add(session, username="edith", display_name="Edith", role="editor", created_at=clock.now())


@pytest.fixture
def provider(session, clock):
    row = Provider(
        name="p", kind="file", medium="sms", settings={}, secrets="", changed_at=clock.now(), health=ProviderHealth()
    )
    session.add(row)
    session.flush()
    return row


@pytest.fixture
def begin(session, clock, edith):
    def once(purpose=Purpose.SIGN_IN, phone=PHONE, token: str | None = "one"):
        return rows.begin(session, user_id=edith.id, purpose=purpose, phone=phone, now=clock.now(), token=token)

    return once


@pytest.fixture
def keep(session, clock, provider):
    def code(id_, code_hash="hash"):
        now = clock.now()
        rows.keep_code(
            session,
            id_=id_,
            provider_id=provider.id,
            far_id=None,
            code_hash=code_hash,
            sent_at=now,
            until=now + A_WHILE,
        )
        session.expire_all()

    return code


@pytest.fixture
def browsers(session, clock):
    def row(token, since=A_WHILE):
        return rows.of_browser(session, token=token, since=clock.now() - since)

    return row


def test_a_sign_in_is_one_browser_s_for_a_while(begin, browsers, clock, session):
    id_ = begin()
    assert browsers("one").id == id_
    assert browsers("two") is None
    assert len(session.scalars(select(Verification)).one().token_hash) == 64
    clock.advance(A_WHILE)
    assert browsers("one") is None


def test_a_code_on_its_way_goes_on_with_the_browser_that_began_last(begin, keep, browsers):
    keep(begin())
    assert begin(token="two") == browsers("two").id
    assert (browsers("two").code_hash, browsers("one")) == ("hash", None)


def test_another_phone_begins_anew(begin, keep, browsers):
    first = begin()
    keep(first)
    assert begin(phone="+353870000000", token="two") != first
    assert (browsers("two").code_hash, browsers("one")) == (None, None)


def test_what_has_ended_stays_ended(begin, keep, session, clock, browsers):
    id_ = begin()
    keep(id_)
    assert not rows.end(session, id_=id_, phone="+353870000000", now=clock.now())
    assert rows.end(session, id_=id_, phone=PHONE, now=clock.now())
    assert not rows.end(session, id_=id_, phone=PHONE, now=clock.now())
    keep(id_, "another")
    assert browsers("one").code_hash == "hash"
    assert begin(token="two") != id_


def test_another_code_begins_with_no_tries(begin, keep, session):
    id_ = begin()
    keep(id_)
    rows.locked(session, id_).tries = 4
    keep(id_, "another")
    assert (rows.locked(session, id_).tries, rows.locked(session, id_).code_hash) == (0, "another")


def test_purposes_do_not_mix(begin, session, edith):
    ids = {purpose: begin(purpose, token=None) for purpose in Purpose}
    for purpose, id_ in ids.items():
        assert rows.of_person(session, user_id=edith.id, purpose=purpose).id == id_
    sign_in.end_sessions(session, user_id=edith.id)
    session.expire_all()
    assert [row.purpose for row in session.scalars(select(Verification))] == [Purpose.PHONE]
    rows.forget(session, user_id=edith.id)
    assert session.scalars(select(Verification)).all() == []


def test_recovery_codes_are_good_once_and_only_for_their_person(session, edith, clock):
    other = users.add(session, username="emil", display_name="Emil", role="editor", created_at=clock.now())

    def use(user, code):
        return rows.use_recovery_code(session, user_id=user.id, code=code, now=clock.now())

    rows.replace_recovery_codes(session, user_id=edith.id, codes=["one", "two"], now=clock.now())
    assert not use(other, "one")
    assert [use(edith, "one"), use(edith, "one"), use(edith, "three")] == [True, False, False]
    assert rows.recovery_codes_left(session, user_id=edith.id) == 1
    assert {len(row.code_hash) for row in session.scalars(select(RecoveryCode))} == {64}
    rows.replace_recovery_codes(session, user_id=edith.id, codes=["four"], now=clock.now())
    assert not use(edith, "two")
    assert use(edith, "four")
