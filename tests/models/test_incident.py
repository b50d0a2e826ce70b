"""What administrators have not heard of yet, and of what they hear no more for now."""

from datetime import timedelta

from webapp.domain.alert import LONGEST_TOPIC
from webapp.models import incident
from webapp.models.job import JobLease

AN_HOUR = timedelta(hours=1)
LONGEST = "t" * LONGEST_TOPIC


def test_what_has_begun_is_untold_until_it_is_settled(session, clock):
    incident.begin(session, ["paused 7", LONGEST], now=clock.now())
    marks = incident.untold(session)
    assert marks.keys() == {"paused 7", LONGEST}
    incident.settle(session, "paused 7", marks["paused 7"])
    assert incident.untold(session) == {LONGEST: marks[LONGEST]}


def test_what_has_begun_anew_meanwhile_is_still_untold(session, clock):
    incident.begin(session, ["paused 7"], now=clock.now())
    former = incident.untold(session)["paused 7"]
    incident.begin(session, ["paused 7"], now=clock.now())
    incident.settle(session, "paused 7", former)
    assert incident.untold(session).keys() == {"paused 7"}


def test_one_tells_and_nobody_else_does_for_a_while(session, clock):
    def take(by):
        return incident.take_telling(session, LONGEST, by=by, now=clock.now(), quiet_for=AN_HOUR)

    def quiet():
        return incident.quiet(session, [LONGEST, "paused 7"], now=clock.now(), quiet_for=AN_HOUR)

    assert quiet() == set()
    assert (take("a"), take("b"), quiet()) == (True, False, {LONGEST})
    clock.advance(AN_HOUR)
    assert (quiet(), take("b")) == (set(), True)
    incident.give_telling_back(session, LONGEST, by="b")
    assert take("a")


def test_a_quiet_that_a_clock_began_which_has_since_gone_back_is_over(session, clock):
    ahead = clock.now() + timedelta(days=3650)
    incident.take_telling(session, "paused 7", by="a", now=ahead, quiet_for=AN_HOUR)
    assert incident.quiet(session, ["paused 7"], now=clock.now(), quiet_for=AN_HOUR) == set()
    assert incident.take_telling(session, "paused 7", by="b", now=clock.now(), quiet_for=AN_HOUR)


def test_the_longest_topic_fits_the_rows_that_tell_of_it(session, clock):
    incident.begin(session, [LONGEST], now=clock.now())
    incident.take_telling(session, LONGEST, by="a", now=clock.now(), quiet_for=AN_HOUR)
    kept = session.scalars(JobLease.__table__.select()).all()
    assert {len(name) for name in kept} == {JobLease.__table__.c.name.type.length}
