"""How a process is, by what runs in it."""

from webapp.jobs.health import checked


def test_a_process_without_jobs_is_well_whatever_waits(world):
    world.post()
    world.clock.advance(400)
    with world.app.app_context():
        found = checked()
    assert (found.ok, found.oldest_due_age) == (True, 400.0)


def test_one_with_jobs_answers_for_them(world, ticking, monkeypatch):
    monkeypatch.setattr(type(ticking), "uptime_s", property(lambda _: 61.0))
    monkeypatch.setattr(type(ticking), "turned_s_ago", property(lambda _: 61.0))
    with world.app.app_context():
        assert checked().problems == ("The dispatcher of this process does not move.",)
