"""``flask subscribers recover``."""

import json

import pytest
from sqlalchemy import update

from tests.support.subscribers import queued_for, subscriber
from webapp.models.delivery import Delivery


@pytest.fixture
def failed(world):
    queued_for(world, subscriber(world))
    world.execute(update(Delivery).values(state="undeliverable", reason="GONE", ended_at=world.clock.now()))
    world.post("emil", subject="Before it was there")
    world.clock.advance(1)


@pytest.fixture
def run(world):
    def go(*words):
        return world.app.test_cli_runner().invoke(args=["subscribers", "recover", *words, "--json"])

    return go


def test_what_failed_goes_out_again_once(world, failed, run):
    assert [json.loads(run("archive").output) for _ in range(2)] == [{"again": 1, "made": 0}, {"again": 0, "made": 0}]


def test_nobody_of_that_name(world, run):
    assert run("nobody").exit_code == 1
