"""Service accounts in a setup file: a program stays a program, there and back, and is no administrator to rely on."""

import pytest

from tests.support.people import PASSWORD
from tests.support.setups import FILE, apply, at, export, rows, tree
from webapp.domain.refusal import Conflict, Refused
from webapp.extensions import db
from webapp.models import user as users
from webapp.services.people import accounts

pytestmark = pytest.mark.usefixtures("session")

ROBOT = '[people.robot]\ndisplay_name = "Robot"\nrole = "admin"\n'
SERVICE = f"{ROBOT}service = true\n"


def test_a_program_is_added_as_one_and_written_as_one(clock):
    apply(FILE + SERVICE)
    assert tree()["people"]["robot"]["service"] is True
    assert tree()["people"]["ada"]["service"] is False
    with pytest.raises(Conflict):
        accounts.set_password(username="robot", password=PASSWORD, by="ada", now=clock.now())
    before, text = rows(), export()
    assert apply(text).differences == ()
    assert rows() == before


@pytest.mark.parametrize(
    ("first", "then", "place"),
    [(ROBOT, SERVICE, "service ="), (SERVICE, ROBOT, "[people.robot")],
    ids=["a person", "a program"],
)
def test_neither_becomes_the_other(first, then, place):
    apply(FILE + first)
    before = rows()
    with pytest.raises(Refused) as caught:
        apply(FILE + then)
    assert list(caught.value.problems) == [at(place, "people.robot.service", FILE + then)]
    assert rows() == before


def test_a_program_is_not_the_last_administrator():
    text = FILE + SERVICE
    apply(text)
    with pytest.raises(Refused) as caught:
        apply(text.replace('role = "admin"', 'role = "editor"', 1))
    problem = {at('role = "admin"', "people.ada.role", text): "This would leave no active administrator."}
    assert caught.value.problems == problem
    assert len(users.lock_active_admins(db.session)) == 1
