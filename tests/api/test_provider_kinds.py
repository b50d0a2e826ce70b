"""The kinds of providers, as administrators' programs see them."""

import pytest


@pytest.fixture
def ada(program_of, signing):
    return program_of("ada", role="admin")


def test_kinds_say_what_to_fill_in(ada):
    [signing] = [it for it in ada.get("/provider-kinds").json["items"] if it["kind"] == "signing"]
    by_name = {field["name"]: field for field in signing["fields"]}
    assert signing["media"] == ["email", "sms"]
    assert (by_name["password"]["kind"], by_name["password"]["only_if"]) == (
        "secret",
        {"field": "auth", "values": ["basic"]},
    )
    assert (by_name["signing_key"]["made"], by_name["signed"]["default"], by_name["host"]["target"]) == (
        True,
        True,
        True,
    )
    assert signing["presets"][0]["settings"] == {"host": "mail.acme.example", "auth": "basic"}


def test_what_sends_to_no_people_is_none_of_them(ada):
    kinds = [it["kind"] for it in ada.get("/provider-kinds").json["items"]]
    assert kinds == sorted(kinds)
    assert "webhook" not in kinds
