"""What administrators fill in about retry policies."""

import pytest
from werkzeug.datastructures import MultiDict

from webapp.domain.retry_presets import PRESETS
from webapp.domain.typed_policy import TypedRule, read, write
from webapp.forms.policies import NewPolicyForm, PolicyForm, filled_in
from webapp.services.posting import policies


@pytest.fixture
def filled(app):
    def fill(form=PolicyForm, /, **fields):
        with app.test_request_context(method="POST", data=fields):
            return form(MultiDict(fields))

    return fill


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_what_is_shown_reads_back_as_it_is(app, preset):
    with app.test_request_context():
        form = NewPolicyForm(data=filled_in(write(preset)))
        assert read(form.typed(form.name.data or "")) == preset


def test_lines_of_rules_come_as_they_stand(filled):
    form = filled(**{"rules-3-type": " fax ", "rules-3-retries": "4", "rules-7-type": "post"})
    assert form.typed("p").rules == [TypedRule(type="fax", retries="4"), TypedRule(type="post")]


def test_a_line_is_added_or_taken_away(app, filled):
    form = filled(**{"rules-0-type": "fax", "rules-1-type": "post"})
    with app.test_request_context():
        for step, types in (
            ("add", ["fax", "post", ""]),
            ("remove 1", ["fax", ""]),
            ("remove 9", ["fax", ""]),
            ("remove -1", ["fax", ""]),
            ("dance", ["fax", ""]),
        ):
            form.change_rules(step)
            assert [line.type for line in form.typed("p").rules] == types


def test_a_number_says_for_which_kinds_it_counts(app):
    with app.test_request_context():
        form = PolicyForm()
        form.offer(policies.kinds())
    assert form.steps.render_kw["data-only-if-values"] == "steps"
    assert form.initial_s.description.endswith(
        "Only for “Growing steadily” or “At random, growing” or “Growing by a factor”."
    )
    assert [value for value, *_ in form.kind.iter_choices()] == ["steps", "linear", "forward_jitter", "exponential"]
