"""The facts of a decision in words."""

import pytest

from webapp.domain.reason import Reason
from webapp.views._fact_words import fact_table


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ({"address": "emil@example.com"}, "emil@example.com"),
        ({"address": None, "resolver": "desk", "unresolved": None}, "none"),
        (
            {"address": None, "resolver": "desk", "unresolved": "OSError: away"},
            "unknown: the resolver desk raised OSError: away",
        ),
    ],
)
def test_an_address_or_what_kept_it_from_being_found(app, kept, told):
    with app.test_request_context():
        [fact] = fact_table(kept, Reason.RESOLVER_FAILED)
    assert (fact.value, fact.decided) == (told, True)
