"""flask setup …: what is printed and written, and with what each exits."""

import json

import pytest

from tests.support.setups import FILE, KEY, VARIABLES

PRESETS = ("kazoo", "open-notificaties", "optimizely", "zitadel")


@pytest.fixture
def flask(app):
    return lambda *words, **more: app.test_cli_runner().invoke(args=["setup", *words], **more)


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A file to apply, with its secrets in the environment."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    path = tmp_path / "belfry.toml"
    path.write_text(FILE)
    return path


def test_what_is_printed_is_what_is_written(flask, file, tmp_path):
    assert flask("apply", str(file)).exit_code == 0
    target = tmp_path / "out.toml"
    told = json.loads(flask("export", str(target), "--json").stdout)
    assert told == {
        "file": str(target), "policies": 5, "channels": 2, "providers": 3, "subscribers": 0, "people": 2,
        "variables": sorted(VARIABLES),
    }  # fmt: skip
    assert flask("export").stdout == target.read_text()
    assert json.loads(flask("export", "--json").stdout)["channels"]["desk.status"]["title"] == "Status"


def test_a_file_that_cannot_be_written(flask, tmp_path):
    done = flask("export", str(tmp_path / "nowhere" / "out.toml"))
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("file: ")


def test_the_exit_code_of_a_dry_run_says_whether_anything_would_change(flask, file):
    rehearsed = flask("apply", str(file), "--dry-run")
    assert rehearsed.exit_code == 3
    assert rehearsed.stdout.splitlines()[-1] == "A dry run: nothing was changed."
    done = flask("apply", str(file))
    assert done.exit_code == 0
    assert done.stdout.splitlines()[:-1] == rehearsed.stdout.splitlines()[:-2]
    again = flask("apply", str(file), "--dry-run")
    assert (again.exit_code, again.stdout.splitlines()[-1]) == (0, "Nothing to change.")


def test_people_read_what_changes_from_what_to_what(flask, file):
    flask("apply", str(file))
    file.write_text(FILE.replace("mail.example.com", "post.example.com").replace("active = false", "active = true"))
    lines = flask("apply", str(file)).stdout.splitlines()
    assert lines == [
        "~ providers smtp-main",
        "    settings.host: mail.example.com → post.example.com",
        "~ people emil",
        "    active: false → true",
        "= 6 as the file has them",
        f"Not in the file, and left alone: {', '.join(f'policies {name}' for name in PRESETS)}",
    ]


def test_machines_read_the_same(flask, file):
    told = json.loads(flask("apply", str(file), "--dry-run", "--json").stdout)
    assert list(told) == ["dry_run", "differences", "same", "unnamed", "made"]
    [secret] = [
        change
        for one in told["differences"]
        for change in one["changes"]
        if (one["name"], change["key"]) == ("smtp-main", "settings.password")
    ]
    assert secret == {"key": "settings.password", "was": None, "became": "(a secret)"}


def test_no_secret_is_printed(flask, file):
    words = (["apply", str(file), "--dry-run"], ["apply", str(file), "--json"], ["export"], ["export", "--json"])
    said = "".join(flask(*told).output for told in words)
    assert not [secret for secret in VARIABLES.values() if secret in said]


def test_a_key_that_was_made_is_shown_once(flask, file):
    file.write_text("\n".join(line for line in FILE.splitlines() if "signing_key" not in line))
    assert "shown this once" not in flask("apply", str(file), "--dry-run").stdout
    assert "Made for relay, and shown this once: signing_key whsec_" in flask("apply", str(file)).stdout
    assert "whsec_" not in flask("apply", str(file)).stdout
    assert KEY not in flask("export").stdout


def test_a_refusal_names_file_line_and_field(flask, file):
    file.write_text(FILE.replace("immediate = true", "immediate = 1"))
    done = flask("apply", str(file), "--json")
    assert (done.exit_code, done.stdout) == (1, "")
    line = FILE[: FILE.index("immediate")].count("\n") + 1
    assert done.stderr == f'belfry.toml:{line}: channels."desk.status".immediate: true or false, please.\n'


def test_a_file_comes_from_standard_input_too(flask, file):
    assert flask("apply", "-", input=FILE.encode()).exit_code == 0
    assert flask("apply", "-", input=b"?").stderr.startswith("<stdin>:1: ")
