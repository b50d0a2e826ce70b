"""The registry of provider kinds."""

import pytest

from tests.plugins.snpp import Snpp
from webapp.domain.field import Field
from webapp.providers import Listener, Provider, _read, kinds, listening_media


def test_the_kinds_that_ship_are_found():
    assert {"file", "smtp"} <= set(kinds())
    assert all(issubclass(kind, Provider) and name == kind.kind for name, kind in kinds().items())


def test_one_that_an_entry_point_leads_to_may_be_the_class_itself():
    assert _read(Snpp) == ("snpp", Snpp)


def with_(**different):
    return type("Odd", (Snpp,), different)


ODD = {
    "no class": object(),
    "no provider": dict,
    "abstract": Provider,
    "another name": with_(kind="Two Words"),
    "too long a name": with_(kind="x" * 31),
    "no label": with_(label=""),
    "no summary": with_(summary=""),
    "no medium": with_(media=()),
    "an unknown medium": with_(media=("smoke",)),
    "fields that are none": with_(fields=("host",)),
    "a field with an odd name": with_(fields=(Field("Host name", "Host"),)),
}


@pytest.mark.parametrize("found", ODD.values(), ids=ODD)
def test_what_could_not_be_used_is_none(found):
    with pytest.raises(TypeError, match=r"\.$"):
        _read(found)


def test_which_media_may_be_spoken_of_later(pigeons):
    assert "sms" in listening_media()
    assert not issubclass(Snpp, Listener)
