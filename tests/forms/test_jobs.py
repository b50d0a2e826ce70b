"""The forms of administrators about jobs."""

from datetime import UTC, datetime

import pytest

from webapp.forms.jobs import NumbersForm, PauseForm


@pytest.fixture
def filled(app):
    def fill(form, **data):
        with app.test_request_context("/", method="POST", data=data):
            made = form(meta={"csrf": False})
            return made, made.validate()

    return fill


def test_empty_numbers_mean_the_settings(filled):
    form, fine = filled(NumbersForm, every_s="", batch="")
    assert (fine, form.every_s.data, form.batch.data) == (True, None, None)
    form, fine = filled(NumbersForm, every_s="2.5", batch="7")
    assert (fine, form.every_s.data, form.batch.data) == (True, 2.5, 7)


def test_what_is_no_number_is_said_at_its_field(filled):
    form, fine = filled(NumbersForm, every_s="often", batch="1.5")
    assert not fine
    assert set(form.errors) == {"every_s", "batch"}


def test_until_is_meant_in_the_persons_zone(filled):
    form, fine = filled(PauseForm, reason="Moving", until="2026-07-01T10:00")
    assert fine
    assert form.until_in("Europe/Paris") == datetime(2026, 7, 1, 8, tzinfo=UTC)
    form, fine = filled(PauseForm, reason="Moving", until="")
    assert (fine, form.until_in("Europe/Paris")) == (True, None)


def test_a_pause_needs_a_reason(filled):
    _, fine = filled(PauseForm, reason="")
    assert not fine
