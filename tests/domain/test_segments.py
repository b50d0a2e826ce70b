"""How a text is cut into segments: the vectors that everybody who sends SMS knows."""

import pytest

from webapp.domain.segments import GSM_7, UCS_2, Segments, segments

FAMILY = "👨‍👩‍👧"  # three of two units, joined by two of one


@pytest.mark.parametrize(
    ("text", "encoding", "units", "count"),
    [
        ("", GSM_7, 0, 1),
        ("Lunch is at noon.", GSM_7, 17, 1),
        ("a" * 160, GSM_7, 160, 1),
        ("a" * 161, GSM_7, 161, 2),
        ("a" * 306, GSM_7, 306, 2),
        ("a" * 307, GSM_7, 307, 3),
        ("a" * 1600, GSM_7, 1600, 11),
        ("Grüße aus Köln, çe n'est pas".replace("ç", "Ç"), GSM_7, 28, 1),
        ("€", GSM_7, 2, 1),
        ("€" * 80, GSM_7, 160, 1),
        ("€" * 81, GSM_7, 162, 2),
        ("[]{}^~|\\\f€", GSM_7, 20, 1),
        ("a" * 152 + "€" + "a" * 152, GSM_7, 306, 3),  # the € does not fit the first piece's last unit
        ("ç", UCS_2, 1, 1),
        ("“quoted”", UCS_2, 8, 1),
        ("я" * 70, UCS_2, 70, 1),
        ("я" * 71, UCS_2, 71, 2),
        ("я" * 134, UCS_2, 134, 2),
        ("я" * 135, UCS_2, 135, 3),
        ("नमस्ते", UCS_2, 6, 1),
        ("👍", UCS_2, 2, 1),
        ("👍" * 35, UCS_2, 70, 1),
        ("👍" * 36, UCS_2, 72, 2),
        ("я" * 66 + "👍" + "я" * 65, UCS_2, 133, 2),
        ("я" * 66 + "👍" + "я" * 66, UCS_2, 134, 3),  # half an emoji is nowhere
        (FAMILY, UCS_2, 8, 1),
        ("a" * 159 + "€", GSM_7, 161, 2),
        ("a" * 69 + "ş", UCS_2, 70, 1),
    ],
)
def test_a_text_is_cut_as_the_network_cuts_it(text, encoding, units, count):
    assert segments(text) == Segments(encoding, units, count)


def test_it_can_be_read():
    assert str(segments("Lunch")) == "GSM-7, 5 units, 1 segment"
    assert str(segments("я" * 71)) == "UCS-2, 71 units, 2 segments"
