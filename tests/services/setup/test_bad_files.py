"""Files that are wrong: each names file, line and field, and leaves the database as it was."""

import pytest

from tests.support import setups
from tests.support.setups import FILE, apply, at
from webapp.domain.refusal import Refused

pytestmark = pytest.mark.usefixtures("session")
SECRET = "correct horse battery staple"

# What is put in the place of what; where the refusal is then, and for which field; and a word that helps.
SPOILT = [
    ("version = 1", "version = 2", "version = 2", "version", "version 1 only"),
    ("version = 1", 'version = "1"', "version", "version", "version 1 only"),
    ("version = 1", "# nothing", "# nothing", "version", "missing"),
    ("version = 1", "version = 1\ncolour = 3", "colour", "colour", "Unknown"),
    ("version = 1", "version = 1\npolicies = 3", None, None, "no TOML"),
    ("[policies.patient]\n", "[channel.patient]\n", "[channel", "channel", "Unknown"),
    # policies
    ('kind = "steps"', 'kind = "stairs"', "stairs", "policies.patient.kind", "steps"),
    ('kind = "steps"\n', "", "[policies.patient]", "policies.patient.kind", "missing"),
    ("steps = [60, 300.5]", "steps = []", "steps = []", "policies.patient.steps", "at least one"),
    ("steps = [60, 300.5]", "steps = 60", "steps = 60", "policies.patient.steps", "list of numbers"),
    ("steps = [60, 300.5]", 'steps = [60, "300"]', 'steps = [60, "300"]', "policies.patient.steps", "list of numbers"),
    ("steps = [60, 300.5]", "steps = [60, inf]", "steps = [60", "policies.patient.steps", "list of numbers"),
    ("steps = [60, 300.5]", "steps = [60, -1]", "steps = [60", "policies.patient.steps", "from 0"),
    ("max_attempts = 3", "max_attempts = 3.5", "max_attempts", "policies.patient.max_attempts", "whole number"),
    ("max_attempts = 3", "max_attempts = 0", "max_attempts", "policies.patient.max_attempts", "from 1"),
    ("max_attempts = 3", "max_attempts = true", "max_attempts", "policies.patient.max_attempts", "whole number"),
    ("max_attempts = 3", f"max_attempts = {10**300}", "max_att", "policies.patient.max_attempts", "whole number"),
    ("max_attempts = 3", "max_attempts = 3\nttl_s = nan", "ttl_s = nan", "policies.patient.ttl_s", "number"),
    ("max_attempts = 3", "max_attempts = 3\nttl = 3", "ttl = 3", "policies.patient.ttl", "ttl_s"),
    ("max_attempts = 3", "max_attempts = 3\nmax_attempts = 4", "max_attempts = 4", None, "no TOML"),
    ("attempt = 1\n", "attempt = 1.5\n", "attempt = 1.5",
     "policies.patient.rules.voicemail_new.first.attempt", "whole number"),
    ("attempt = 1\n", "tries = 1\n", "tries", "policies.patient.rules.voicemail_new.first.tries", "Known are"),
    ("[policies.patient.rules.voicemail_new.first]\nattempt = 1\nretry_after_s = 900",
     "[policies.patient.rules]\nvoicemail_new = 900", "voicemail_new", "policies.patient.rules.voicemail_new", "table"),
    ("[policies.patient]", '[policies."pa tient"]', '[policies."pa tient"]', 'policies."pa tient"', "Letters"),
    # channels
    ('title = "Releases"\n', "", '[channels."news.releases"]', 'channels."news.releases".title', "missing"),
    ('title = "Releases"', 'title = ""', 'title = ""', 'channels."news.releases".title', "fill this in"),
    ('title = "Releases"', 'title = "a\\u0000b"', "title", 'channels."news.releases".title', "U+0000"),
    ('title = "Releases"', "title = 7", "title = 7", 'channels."news.releases".title', "quotation marks"),
    ('media = ["email", "sms"]', 'media = ["email", "pigeon"]', "media", 'channels."news.releases".media', "pigeon"),
    ('media = ["email", "sms"]', 'media = ["email", "email"]', "media", 'channels."news.releases".media', "once"),
    ('media = ["email", "sms"]', 'media = "email"', "media", 'channels."news.releases".media', "list of texts"),
    ('policy = "patient"', 'policy = "hasty"', "policy = ", 'channels."news.releases".policy', "hasty"),
    ('policy = "patient"', 'formatter = "ornate"', "formatter", 'channels."news.releases".formatter', "plain"),
    ('"role:operator"', '"role:king"', "posters", 'channels."news.releases".posters', "king"),
    ('posters = ["ada", ', 'posters = ["zoe", ', "posters", 'channels."news.releases".posters', "zoe"),
    ("ttl_s = 3600", "ttl_s = 0", "ttl_s = 0", 'channels."news.releases".ttl_s', "From 1"),
    ("immediate = true", "immediate = 1", "immediate", 'channels."desk.status".immediate', "true or false"),
    ("immediate = true", "immediate = true\nevery_s = 60", "every_s", 'channels."desk.status".every_s', "be both"),
    ('"desk.status"', '"desk"', '[channels."desk"]', "channels.desk", "team.topic"),
    ('[channels."desk.status"]', '[channels."news.releases"]', None, None, "no TOML"),
    # providers
    ('kind = "smtp"', 'kind = "pigeon"', "pigeon", "providers.smtp-main.kind", "smtp"),
    ('kind = "smtp"', 'kind = "webhook"', "webhook", "providers.smtp-main.kind", "smtp, twilio"),
    ('medium = "email"\nrole = "primary"', 'medium = "sms"\nrole = "primary"', 'medium = "sms"',
     "providers.smtp-main.medium", "not for"),
    ('role = "primary"', 'role = "king"', 'role = "king"', "providers.smtp-main.role", "primary, fallback, inactive"),
    ('role = "fallback"\nplace = 1', 'role = "primary"', 'role = "primary"\n\n[providers.relay]',
     "providers.mailbox.role", "only one"),
    ('role = "fallback"\nplace = 1', "place = 1", "place = 1", "providers.mailbox.place", "Only a fallback"),
    ("place = 1", "place = 0", "place = 0", "providers.mailbox.place", "from 1"),
    ('sender = "belfry@example.com"', 'sender = "nobody"', "sender", "providers.smtp-main.settings.sender", "e-mail"),
    ('host = "mail.example.com"\n', "", "[providers.smtp-main.settings]",
     "providers.smtp-main.settings.host", "fill this in"),
    ('host = "mail.example.com"', 'host = "169.254.169.254"', "host", "providers.smtp-main.settings.host", ""),
    ('host = "mail.example.com"', 'host = { env = "HOST" }', "host", "providers.smtp-main.settings.host", "no secret"),
    ('host = "mail.example.com"', 'host = "h"\nport = "25"', "port", "providers.smtp-main.settings.port", "A number"),
    ('host = "mail.example.com"', 'host = "h"\nport = 99999', "port", "providers.smtp-main.settings.port", "65535"),
    ('host = "mail.example.com"', 'host = "h"\ncolour = 3', "colour",
     "providers.smtp-main.settings.colour", "Unknown setting"),
    ('{ env = "BELFRY_SECRET_SMTP_MAIN_PASSWORD" }', f'"{SECRET}"', "password = ",
     "providers.smtp-main.settings.password", "environment variable"),
    ("BELFRY_SECRET_SMTP_MAIN_PASSWORD", "BELFRY_SECRET_KEY", "password = ",
     "providers.smtp-main.settings.password", "BELFRY_SECRET_"),
    ("BELFRY_SECRET_SMTP_MAIN_PASSWORD", "HOME", "password = ",
     "providers.smtp-main.settings.password", "BELFRY_SECRET_"),
    ("BELFRY_SECRET_SMTP_MAIN_PASSWORD", "BELFRY_SECRET_NOT_SET", "password = ",
     "providers.smtp-main.settings.password", "not set"),
    ("[providers.mailbox]", '[providers."mail box"]', '[providers."mail box"]', 'providers."mail box"', "Letters"),
    ("[providers.mailbox]", "[providers.new]", "[providers.new]", "providers.new", "cannot be a name"),
    # people
    ('role = "admin"', 'role = "king"', 'role = "king"', "people.ada.role", "admin"),
    ('email = "ada@example.com"', 'email = "ada"', "email = ", "people.ada.email", "no e-mail address"),
    ('phone = "+4930901820"', 'phone = "0309"', "phone = ", "people.ada.phone", "country"),
    ('phone = "+4930901820"\n', "", "phone_verified", "people.ada.phone_verified", "no phone"),
    ('tz = "Europe/Paris"', 'tz = "Europe/Pariss"', "tz", "people.emil.tz", "Europe/Berlin"),
    ('tz = "Europe/Paris"', 'locale = "xx_YY"', "locale", "people.emil.locale", "en_GB"),
    ('display_name = "Emil Moreau"\n', "", "[people.emil]", "people.emil.display_name", "missing"),
    ("active = false", 'active = "no"', "active", "people.emil.active", "true or false"),
    ("active = false", f'password = "{SECRET}"', 'password = "', "people.emil.password", "Unknown"),
    ("[people.emil]", "[people.Emil]", "[people.Emil]", "people.Emil", "Small letters"),
    ("[people.emil]", "[[people.emil]]", "[[people.emil]]", "people.emil", "table"),
]  # fmt: skip


def said(text, **more):
    """The only refusal: where, and what."""
    before = setups.rows()
    with pytest.raises(Refused) as refused:
        apply(text, **more)
    assert setups.rows() == before
    return refused.value.problems


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("was", "became", "line", "field", "word"), SPOILT, ids=[f"{row[3]}: {row[4]}"[:60] for row in SPOILT]
)
def test_a_spoilt_file(was, became, line, field, word):
    assert was in FILE
    text = FILE.replace(was, became, 1)
    problems = said(text)
    if field is None:
        assert [key.partition(":")[0] for key in problems] == ["belfry.toml"]
    else:
        assert at(line, field, text) in problems
    assert word in " ".join(problems.values())
    assert SECRET not in f"{problems}"


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("content", "line", "word"),
    [
        (b"", 1, "missing"),
        (b"\xff\xfe", 1, "UTF-8"),
        (b"version = 1\n\n[people.\xe9va]", 3, "UTF-8"),
        (b"version = 1\n" + b"#" * 8 * 1024 * 1024, 1, "MiB"),
        (b"version = 1\n[people", 2, "no TOML"),
        (b"version = 1\n\n\npeople = ", 4, "no TOML"),
        (b"username,display_name\nada,Ada Kern\n", 1, "no TOML"),
        (b"version = " + b"[" * 3000, 1, "too deep"),
        (b"version = " + b"9" * 5000, 1, "too long"),
        (b"version = 1\npeople = 3", 2, "table"),
        (b"version = 1\npeople.ada = 3", 2, "table"),
        (b"version = 1\nchannels = { 'a.b' = { title = 3 } }", 2, "quotation marks"),
        (b"version = 1\n[people.ada]\ndisplay_name = '''a\n[people.zoe]\nrole = 3\n'''\nrole = 'x'", 7, "editor"),
    ],
)
def test_what_is_hardly_a_file(content, line, word):
    problems = said(content)
    assert [key for key in problems if key.startswith(f"belfry.toml:{line}")]
    assert word in " ".join(problems.values())


def test_all_that_is_wrong_is_told_at_once():
    text = FILE.replace("max_attempts = 3", "max_attempts = 0").replace('role = "admin"', 'role = "king"')
    assert list(said(text)) == [
        at("max_attempts", "policies.patient.max_attempts", text),
        at('role = "king"', "people.ada.role", text),
    ]


def test_a_provider_keeps_its_kind_and_its_medium():
    apply()
    text = FILE.replace(
        'kind = "file"\nmedium = "email"\nrole = "fallback"\nplace = 1', 'kind = "file"\nmedium = "sms"'
    )
    assert list(said(text)) == [at('medium = "sms"\n\n[providers.relay]', "providers.mailbox.medium", text)]
