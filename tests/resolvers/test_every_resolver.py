"""What every resolver keeps to, whoever wrote it: this suite runs over the registry."""

import pytest

from webapp.domain.medium import FOR_PEOPLE
from webapp.resolvers import Person, resolve, resolvers

PEOPLE = [
    Person(username="nobody", display_name="Nobody"),
    Person(username="emil", display_name="Emil Moreau", email="emil@example.com", phone="+353851234567", role="admin"),
    Person(username="li", display_name="李 <script>", email="li@例え.example", tz="Asia/Kolkata", locale="de_DE"),
]

every_resolver = pytest.mark.parametrize("name", list(resolvers()))


@every_resolver
def test_it_says_what_it_is_for(name):
    one = resolvers()[name]
    assert one.label.strip()
    assert one.medium in FOR_PEOPLE
    assert one.channels
    assert all(isinstance(glob, str) and glob for glob in one.channels)


@every_resolver
@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.username)
def test_it_gives_an_address_or_none_and_the_same_one_each_time(name, person):
    told = [resolvers()[name].find(person) for _ in range(2)]
    assert told[0] == told[1]
    assert told[0] is None or (isinstance(told[0], str) and told[0] == told[0].strip() != "")


@pytest.mark.parametrize("medium", FOR_PEOPLE)
def test_somebody_knows_every_medium_for_people(medium):
    assert resolve(PEOPLE[0], channel="team.news", medium=medium).resolver is not None
