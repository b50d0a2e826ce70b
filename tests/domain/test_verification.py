"""Codes: what nobody foresees, and what people mean when they type them."""

import pytest

from webapp.domain import verification
from webapp.domain.verification import code_as_typed, new_code, new_recovery_code, recovery_code_as_typed


def test_a_code_is_six_digits_and_seldom_the_same():
    codes = {new_code() for _ in range(200)}
    assert all(len(code) == verification.DIGITS and code.isdecimal() for code in codes)
    assert len(codes) > 190


def test_a_code_may_begin_with_zeros(monkeypatch):
    monkeypatch.setattr(verification.secrets, "randbelow", lambda _most: 7)
    assert new_code() == "000007"


@pytest.mark.parametrize("typed", ["123456", " 123 456 ", "123-456", "123\u00a0456", "12 34 56\n"])
def test_spaces_and_dashes_in_a_code_do_not_matter(typed):
    assert code_as_typed(typed) == "123456"


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "l23456", "½23456"])
def test_another_code_stays_another_one(typed):
    assert code_as_typed(typed) != "123456"


def test_what_is_endless_is_cut():
    assert len(code_as_typed("1" * 10**6)) <= 100
    assert len(recovery_code_as_typed("1" * 10**6)) <= 100


def test_a_recovery_code_has_80_bits_in_groups_of_four():
    codes = {new_recovery_code() for _ in range(200)}
    assert len(codes) == 200
    for code in codes:
        groups = code.split("-")
        assert [len(group) for group in groups] == [4, 4, 4, 4]
        assert not set("".join(groups)) & set("ilou"), "letters that are taken for others"
    assert len(set("".join(codes)) - {"-"}) == 32  # 16 letters of 5 bits


@pytest.mark.parametrize(
    "change",
    [str.upper, lambda code: code.replace("-", ""), lambda code: f"  {code.replace('-', ' ')}\n",
     lambda code: code.replace("0", "o").replace("1", "l"), lambda code: code.replace("0", "O").replace("1", "I")],
)  # fmt: skip
def test_how_a_recovery_code_is_copied_does_not_matter(change):
    code = "7k20-9q1e-ab0d-11zz"
    assert recovery_code_as_typed(change(code)) == recovery_code_as_typed(code) == "7k209q1eab0d11zz"
