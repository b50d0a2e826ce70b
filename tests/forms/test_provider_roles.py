"""What is asked before a provider takes or leaves a role."""

import pytest
from werkzeug.datastructures import MultiDict

from webapp.forms.provider_roles import RoleForm

WAYS = [("hold", "Hold it"), ("cancel", "Cancel it")]


@pytest.mark.parametrize(("typed", "chosen"), [({}, "hold"), ({"how": "cancel"}, "cancel"), ({"how": "burn"}, "hold")])
def test_the_usual_way_is_chosen_unless_another_is(app, typed, chosen):
    with app.test_request_context():
        form = RoleForm(formdata=MultiDict(typed))
        form.offer(WAYS, label="What then?")
    assert (form.how.data, form.how.label.text) == (chosen, "What then?")
    assert [choice.data for choice in form.how] == ["hold", "cancel"]


def test_a_reason_has_no_spaces_at_its_ends(app):
    with app.test_request_context():
        assert RoleForm(formdata=MultiDict({"why": " moving "})).why.data == "moving"
