"""Emil follows the link in a mail, without scripts and without an account's cookie, and changes his mind."""

from urllib.parse import urlsplit

from playwright.sync_api import expect

from webapp.providers.file import sent

HOME = "http://localhost"  # how Belfry says it is reached; here it is one of the names that every server answers to


def test_stop_and_undo_without_scripts(house, belfry, serve, instance, new_context) -> None:
    house.move_in("edith", "emil")
    house.open_channel(immediate=False)
    belfry("providers", "add", "file", "mailbox", "--medium", "email", "--activate")
    server = serve(JOBS="off", PUBLIC_URL=HOME)
    house.post("edith", ["emil"], "Lunch")
    belfry("dispatch", PUBLIC_URL=HOME)
    [mail] = sent(instance, "mailbox", 9)
    link = urlsplit(mail.header("List-Unsubscribe").strip("<>"))

    page = new_context(base_url=server.url, java_script_enabled=False).new_page()
    page.goto(link.path)
    expect(page.get_by_role("heading", level=1)).to_have_text("Stop getting News by e-mail?")
    page.get_by_role("button", name="Stop it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("No more News by e-mail")
    house.post("edith", ["emil"], "Dinner")
    assert belfry("dispatch", PUBLIC_URL=HOME)
    assert house.states() == {"sent": 1, "filtered": 1}

    page.get_by_role("button", name="Undo: send it again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stop getting News by e-mail?")
    house.post("edith", ["emil"], "Breakfast")
    assert belfry("dispatch", PUBLIC_URL=HOME)
    assert [mail.header("Subject") for mail in sent(instance, "mailbox", 9)] == ["Breakfast", "Lunch"]
