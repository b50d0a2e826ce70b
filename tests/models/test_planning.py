"""What the database plans by: wished for, and counted anew."""

from sqlalchemy import text

from tests.support.planning import rows_known
from webapp.database import writing
from webapp.models import job, planning


def test_it_counts_what_posts_have_written(world):
    world.post(*world.crowd(7))
    with writing(world.session) as session:
        planning.count_anew(session)
    assert rows_known(world.session) == 7
    world.post()
    with writing(world.session) as session:
        planning.count_anew(session)
    assert rows_known(world.session) == 8


def test_a_wish_for_it_goes_where_its_transaction_goes(world):
    with writing(world.session) as session:
        planning.ask(session, now=world.clock.now())
        session.rollback()
    assert not wished(world)
    with writing(world.session) as session:
        planning.ask(session, now=world.clock.now())
    assert wished(world)


def wished(world):
    return planning.NAME in job.orders(world.session, world.clock.now())


def test_the_tables_are_those_that_a_post_writes_into(world):
    counted = {table: world.session.scalar(text(f"SELECT count(*) FROM {table}")) for table in planning._TABLES}
    world.post()
    for table, before in counted.items():
        assert world.session.scalar(text(f"SELECT count(*) FROM {table}")) == before + 1, table
