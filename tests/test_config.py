"""Settings: what each means when it is given, when it is not, and when it makes no sense."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from webapp.config import JOB_NAMES, SETTINGS, BadSetting, Settings, secrets_of_environment


def read(**given: str) -> Settings:
    return Settings.read({f"BELFRY_{name}": value for name, value in given.items()})


def refused(**given: str) -> str:
    with pytest.raises(BadSetting) as caught:
        read(**given)
    return str(caught.value)


def test_without_any_it_listens_here_on_an_embedded_database_without_a_demo():
    settings = read()
    assert (settings.host, settings.port, settings.public_url, settings.trusted_proxies) == ("127.0.0.1", 5000, "", 0)
    assert settings.embedded
    assert settings.database_address == f"sqlite:///{Path('instance').resolve()}/belfry.sqlite3"
    assert (settings.demo, settings.jobs) == (False, JOB_NAMES)
    assert (settings.allowed_networks, settings.encryption_keys, settings.secret_key) == ((), (), "")


def test_the_engine_s_numbers_by_default():
    settings = read()
    assert (settings.dispatch_every, settings.dispatch_batch) == (2, 200)
    assert (settings.resend_every, settings.resend_batch) == (2, 200)
    assert (settings.lease, settings.concurrency, settings.stop_grace) == (60, 16, 15)
    assert (settings.keep_months, settings.web_threads, settings.max_body) == (3, 8, 1024 * 1024)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_an_empty_value_means_the_default(setting):
    name = setting.name.lower()
    assert getattr(read(**{setting.name: ""}), name) == getattr(read(), name)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_each_says_what_it_means(setting):
    assert setting.unit
    assert setting.meaning.endswith(".")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "0", "a whole number from 1 to 65535"),
        ("PORT", "80.5", "a whole number from 1 to 65535"),
        ("PORT", "http", "a whole number from 1 to 65535"),
        ("TRUSTED_PROXIES", "-1", "a whole number from 0 to 10"),
        ("DISPATCH_EVERY", "-0.1", "a number from 0 to 86400"),
        ("DISPATCH_BATCH", "0", "a whole number from 1 to 10000"),
        ("RESEND_EVERY", "inf", "a number from 0 to 86400"),
        ("RESEND_BATCH", "many", "a whole number from 1 to 10000"),
        ("LEASE", "nan", "a number from 1 to 3600"),
        ("LEASE", "one\nminute", "a number from 1 to 3600"),
        ("CONCURRENCY", "0", "a whole number from 1 to 256"),
        ("STOP_GRACE", "0", "a number from 1 to 300"),
        ("KEEP_MONTHS", "0", "a whole number from 1 to 1200"),
        ("WEB_THREADS", "0", "a whole number from 1 to 256"),
        ("MAX_BODY", "1k", "a whole number from 1024"),
        ("DEMO", "perhaps", "on or off"),
        ("JOBS", "dispatcher,bells", "all, off, or names out of dispatcher, resender, truncation (not bells)"),
        ("ALLOWED_NETWORKS", "10.0.0.0/33", "networks such as"),
        ("PUBLIC_URL", "belfry.example.com", "an address such as"),
        ("PUBLIC_URL", "ftp://belfry.example.com", "an address such as"),
        ("PUBLIC_URL", "https://example.com/belfry", "an address such as"),
        ("PUBLIC_URL", "https://example.com?belfry", "an address such as"),
        ("PUBLIC_URL", "https://example.com:99999", "an address such as"),
        ("PUBLIC_URL", "https://[::1", "an address such as"),
        ("DATABASE_URL", "mysql://db/belfry", "a sqlite:/// or postgresql:// address"),
        ("DATABASE_URL", "sqlite:belfry", "a sqlite:/// or postgresql:// address"),
        ("DATABASE_URL", "sqlite:///belfry.sqlite3", "the file's whole path after sqlite:///, so four slashes"),
        ("DATABASE_URL", "sqlite:///:memory:", "the file's whole path after sqlite:///, so four slashes"),
        ("DATABASE_URL", "sqlite://", "the file's whole path after sqlite:///, so four slashes"),
        ("DATABASE_URL", "postgresql://db:port/belfry", "a sqlite:/// or postgresql:// address"),
    ],
)
def test_a_value_that_makes_no_sense_is_one_line_that_says_what_would(name, value, words):
    said = refused(**{name: value})
    assert said.startswith(f"BELFRY_{name} must be {words}")
    assert said.endswith(f"it is “{value}”.".replace("\n", " "))
    assert len(said.splitlines()) == 1


def test_a_refused_address_is_told_without_its_password():
    said = refused(DATABASE_URL="mysql://belfry:geheim@db/belfry")
    assert "geheim" not in said
    assert "@db/belfry" in said


def test_an_unknown_name_is_refused_but_only_among_ours():
    assert refused(LAESE="60").startswith("BELFRY_LAESE is not a setting of Belfry")
    assert Settings.read({"HOME": "/root", "PORT": "nonsense"}).port == 5000


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://db/belfry", "postgresql+psycopg://db/belfry"),
        ("postgresql://db/belfry?sslmode=require", "postgresql+psycopg://db/belfry?sslmode=require"),
        ("postgresql+psycopg://db/belfry", "postgresql+psycopg://db/belfry"),
        ("sqlite:////srv/belfry.sqlite3", "sqlite:////srv/belfry.sqlite3"),
    ],
)
def test_a_database_s_address_names_the_driver_that_is_there(given, used):
    settings = read(DATABASE_URL=given)
    assert settings.database_address == used
    assert settings.embedded == given.startswith("sqlite")


def test_the_embedded_database_is_in_the_instance(tmp_path):
    assert read(INSTANCE=str(tmp_path)).database_address == f"sqlite:///{tmp_path}/belfry.sqlite3"


@pytest.mark.parametrize(
    ("given", "jobs"),
    [
        ("all", JOB_NAMES),
        ("on", JOB_NAMES),
        ("OFF", ()),
        ("resender", ("resender",)),
        (" truncation , dispatcher,", ("truncation", "dispatcher")),
    ],
)
def test_which_jobs(given, jobs):
    assert read(JOBS=given).jobs == jobs


def test_networks():
    networks = read(ALLOWED_NETWORKS="127.0.0.0/8, ::1 ,10.1.2.3/16").allowed_networks
    assert networks == (ip_network("127.0.0.0/8"), ip_network("::1/128"), ip_network("10.1.0.0/16"))


@pytest.mark.parametrize(("given", "on"), [("on", True), ("TRUE", True), ("1", True), ("no", False), ("0", False)])
def test_a_switch(given, on):
    assert read(DEMO=given).demo is on


def test_intervals_may_have_fractions_or_be_off():
    settings = read(DISPATCH_EVERY="0.5", RESEND_EVERY="0")
    assert (settings.dispatch_every, settings.resend_every) == (0.5, 0)


def test_the_public_address_is_kept_without_its_slash():
    assert read(PUBLIC_URL="https://Belfry.example.com:8443/").public_url == "https://Belfry.example.com:8443"


def test_several_encryption_keys_keep_their_order():
    assert read(ENCRYPTION_KEYS="new, old,").encryption_keys == ("new", "old")


def test_what_is_not_a_setting_cannot_be_asked_for():
    with pytest.raises(AttributeError, match="leese"):
        _ = read().leese


def test_names_for_providers_secrets_are_no_settings_and_hide_no_slip():
    assert read(SECRET_SMTP_MAIN_PASSWORD="geheim").port == 5000
    assert refused(SECRET_KEYS="geheim").startswith("BELFRY_SECRET_KEYS is not a setting of Belfry")


def test_only_such_names_are_told_to_whoever_applies_a_file(monkeypatch):
    monkeypatch.setenv("BELFRY_SECRET_SMTP_MAIN_PASSWORD", "geheim")
    monkeypatch.setenv("BELFRY_SECRET_KEY", "ours")
    assert secrets_of_environment() == {"BELFRY_SECRET_SMTP_MAIN_PASSWORD": "geheim"}
