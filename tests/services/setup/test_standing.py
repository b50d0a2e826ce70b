"""Exporting: one text for one setup, without a secret in it."""

import re

import pytest

from tests.support import setups
from webapp.domain.refusal import Refused
from webapp.models import provider as providers
from webapp.runtime import runtime
from webapp.services.people import accounts
from webapp.services.setup import standing

pytestmark = pytest.mark.usefixtures("session")


def test_what_every_installation_begins_with():
    assert list(setups.tree()["policies"]) == ["kazoo", "open-notificaties", "optimizely", "zitadel"]
    assert setups.tree().keys() == {"version", "policies"}


def test_it_is_read_as_it_was_applied():
    setups.apply()
    told = setups.tree()
    assert told["policies"]["patient"]["rules"] == {"voicemail_new": {"first": {"attempt": 1, "retry_after_s": 900}}}
    assert told["policies"]["patient"]["steps"] == [60, 300.5]
    assert told["channels"]["news.releases"]["posters"] == ["ada", "role:operator"]
    assert told["channels"]["desk.status"]["immediate"] is True
    assert told["providers"]["mailbox"] == {
        "kind": "file", "medium": "email", "role": "fallback", "place": 1,
        "settings": {"sender": "belfry@example.com", "sender_name": "Belfry"},
    }  # fmt: skip
    assert told["providers"]["smtp-main"]["settings"]["password"] == {"env": "BELFRY_SECRET_SMTP_MAIN_PASSWORD"}
    assert told["people"]["emil"] == {
        "display_name": "Emil Moreau", "tz": "Europe/Paris", "locale": "en_GB", "role": "editor", "active": False,
        "service": False,
    }  # fmt: skip
    assert told["people"]["ada"]["phone_verified"] is True


def test_no_secret_is_in_it():
    setups.apply()
    made = standing.export(vault=runtime().vault)
    assert not [secret for secret in setups.VARIABLES.values() if secret in f"{made}"]
    assert made.variables == tuple(sorted(setups.VARIABLES))


def test_the_names_are_in_order():
    setups.apply()
    named = re.findall(r"^\[providers\.([^].]+)\]", setups.export(), re.MULTILINE)
    assert named == ["mailbox", "relay", "smtp-main"]


def test_the_demo_team_is_not_in_it(bare_world):
    bare_world.person("demi", demo=True)
    bare_world.person("edith")
    assert list(setups.tree()["people"]) == ["edith"]


def test_it_is_refused_where_nobody_can_tell_which_secrets_there_are(session):
    setups.apply()
    row = providers.named(session, "smtp-main")
    providers.reseal(session, row, "of a key that is lost")
    session.commit()
    with pytest.raises(Refused) as refused:
        setups.export()
    assert list(refused.value.problems) == ["provider smtp-main"]


def test_what_a_person_is_called_may_be_anything(clock):
    name = 'A "quoted" \\ name # of = [all] signs'
    accounts.add(username="o.o", display_name=name, role="editor", by="me", now=clock.now())
    assert setups.tree()["people"]["o.o"]["display_name"] == name
