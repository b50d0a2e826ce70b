"""How something leaves the house."""

from webapp.domain.medium import FOR_PEOPLE, Medium


def test_each_medium_has_a_word():
    assert {medium.label for medium in Medium} == {"e-mail", "SMS", "webhook"}


def test_a_webhook_is_not_for_people():
    assert FOR_PEOPLE == ("email", "sms")
