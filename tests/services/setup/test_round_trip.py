"""Export, an empty database, apply, export: the same bytes, whatever the setup."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.setups import apply, export, rows
from webapp.domain.secret_variable import variables
from webapp.extensions import db
from webapp.services.setup._file import written

PRESETS = ("kazoo", "open-notificaties", "optimizely", "zitadel")
NAMES = st.text("abcdef.-_0", min_size=1, max_size=8).filter(lambda name: name[0] in "abcdef")
LINES = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=30)
WAITS = st.integers(0, 10**6) | st.floats(0, 10**6, allow_nan=False).map(lambda number: round(number, 3))
POLICIES = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["steps", "linear", "exponential", "forward_jitter"]),
        "steps": st.lists(WAITS, min_size=1, max_size=3),
        "max_attempts": st.integers(1, 9),
    },
    optional={
        "initial_s": WAITS,
        "ttl_s": st.integers(1, 10**6),
        "rules": st.dictionaries(
            st.sampled_from(["voicemail_new", "news"]),
            st.dictionaries(LINES, st.fixed_dictionaries({"retry_after_s": WAITS}), min_size=1, max_size=1),
        ),
    },
)
PEOPLE = st.fixed_dictionaries(
    {"display_name": LINES},
    optional={
        "email": st.just("ada@example.com"),
        "tz": st.sampled_from(["UTC", "Europe/Paris"]),
        "active": st.booleans(),
        "service": st.booleans(),
        "role": st.sampled_from(["editor", "operator", "admin"]),
    },
)
CHANNELS = st.fixed_dictionaries(
    {"title": LINES, "media": st.lists(st.sampled_from(["email", "sms"]), unique=True)},
    optional={
        "description": LINES,
        "immediate": st.booleans(),
        "required": st.booleans(),
        "at_most_once": st.booleans(),
        "ttl_s": st.floats(1, 10**6).map(lambda number: round(number, 3)),
        "keep_months": st.integers(1, 100),
        "policy": st.sampled_from(["zitadel", "kazoo"]),
        "posters": st.lists(st.sampled_from(["role:editor", "role:admin"]), unique=True),
        "filter_keys": st.lists(st.sampled_from(["source", "level"]), unique=True),
    },
)


@st.composite
def providers(draw: st.DrawFn) -> dict[str, Any]:
    """At most one primary for each medium, and fallbacks that are counted through."""
    made: dict[str, Any] = {}
    for medium in ("email", "sms"):
        names = draw(st.lists(NAMES.filter(lambda name: name not in made), max_size=3, unique=True))
        for place, name in enumerate(names):
            role = draw(st.sampled_from(["inactive", "fallback"])) if place else "primary"
            made[name] = {"medium": medium, "role": role, **draw(_KINDS[medium])}
    return made


_BOX = st.just({"kind": "file", "settings": {}})
_KINDS = {
    "email": _BOX
    | st.fixed_dictionaries({
        "kind": st.just("smtp"),
        "settings": st.fixed_dictionaries(
            {"host": st.just("mail.example.com"), "sender": st.just("a@example.com"), "sender_name": LINES},
            optional={"port": st.integers(1, 65535), "timeout": st.floats(1, 20).map(lambda number: round(number, 2))},
        ),
    }),
    "sms": _BOX
    | st.just({
        "kind": "http",
        "settings": {
            "url": "https://example.com/", "auth": "bearer", "headers": "X-One: 1\nX-Two: 2",
            "secret": None, "signing_key": None,
        },
    }),
}  # fmt: skip
SUBSCRIBERS = st.fixed_dictionaries({
    "policy": st.sampled_from(PRESETS),
    "active": st.booleans(),
    "settings": st.just({"url": "https://example.com/hook", "auth": "bearer", "secret": None, "signing_key": None}),
})  # fmt: skip
SETUPS = st.fixed_dictionaries({
    "policies": st.dictionaries(NAMES, POLICIES, max_size=2),
    "channels": st.dictionaries(NAMES.map(lambda name: f"a{name.replace('.', '')}.b"), CHANNELS, max_size=3),
    "providers": providers(),
    "subscribers": st.dictionaries(NAMES, SUBSCRIBERS, max_size=2),
    "people": st.dictionaries(NAMES, PEOPLE, max_size=3),
})  # fmt: skip


def _with_references(setup: dict[str, Any]) -> dict[str, str]:
    """Names for the secrets in place of None; gives what each variable holds."""
    sections = {"providers": "", "subscribers": "subscriber "}
    lacking = {
        (f"{begins}{name}", key): entry
        for section, begins in sections.items()
        for name, entry in sorted(setup[section].items())
        for key, value in entry["settings"].items()
        if value is None
    }
    named = variables(lacking)
    for (name, key), entry in lacking.items():
        entry["settings"] = entry["settings"] | {key: {"env": named[name, key]}}
    return {variable: "whsec_" + f"{len(variable):032}" for variable in named.values()}


def _empty() -> None:
    """As it is right after the migrations."""
    db.session.rollback()
    for table in reversed(db.metadata.sorted_tables):
        all_of_it = table.delete()
        db.session.execute(all_of_it.where(table.c.name.not_in(PRESETS)) if table.name == "policy" else all_of_it)
    db.session.commit()


@given(setup=SETUPS)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_setup_that_was_applied_elsewhere_is_told_in_the_same_bytes(session, setup):
    held = _with_references(setup)
    _empty()
    apply(written(setup), variables=held)
    told = export()
    _empty()
    apply(told, variables=held)
    assert export() == told
    before = rows()
    assert apply(told, variables=held).differences == ()
    assert rows() == before
