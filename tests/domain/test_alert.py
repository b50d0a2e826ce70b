"""Alerts, as administrators read them."""

from webapp.domain.alert import LONGEST_TOPIC, no_provider, provider_paused, provider_rests
from webapp.domain.text import problem_in_body


def test_each_incident_has_a_topic_of_its_own_that_can_be_stored():
    alerts = [provider_paused(1, "a", ""), provider_paused(2, "a", ""), no_provider("email")]
    alerts += [provider_rests(id, "a", "", for_s=60, stand_in="b") for id in (1, 10**9)]
    topics = {one.topic for one in alerts}
    assert len(topics) == 5
    assert all(len(topic) <= LONGEST_TOPIC for topic in [*topics, provider_paused(10**9, "a", "").topic])


def test_a_pause_says_who_takes_over_or_that_nobody_does():
    assert provider_paused(1, "a", "").subject == "a is paused, and nobody stands in"
    alert = provider_paused(1, "a", "", stand_in="b")
    assert alert.subject == "a is paused; b sends instead"
    assert alert.body.startswith("**b** sends instead")


def test_a_rest_says_who_sends_meanwhile_and_for_how_long():
    alert = provider_rests(1, "a", "429 slowly", for_s=3600, stand_in="b")
    assert alert.subject == "a is left alone, as it asked; b sends instead"
    assert "in about 60 min." in alert.body
    assert alert.body.endswith("    429 slowly")


def test_whatever_a_far_side_says_can_be_posted():
    alert = provider_paused(1, "smtp-main", "535 \x00\x1b no\r\n421 \u202e `x`")
    assert problem_in_body(alert.body, largest=64 * 1024) is None
    assert alert.body.endswith("    535 \ufffd\ufffd no\n    421 \ufffd `x`")
