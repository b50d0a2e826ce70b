"""Subscribers in a setup file: the same bytes there and back, secrets by their variables only, and what is refused."""

import pytest
from sqlalchemy import select

from tests.support.setups import KEY, apply, at, export, rows
from tests.support.subscribers import subscriber
from webapp.domain.refusal import Refused
from webapp.extensions import db
from webapp.models.subscriber import Subscriber
from webapp.runtime import runtime
from webapp.services.subscribers import subscriber_setup

pytestmark = pytest.mark.usefixtures("session")

TOKEN = "correct horse"
SECRETS = {
    "BELFRY_SECRET_SUBSCRIBER_ARCHIVE_SECRET": TOKEN,
    "BELFRY_SECRET_SUBSCRIBER_ARCHIVE_SIGNING_KEY": KEY,
}
FILE = """\
version = 1

[channels."news.releases"]
title = "Releases"
filter_keys = ["source", "messageType"]

[subscribers.archive]
policy = "kazoo"

[subscribers.archive.settings]
url = "https://archive.example/hook"
auth = "bearer"
secret = { env = "BELFRY_SECRET_SUBSCRIBER_ARCHIVE_SECRET" }
signing_key = { env = "BELFRY_SECRET_SUBSCRIBER_ARCHIVE_SIGNING_KEY" }

[subscribers.archive.channels]
"news.releases" = ['{"source": "1"}', "{}"]
"""


def there():
    return subscriber_setup.get(name="archive", vault=runtime().vault)


def refused(text, **more):
    with pytest.raises(Refused) as caught:
        apply(text, variables=SECRETS, **more)
    return caught.value.problems


def test_one_is_made_and_written_again_without_its_secrets():
    apply(FILE, variables=SECRETS)
    view = there()
    assert (view.policy, view.active, view.waived) == ("kazoo", True, "As belfry.toml says.")
    assert [(one.channel, list(one.groups)) for one in view.channels] == [("news.releases", [{"source": "1"}, {}])]
    opened = runtime().vault.open(db.session.scalars(select(Subscriber.secrets)).one())
    assert opened == {"secret": TOKEN, "signing_key": KEY}
    text = export()
    assert TOKEN not in text
    assert KEY not in text
    assert apply(text, variables=SECRETS).differences == ()


def test_a_key_that_no_variable_holds_is_made_and_told_once():
    named = 'signing_key = { env = "BELFRY_SECRET_SUBSCRIBER_ARCHIVE_SIGNING_KEY" }\n'
    done = apply(FILE.replace(named, ""), variables=SECRETS)
    assert done.made["subscriber archive"]["signing_key"].startswith("whsec_")


def test_what_differs_is_changed_and_it_is_switched_by_what_the_file_says():
    apply(FILE, variables=SECRETS)
    other = FILE.replace('policy = "kazoo"', "active = false").replace('["{}"', "[").replace(', "{}"', "")
    [difference] = apply(other, variables=SECRETS).differences
    assert {change.key for change in difference.changes} == {"policy", "active", 'channels."news.releases"'}
    assert (there().active, there().off_why, there().policy) == (False, "person", "open-notificaties")
    assert apply(FILE, variables=SECRETS).differences
    assert there().active


@pytest.mark.parametrize(
    ("was", "becomes", "place", "words"),
    [
        ('policy = "kazoo"', 'policy = "none"', "subscribers.archive.policy", "no retry policy named “none”"),
        ("{}", "[]", 'subscribers.archive.channels."news.releases"', "A list of groups"),
        ("{}", "no JSON", 'subscribers.archive.channels."news.releases"', "A list of groups"),
        ('"source"', '"colour"', 'subscribers.archive.channels."news.releases"', "Its filter keys are source"),
        ('url = "https', 'url = "', "subscribers.archive.settings.url", ""),
        ('{ env = "BELFRY_SECRET_SUBSCRIBER_ARCHIVE_SECRET" }', '"open"', "subscribers.archive.settings.secret", "env"),
        ("[subscribers.archive", "[subscribers.new", "subscribers.new", "cannot be a name"),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(was, becomes, place, words):
    before, begins, theirs = FILE.partition("[subscribers")
    found = refused(before + (begins + theirs).replace(was, becomes))
    [sentence] = [sentence for where, sentence in found.items() if where.endswith(f": {place}")]
    assert words in sentence


def test_somebodys_own_address_is_no_part_of_it(world):
    world.person("emma")
    subscriber(world, name="archive", owner="emma", filters={})
    before = rows()
    for rehearsed in (True, False):
        found = refused(FILE, dry_run=rehearsed)
        assert list(found) == [at("[subscribers.archive]", "subscribers.archive", FILE)]
        assert "somebody's own address" in "".join(found.values())
    assert rows() == before
