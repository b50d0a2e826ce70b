"""A policy's time to live in a setup file: judged with the channels that there are once all of the file is."""

import pytest

from tests.support.setups import FILE, apply, rows
from webapp.domain.refusal import Refused

pytestmark = pytest.mark.usefixtures("session")

SLOW = '[channels."desk.slow"]\ntitle = "Slow"\nevery_s = 900\npolicy = "patient"\n'
SHORT = FILE.replace("max_attempts = 3", "max_attempts = 3\nttl_s = 300")


@pytest.mark.parametrize(
    ("text", "place", "field"),
    [
        (SHORT, "ttl_s = 300\n", "policies.patient.ttl_s"),
        (SHORT + SLOW, 'policy = "patient"\n', 'channels."desk.slow".policy'),
    ],
    ids=["a channel that the file does not name", "one that it names"],
)
def test_what_it_lets_live_is_not_over_before_a_channel_is_tried(text, place, field):
    apply(FILE + SLOW)
    before = rows()
    with pytest.raises(Refused) as caught:
        apply(text)
    [where] = caught.value.problems
    assert where.endswith(f": {field}")
    assert text.splitlines(keepends=True)[int(where.split(":")[1]) - 1] == place
    assert rows() == before


def test_both_may_change_together():
    apply(FILE + SLOW)
    assert apply(SHORT + SLOW.replace("900", "100")).differences
