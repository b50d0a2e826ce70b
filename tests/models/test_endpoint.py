"""How endpoints fare, as it is written down."""

from tests.support.subscribers import subscriber, subscriber_row
from webapp.database import writing
from webapp.domain.endpoint import Fares, Off
from webapp.models.endpoint import give_up, note_health, standing


def test_how_an_endpoint_fares_is_kept_beside_its_settings(world):
    id_, now = subscriber(world), world.clock.now()
    with writing(world.session) as session:
        told = {"success_at": None, "error": "HTTP_5XX: 500", "error_at": now}
        note_health(session, subscriber_id=id_, fares=Fares(2, now), **told)
    with writing(world.session) as session:
        [stands] = standing(session, [id_, 999])
    assert (stands.name, stands.version, stands.active, stands.fares) == ("archive", 1, True, Fares(2, now))
    assert (subscriber_row(world, id_).last_error, subscriber_row(world, id_).last_success_at) == (
        "HTTP_5XX: 500",
        None,
    )


def test_one_that_is_given_up_is_switched_off_by_nobody(world):
    id_, now = subscriber(world), world.clock.now()
    with writing(world.session) as session:
        give_up(session, subscriber_id=id_, why=Off.FAILING, now=now)
    row = subscriber_row(world, id_)
    assert (row.active, row.off_why, row.off_at, row.off_by) == (False, "failing", now, None)
