"""The values that travel down the pipeline."""

from types import SimpleNamespace

from tests.support.clock import START
from webapp.delivery.lot import Account, Broken, EngineSettings, Kind, Prepared, Written
from webapp.domain.delivery_state import DeliveryState as S


def test_each_kind_has_its_batch():
    settings = EngineSettings(dispatch_batch=7, resend_batch=9)
    assert (settings.batch(Kind.FRESH), settings.batch(Kind.LATER)) == (7, 9)


def test_an_account_is_told_by_its_version_not_by_its_secrets():
    one = Account(1, "smtp", "smtp", "email", 1, {"host": "a"}, "sealed")
    assert one == Account(1, "smtp", "smtp", "email", 1, {"host": "b"}, "")
    assert one != Account(1, "smtp", "smtp", "email", 2, {"host": "a"}, "sealed")


def test_what_was_prepared_adds_up():
    one, other = Prepared(), Prepared()
    assert not one
    leased = SimpleNamespace(id="1", at=START)
    other.broken.append(Broken(leased, Kind.FRESH, "no"))
    one.add(other)
    assert one
    assert len(one.broken) == 1


def test_what_was_written_is_counted_by_who_moved_it():
    one, other = Written(), Written(refused=2)
    one.ids[S.SENT].append("1")
    one.tally["dispatcher", S.SENT] += 1
    other.ids[S.SENT].append("2")
    other.tally["resender", S.SENT] += 1
    other.tally["sweep", S.CANCELLED] += 3
    one.add(other)
    assert one.ids[S.SENT] == ["1", "2"]
    assert one.refused == 2
    assert one.counts() == {"sent": 2, "cancelled": 3}
    assert one.counts("resender") == {"sent": 1}
