"""Every screen with 50 rows: none of them asks the database once for each row."""

import pytest

from tests.support.gallery import full
from tests.support.gallery_words import PASSWORD, VIEWER
from tests.support.pages import addresses, pages

MOST = 8  # statements for a page, those of its frame and its session included


def test_no_page_asks_the_database_for_each_row(app, client, statements) -> None:
    full(app)
    paths = addresses(app)
    client.sign_in(VIEWER, PASSWORD)
    asked = {endpoint: _statements(client, path, statements) for endpoint, path in paths.items()}
    assert set(asked) == {rule.endpoint for rule in pages(app)}
    many = {endpoint: found for endpoint, found in asked.items() if len(found) > MOST}
    assert not many, "\n\n".join(f"{name}: {len(found)}\n" + "\n".join(found) for name, found in many.items())


@pytest.mark.parametrize("query", ["?view=unread", "?channel=team-00.news", "?open={id}"])
def test_nor_does_the_inbox_as_it_is_filtered(app, client, statements, query) -> None:
    full(app)
    id = addresses(app)["notifications.show"].rpartition("/")[2]
    client.sign_in(VIEWER, PASSWORD)
    assert len(_statements(client, "/inbox" + query.format(id=id), statements)) <= MOST


def _statements(client, path, statements) -> list[str]:
    with statements() as asked:
        assert client.get(path).status_code in {200, 303}, path
    return asked
