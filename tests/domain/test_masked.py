"""What is left of an address that is told to others."""

import pytest

from webapp.domain.masked import masked


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("emil@example.com", "e…@example.com"),
        ('"a@b"@example.com', '"…@example.com'),
        ("@example.com", "…@example.com"),
        ("+4915112345678", "+49…78"),
        ("110", "…"),
        ("", "…"),
    ],
)
def test_an_address_can_be_recognised_but_not_used(address, told):
    assert masked(address) == told
