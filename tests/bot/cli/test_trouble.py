"""Trouble with key, database and disk: one sentence, exit code 1, and nothing is changed."""

import base64
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.fake_slack import FakeSlack

ROOT = Path(__file__).parents[3]
OTHER_KEY = base64.b64encode(bytes(range(32))).decode()


def expect_sentence(outcome, *parts):
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("mimic: ")
    assert outcome.err.count("\n") == 1
    for part in parts:
        assert part in outcome.err


@pytest.fixture
def filled(filled):
    """A home with the sample workspace, and a check that its database has stayed as it was."""

    def dump():
        with closing(sqlite3.connect(filled / "mimic.db")) as connection:
            return list(connection.iterdump())

    before = dump()
    yield filled
    assert dump() == before


def test_a_database_of_an_unknown_kind_is_named_without_its_password(mimic, monkeypatch, home):
    monkeypatch.setenv("DATABASE_URL", "oracle://mimic:secret@db/mimic")
    outcome = mimic("voices")
    expect_sentence(outcome, "DATABASE_URL must begin with sqlite:///")
    assert "secret" not in outcome.err
    assert not home.exists()


def test_a_database_of_a_newer_version_is_left_alone(mimic, home, sample):
    assert mimic("import", sample).code == 1
    with closing(sqlite3.connect(home / "mimic.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    expect_sentence(mimic("import", sample, "--consent", "all"), "newer")
    expect_sentence(mimic("db", "upgrade"), "newer")


def test_a_file_that_is_no_database_is_named(mimic, home):
    mimic("voices")
    (home / "mimic.db").write_bytes(b"no database at all" * 999)
    expect_sentence(mimic("voices"), str(home / "mimic.db"))


def test_a_database_in_a_folder_that_is_not_there_is_named(mimic, monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/no/such/mimic.db")
    expect_sentence(mimic("voices"), "no/such/mimic.db")


def test_a_missing_key_is_never_replaced(mimic, filled):
    key = filled / "key"
    key.rename(filled / "kept")
    expect_sentence(mimic("consent", "list"), "key", "is missing")
    assert not key.exists()


@pytest.mark.parametrize(
    ("content", "part"),
    [("c2hvcnQ=", "32 bytes"), ("???", "base64"), (OTHER_KEY, "does not belong")],
)
def test_a_key_that_does_not_fit_is_said(mimic, filled, content, part):
    (filled / "key").write_text(content)
    expect_sentence(mimic("consent", "list"), part)


@pytest.mark.parametrize("content", ["c2hvcnQ=", "???"])
def test_a_key_in_the_environment_that_is_none_is_named(mimic, home, monkeypatch, content):
    monkeypatch.setenv("MIMIC_KEY", content)
    expect_sentence(mimic("voices"), "MIMIC_KEY")
    assert not (home / "mimic.db").exists()


def test_a_key_that_others_can_read_is_refused(mimic, filled):
    (filled / "key").chmod(0o644)
    expect_sentence(mimic("consent", "list"), "chmod 600")


def test_the_doctor_says_which_part_is_ill_and_goes_on(mimic, filled):
    (filled / "key").write_text(OTHER_KEY)
    outcome = mimic("doctor", "--json")
    assert outcome.code == 1
    findings = {row["subject"]: row["is_ok"] for row in map(json.loads, outcome.out.splitlines())}
    assert findings["key"]
    assert not findings["database"]
    assert findings["disk"]


def test_the_doctor_finds_nothing_where_nothing_is_and_makes_nothing(mimic, home):
    outcome = mimic("doctor")
    assert outcome.code == 0
    assert outcome.out.count("ok ") == 8
    assert not home.exists()


def test_the_doctor_tries_the_tokens_of_a_connected_workspace(mimic, home, monkeypatch):
    with FakeSlack() as slack:
        monkeypatch.setenv("SLACK_API_URL", slack.api_url)
        monkeypatch.setenv("SLACK_BOT_TOKEN", slack.bot_token)
        monkeypatch.setenv("SLACK_APP_TOKEN", slack.app_token)
        well = mimic("doctor")
        slack.state.scopes.discard("users:read")
        ill = mimic("doctor")
    assert well.code == 0
    assert "every scope" in well.out
    assert ill.code == 1
    assert "users:read" in ill.out


def test_the_doctor_misses_a_key_that_was_to_be_in_a_file(mimic, monkeypatch, tmp_path):
    monkeypatch.setenv("MIMIC_KEY_FILE", str(tmp_path / "no-key"))
    outcome = mimic("doctor")
    assert outcome.code == 1
    assert f"problem  key: There is no key at {tmp_path / 'no-key'}" in outcome.out


def run_as_a_plain_user(*arguments, env=None, **options):
    """Run the program without root's power to write where the mode says no."""
    plain = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    command = [*plain, sys.executable, "-m", "bot", *map(str, arguments)]
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **(env or {})},  # noqa: TID251
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        **options,
    )


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="needs setpriv")
def test_a_read_only_folder_is_said(filled, sample):
    files = [filled, *filled.iterdir()]
    for file in files:
        file.chmod(0o500 if file.is_dir() else 0o400)
    done = run_as_a_plain_user("import", sample, "--consent", "all", stdout=subprocess.PIPE)
    for file in files:
        file.chmod(0o700)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("mimic: ")
    assert str(filled / "mimic.db") in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_said(tmp_path):
    lines = tmp_path / "lines.txt"
    lines.write_text("lunch?\n")
    with Path("/dev/full").open("w") as full:
        done = run_as_a_plain_user("anonymize", lines, stdout=full)
    assert done.returncode == 1
    assert done.stderr == "mimic: No space left on device: make room and run it again.\n"
