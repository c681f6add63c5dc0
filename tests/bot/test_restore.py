"""`mimic restore`: a backup takes over whole, or nothing has happened."""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bot.backup import MANIFEST, build_mac, make_backup
from bot.errors import InvalidSetting, RefusedBackup
from bot.forgetting import forget_member
from bot.restore import restore
from bot.session import open_session
from bot.settings import Settings
from bot.switchover import beside
from storage.errors import DatabaseLocked
from storage.keys import create_key, read_key
from tests.bot.small_home import BLUE, RED, describe, voice_of
from tests.storage.first_revision import make_first_database
from tests.storage.slack import BOB, deletion, ingest, post, texts
from tests.training.tiny_artifacts import add_delta
from training.artifacts import METADATA, WEIGHTS
from training.errors import UnwritableFolder

HOUSE = Path(__file__).parents[2]


@pytest.fixture
def settings(small):
    return small


@pytest.fixture
def backup(settings, tmp_path):
    file = tmp_path / "monday.zip"
    with open_session(settings) as session:
        make_backup(session, file)
    return file


def list_files(home: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in home.rglob("*")
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


def test_all_is_as_it_was_when_the_backup_was_made(settings, backup):
    before = describe(settings)
    with open_session(settings) as session:
        ingest(session.store, post("green", ts=9))
        session.registry.remove(voice_of(session, "ada"))
    report = restore(settings, backup)
    assert describe(settings) == before
    assert (report.messages, report.voices, report.versions) == (2, 3, 3)
    assert report.to_json()["refusals"] == 0


def test_what_was_here_is_put_aside_whole_and_counts_as_a_backup(settings, backup, home):
    with open_session(settings) as session:
        ingest(session.store, post("green", ts=9))
        base = session.registry.promoted(session.store.voices.ensure("base"))
        newer = add_delta(session.registry, voice_of(session, "ada"), base).folder
    before = describe(settings)
    report = restore(settings, backup)
    assert not (settings.models_folder / newer).exists()
    database, voices = report.put_aside
    aside = home.with_name("aside")
    aside.mkdir()
    shutil.copy(database, aside / "mimic.db")
    shutil.copytree(voices, aside / "voices")
    shutil.copy(home / "key", aside / "key")
    assert describe(Settings.alone(aside)) == before
    with open_session(settings) as session:
        receipt = forget_member(session, session.store.members.find("ada").id)
    assert str(database) in "\n".join(receipt.lines)
    assert str(voices) in "\n".join(receipt.lines)


def test_who_left_since_is_not_back_in_any_file_but_what_was_put_aside(settings, backup, home):
    with open_session(settings) as session:
        ada = session.store.members.find("ada").id
        forget_member(session, ada)
        ingest(session.store, deletion(2))
    report = restore(settings, backup)
    assert (report.replayed.forgotten, report.replayed.deletions) == (1, 1)
    assert "1 were forgotten again" in "\n".join(report.lines)
    assert "0 that were edited have no text until they are read again" in "\n".join(report.lines)
    with open_session(settings) as session:
        store = session.store
        assert texts(store) == []
        assert store.consent.get(ada).state == "left"
        assert voice_of(session, "ada") is None
        assert store.voices.is_stale(store.voices.promoted(voice_of(session, "bob").id).id)
        folders = store.voices.folders()
    assert {path.name for path in (home / "voices").iterdir()} == folders


def test_a_fresh_machine_needs_nothing_but_the_key(settings, backup, tmp_path, home):
    before = describe(settings)
    there = tmp_path / "there"
    there.mkdir()
    elsewhere = Settings.alone(there)
    with pytest.raises(InvalidSetting, match=r"key .* is missing"):
        restore(elsewhere, backup)
    assert list(there.iterdir()) == []
    shutil.copy(home / "key", there / "key")
    report = restore(elsewhere, backup)
    assert report.put_aside == ()
    assert not report.has_ledger
    assert report.lines[1].startswith("Nothing here could say who has left since")
    assert describe(elsewhere) == before
    assert (there / "mimic.db").stat().st_mode & 0o777 == 0o600


# --- refused


def change(file: Path, edit, *, keyring=None) -> None:
    """Write a backup anew, with its parts edited; with the key, its manifest is sound."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    edit(parts)
    if keyring:
        manifest = json.loads(parts[MANIFEST])
        parts[MANIFEST] = json.dumps({**manifest, "mac": build_mac(manifest, keyring)}).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def edit_manifest(parts, **news):
    parts[MANIFEST] = json.dumps({**json.loads(parts[MANIFEST]), **news}).encode()


def flip(parts, ending):
    (name,) = [name for name in parts if name.endswith(ending)][:1]
    parts[name] = parts[name][:-1] + bytes([parts[name][-1] ^ 1])


def smuggle(parts, name):
    manifest = json.loads(parts[MANIFEST])
    parts[name] = b"x"
    edit_manifest(parts, files={**manifest["files"], name: {"sha256": "", "bytes": 1}})


NONE = "no backup, or a damaged one"
UNSOUND = {
    "other database": (lambda parts: flip(parts, "mimic.db"), NONE),
    "other weights": (lambda parts: flip(parts, WEIGHTS), NONE),
    "no database": (lambda parts: parts.pop("mimic.db"), NONE),
    "one file more": (lambda parts: parts.update(more=b"x"), NONE),
    "newer tables": (lambda parts: edit_manifest(parts, revision="9999"), "newer Mimic"),
    "newer form": (lambda parts: edit_manifest(parts, format=2), "newer Mimic"),
    "other key": (lambda parts: edit_manifest(parts, key_id="00000000"), "another key"),
    "no moment": (lambda parts: edit_manifest(parts, made_at=None), NONE),
    "no files": (lambda parts: edit_manifest(parts, files=[]), NONE),
    "way out": (lambda parts: smuggle(parts, "voices/../../evil"), "outside"),
    "root": (lambda parts: smuggle(parts, "/etc/evil"), "outside"),
    "detour": (lambda parts: smuggle(parts, f"voices/{'a' * 16}/../../../evil"), "outside"),
    "no folder": (lambda parts: smuggle(parts, "evil"), "outside"),
}


@pytest.mark.parametrize(("edit", "sentence"), UNSOUND.values(), ids=UNSOUND)
def test_what_is_not_what_was_backed_up_changes_nothing(settings, backup, home, edit, sentence):
    change(backup, edit, keyring=read_key(home / "key"))
    before = list_files(home)
    with pytest.raises(RefusedBackup, match=sentence):
        restore(settings, backup)
    assert list_files(home) == before
    assert not (home.parent / "evil").exists()


def test_a_manifest_that_the_key_does_not_vouch_for_is_refused(settings, backup, home):
    change(backup, lambda parts: edit_manifest(parts, made_at="1999-01-01T00:00:00+00:00"))
    with pytest.raises(RefusedBackup, match="damaged"):
        restore(settings, backup)


@pytest.mark.parametrize("content", [b"", b"PK no zip", None])
def test_what_is_no_backup_is_one_sentence(settings, home, tmp_path, mimic, content):
    file = tmp_path / "other.zip"
    if content is not None:
        file.write_bytes(content)
    outcome = mimic("restore", file)
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (1, "", 1)
    assert "other.zip" in outcome.err


def test_a_backup_that_was_cut_off_anywhere_changes_nothing(settings, backup, home):
    whole, before = backup.read_bytes(), list_files(home)
    for share in (0.1, 0.5, 0.9, 0.999):
        backup.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(RefusedBackup):
            restore(settings, backup)
        assert list_files(home) == before


def test_while_another_process_is_at_work_nothing_happens(settings, backup, home):
    with open_session(settings) as session:
        session.store.members.list()
        with pytest.raises(DatabaseLocked, match="mimic serve"):
            restore(settings, backup)
        assert texts(session.store) == [RED, BLUE]
    assert [path.name for path in home.parent.glob("*before*")] == []


def test_another_key_here_needs_a_word_of_the_operator(settings, backup, home, tmp_path, mimic):
    key = (home / "key").read_bytes()
    (home / "key").unlink()
    (home / "mimic.db").unlink()
    create_key(home / "key")
    with open_session(settings):
        pass  # a database of the new key
    (home / "key").write_bytes(key)
    with pytest.raises(RefusedBackup, match="--without-ledger"):
        restore(settings, backup)
    outcome = mimic("restore", backup, "--without-ledger", "--json")
    assert outcome.code == 0, outcome.err
    assert len(json.loads(outcome.out)["put_aside"]) == 2


@pytest.mark.parametrize("damage", [b"dear diary, " * 900, b""])
def test_a_damaged_database_is_replaced_on_the_operators_word(settings, backup, home, damage):
    before = describe(settings)
    (home / "mimic.db").write_bytes(damage)
    (home / "mimic.db-wal").write_bytes(b"of another time")
    with pytest.raises(RefusedBackup, match="who has left since"):
        restore(settings, backup)
    report = restore(settings, backup, needs_ledger=False)
    assert describe(settings) == before
    assert not report.to_json()["ledger"]
    assert report.put_aside[0].read_bytes().startswith(damage)


def test_an_older_backup_is_brought_up_to_date(home, tmp_path, settings, backup):
    url = f"sqlite:///{tmp_path / 'old.db'}"
    make_first_database(url)
    keyring = read_key(home / "key")

    def make_old(parts):
        connection = sqlite3.connect(tmp_path / "old.db")
        sealed = keyring.seal(b"mimic", identity=f"key:{keyring.key_id}")
        values = (keyring.key_id, sealed, "2024-05-01 10:00:00.000000")
        connection.execute("INSERT INTO keys VALUES (?, ?, ?)", values)
        connection.commit()
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.close()
        content = (tmp_path / "old.db").read_bytes()
        for name in [name for name in parts if name not in ("mimic.db", MANIFEST)]:
            del parts[name]
        parts["mimic.db"] = content
        facts = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        edit_manifest(parts, revision="0001", files={"mimic.db": facts})

    change(backup, make_old, keyring=keyring)
    report = restore(settings, backup)
    assert report.is_upgraded
    with open_session(settings) as session:
        assert [run.id for run in session.store.runs.list()] == [4, 1]


# --- whatever goes wrong


def test_a_full_disk_changes_nothing(settings, backup, home, monkeypatch):
    before, fsync = describe(settings), os.fsync
    calls = []

    def fail_later(descriptor):
        calls.append(descriptor)
        if len(calls) > 5:
            raise OSError(28, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fail_later)
    with pytest.raises(UnwritableFolder, match="No space left"):
        restore(settings, backup)
    monkeypatch.undo()
    assert describe(settings) == before
    assert {path.name for path in home.iterdir()} == {"key", "mimic.db", "voices"}


@pytest.mark.parametrize("can_link", [True, False])
def test_where_the_switch_fails_nothing_stays_put_aside(
    settings, backup, home, monkeypatch, can_link
):
    def refuse(*_):
        raise OSError(30, "Read-only file system")

    before = describe(settings)
    monkeypatch.setattr(Path, "replace", refuse)
    if not can_link:
        monkeypatch.setattr(os, "link", refuse)
    with pytest.raises(UnwritableFolder, match="Read-only"):
        restore(settings, backup)
    monkeypatch.undo()
    assert {path.name for path in home.iterdir()} == {"key", "mimic.db", "voices"}
    assert describe(settings) == before


def put_aside_and_die(home: Path) -> list[Path]:
    """Leave what a restore leaves that is killed before its switch."""
    places = [home / "mimic.db.before-20240501T100000", home / "voices.before-20240501T100000"]
    os.link(home / "mimic.db", places[0])
    shutil.copytree(home / "voices", places[1])
    return places


def test_what_a_killed_restore_has_put_aside_goes_with_the_next_forgetting(settings, home):
    places = put_aside_and_die(home)
    with open_session(settings) as session:
        forget_member(session, session.store.members.find("ada").id)
    assert not any(place.exists() for place in places)


def test_what_a_killed_restore_has_put_aside_goes_with_the_next_restore(settings, backup, home):
    places = put_aside_and_die(home)
    for _ in range(2):
        kept = restore(settings, backup).put_aside
        assert all(place.exists() for place in kept)
    assert not any(place.exists() for place in places)
    assert len(list(home.glob("*.before-*"))) == 4


def test_a_folder_of_the_same_name_and_other_content_is_the_backups_after(settings, backup):
    with open_session(settings) as session:
        version = session.registry.promoted(voice_of(session, "ada"))
    place = settings.models_folder / version.folder
    (place / METADATA).write_text(json.dumps({"checksums": {}}))
    (place / WEIGHTS).unlink()
    report = restore(settings, backup)
    describe(settings)
    aside = report.put_aside[1] / version.folder
    assert json.loads((aside / METADATA).read_text()) == {"checksums": {}}


def test_nothing_is_left_beside_a_database_with_brackets_in_its_name(tmp_path):
    with beside(tmp_path / "team [1].db") as place:
        place.touch()
        place.with_name(f"{place.name}-wal").touch()
        assert len(list(tmp_path.iterdir())) == 2
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from bot.restore import restore
from bot.settings import Settings
import training.step, storage.migrations  # noqa: what is imported later
from alembic import command, config

homes, backup = Path(sys.argv[1]), Path(sys.argv[2])
STEPS = {"os.rename", "os.link", "os.mkdir", "os.remove", "os.rmdir", "sqlite3.connect"}

def attempt(home, last):
    steps = 0
    def count(event, arguments):
        nonlocal steps
        if event in STEPS:
            steps += 1
            if steps == last:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(count)
    restore(Settings.alone(home), backup)

number = 1
while True:
    home = homes / str(number)
    home.mkdir()
    os.system(f"cp -a {homes}/origin/. {home}")
    child = os.fork()
    if not child:
        try:
            attempt(home, number)
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(3)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        print(number, os.WEXITSTATUS(status))
        break
    number += 1
"""


def list_put_aside(settings: Settings) -> list[str]:
    """Return what the backups table says is put aside."""
    with open_session(settings) as session:
        names = [row.name for row in session.store.backups.list()]
    return sorted(name for name in names if name and ".before-" in name)


@pytest.mark.slow
def test_killed_at_any_step_it_is_whole_before_or_after(settings, backup, home, tmp_path):
    with open_session(settings) as session:
        ingest(session.store, post("green", ts=9, user=BOB))
        forget_member(session, session.store.members.find("ada").id)
    before = describe(settings)
    homes = tmp_path / "homes"
    homes.mkdir()
    shutil.copytree(home, homes / "origin")
    command = [sys.executable, "-c", KILLED, str(homes), str(backup)]
    environment = {**os.environ, "PYTHONPATH": str(HOUSE)}  # noqa: TID251
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=400, check=True
    )
    steps, code = map(int, done.stdout.split())
    assert (steps > 40, code) == (True, 0), done.stderr
    after = describe(Settings.alone(homes / str(steps)))
    assert after != before
    seen = []
    for number in range(1, steps):
        each = Settings.alone(homes / str(number))
        seen.append(describe(each))
        assert RED not in seen[-1]  # who left is in neither
        restore(each, backup)
        assert describe(each) == after
        leftovers = [path.name for path in each.mimic_home.iterdir() if "restoring" in path.name]
        assert leftovers == []
        assert list_put_aside(each) == sorted(map(str, each.mimic_home.glob("*.before-*")))
    switch = seen.index(after)
    assert set(seen[:switch]) == {before}
    assert set(seen[switch:]) == {after}


def test_the_command_says_what_came_back(settings, backup, mimic):
    outcome = mimic("restore", backup)
    assert outcome.code == 0, outcome.err
    assert "Restored: 2 messages and 3 voices" in outcome.out
    assert "What was here before is in" in outcome.out
    found = json.loads(mimic("restore", backup, "--json").out)
    assert (found["messages"], found["forgotten"], len(found["put_aside"])) == (2, 0, 2)
    assert found["ledger"]


def test_twice_within_a_second_puts_both_aside(settings, backup):
    places = [place for _ in range(3) for place in restore(settings, backup).put_aside]
    assert len(set(places)) == 6
    assert all(place.exists() for place in places)
