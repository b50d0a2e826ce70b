"""Phone numbers in one form, wherever in the world they are."""

import pytest

from webapp.domain.phone import international


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("+49 151 12345678", "+4915112345678"),
        ("+49 (0)30 901820", "+4930901820"),
        ("+91 98765 43210", "+919876543210"),
        ("+91-98765-43210", "+919876543210"),
        ("+1 (415) 555-2671", "+14155552671"),
        ("tel:+44-20-7946-0018", "+442079460018"),
    ],
)
def test_a_number_is_kept_in_one_form(typed, kept):
    assert international(typed) == kept


@pytest.mark.parametrize("typed", ["", "0151 12345678", "+49", "+49 1", "+999 12345678", "+49" + "1" * 20, "emil"])
def test_what_is_no_number_says_how_one_looks(typed):
    with pytest.raises(ValueError, match=r"its country's code, please, such as \+49"):
        international(typed)
