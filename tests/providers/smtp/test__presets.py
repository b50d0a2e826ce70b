"""Presets: each fills in what the form takes, and leaves to type only what differs between accounts."""

import pytest

from webapp.domain.field import parse_fields
from webapp.providers.smtp._presets import PRESETS
from webapp.providers.smtp._typed import FIELDS, problems

LEFT = {"username": "me", "password": "secret", "sender": "belfry@example.com"}


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_preset_is_nearly_all(preset):
    typed = {**LEFT, **preset.values, "host": preset.values["host"].replace("<region>", "eu-west-1")}
    assert problems(parse_fields(FIELDS, typed)) == {}
    assert typed["security"] != "none"
    assert typed["auth"] != "none"
    assert preset.note


def test_a_region_that_was_left_open_is_asked_for():
    ses = next(preset for preset in PRESETS if preset.name == "ses")
    assert set(problems(parse_fields(FIELDS, {**LEFT, **ses.values}))) == {"host"}


def test_names_and_labels_tell_them_apart():
    assert len({preset.name for preset in PRESETS}) == len({preset.label for preset in PRESETS}) == len(PRESETS)
