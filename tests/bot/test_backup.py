"""`mimic backup`: one file with everything but the key, whatever goes on meanwhile."""

import hashlib
import json
import sqlite3
import threading
import zipfile
from pathlib import Path

import pytest

from bot.backup import MANIFEST, build_mac, make_backup
from bot.errors import RefusedBackup
from bot.session import open_session
from storage.backups import Backups
from storage.errors import StorageError
from tests.bot.small_home import BLUE, RED, voice_of
from tests.storage.slack import ingest, post
from tests.training.tiny_artifacts import add_delta
from training.artifacts import WEIGHTS
from training.errors import UnwritableFolder


@pytest.fixture
def session(small):
    with open_session(small) as session:
        yield session


@pytest.fixture
def file(tmp_path):
    return tmp_path / "backups" / "monday.zip"


@pytest.fixture(autouse=True)
def _folder(file):
    file.parent.mkdir()


class Watched(Backups):
    """Copies as ever; then something happens."""

    def __init__(self, store, then):
        super().__init__(store._database, store.keyring, store.consent)
        self.copies, self._then = 0, then

    def copy_database(self, file):
        found = super().copy_database(file)
        self.copies += 1
        self._then(self.copies)
        return found


def watch(session, then):
    session.store.backups = Watched(session.store, then)
    return session.store.backups


def read(file: Path) -> dict:
    with zipfile.ZipFile(file) as archive:
        return json.loads(archive.read(MANIFEST))


def test_everything_but_the_key_is_in_one_file_for_its_owner_alone(session, file, home):
    report = make_backup(session, file)
    key = (home / "key").read_bytes().strip()
    assert file.stat().st_mode & 0o777 == 0o600
    assert key not in file.read_bytes()
    assert list(file.parent.iterdir()) == [file]
    assert (report.messages, report.voices, report.versions, report.damaged) == (2, 3, 3, 0)
    with zipfile.ZipFile(file) as archive:
        names = set(archive.namelist())
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
    folders = session.store.voices.folders()
    assert {name.split("/")[1] for name in names if name.startswith("voices/")} == folders
    assert names > {"mimic.db", MANIFEST}


def test_the_manifest_has_a_checksum_of_every_file_and_the_key_vouches_for_it(session, file):
    make_backup(session, file)
    manifest = read(file)
    assert manifest["key_id"] == session.store.keyring.key_id
    assert manifest["counts"]["messages"] == 2
    assert manifest["mac"] == build_mac(manifest, session.store.keyring)
    with zipfile.ZipFile(file) as archive:
        for name, facts in manifest["files"].items():
            content = archive.read(name)
            assert facts == {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        assert set(archive.namelist()) == {*manifest["files"], MANIFEST}


def test_no_text_and_no_name_can_be_read_in_it(session, file):
    make_backup(session, file)
    content = file.read_bytes().lower()
    assert not any(word in content for word in (RED.encode(), BLUE.encode(), b"quill", b"ada q"))


def test_a_file_that_is_there_is_never_overwritten(session, file):
    file.write_text("dear diary")
    with pytest.raises(RefusedBackup, match="There is a file"):
        make_backup(session, file)
    assert file.read_text() == "dear diary"
    assert session.store.backups.list() == ()


def test_a_file_that_comes_into_being_meanwhile_is_not_overwritten_either(session, file):
    watch(session, lambda _: file.write_text("dear diary"))
    with pytest.raises(RefusedBackup):
        make_backup(session, file)
    assert file.read_text() == "dear diary"
    assert list(file.parent.iterdir()) == [file]


def test_a_backup_is_known_before_it_is_made_and_not_if_it_was_not(session, file):
    make_backup(session, file)
    (row,) = session.store.backups.list()
    assert row.name == str(file)
    with zipfile.ZipFile(file) as archive:
        archive.extract("mimic.db", file.parent)
    connection = sqlite3.connect(file.parent / "mimic.db")
    assert connection.execute("SELECT count(*) FROM backups").fetchone() == (1,)
    connection.close()
    with pytest.raises(UnwritableFolder):
        make_backup(session, file.parent / "nowhere" / "tuesday.zip")
    assert session.store.backups.list() == (row,)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), StorageError("busy")])
def test_what_fails_leaves_nothing_behind(session, file, error):
    def fail(_):
        raise error

    watch(session, fail)
    with pytest.raises((UnwritableFolder, StorageError)):
        make_backup(session, file)
    assert list(file.parent.iterdir()) == []
    assert session.store.backups.list() == ()


def test_nothing_is_left_beside_a_name_with_brackets(session, file):
    odd = file.with_name("monday [1]*.zip")
    make_backup(session, odd)
    assert list(file.parent.iterdir()) == [odd]


def test_a_damaged_version_is_left_out_and_said_so(session, file):
    version = session.registry.promoted(voice_of(session, "ada"))
    (session.registry.folder / version.folder / WEIGHTS).write_bytes(b"torn")
    report = make_backup(session, file)
    assert (report.versions, report.damaged) == (2, 1)
    manifest = read(file)
    assert manifest["damaged"] == [version.folder]
    assert not any(version.folder in name for name in manifest["files"])


def test_a_version_that_goes_while_it_is_copied_makes_it_begin_again(session, file):
    voice = voice_of(session, "ada")
    old = session.registry.promoted(voice)

    def train(copies):
        if copies == 1:
            base = session.registry.promoted(session.store.voices.ensure("base"))
            add_delta(session.registry, voice, base)
            session.registry.discard(old)

    backups = watch(session, train)
    report = make_backup(session, file)
    assert (backups.copies, report.damaged) == (2, 0)
    assert not any(old.folder in name for name in read(file)["files"])
    assert list(file.parent.iterdir()) == [file]


def test_where_voices_never_stand_still_it_gives_up(session, file):
    voice, base = voice_of(session, "ada"), session.store.voices.ensure("base")

    def train(_):
        old = session.registry.promoted(voice)
        add_delta(session.registry, voice, session.registry.promoted(base))
        session.registry.discard(old)

    watch(session, train)
    with pytest.raises(RefusedBackup, match="faster"):
        make_backup(session, file)
    assert list(file.parent.iterdir()) == []


def test_it_is_whole_while_others_write(session, file):
    is_over = threading.Event()

    def write():
        number = 10
        while not is_over.is_set():
            ingest(session.store, post("one", ts=number), post("two", ts=number + 1))
            number += 2

    writer = threading.Thread(target=write)
    writer.start()
    try:
        reports = [make_backup(session, file.with_name(f"{each}.zip")) for each in range(3)]
    finally:
        is_over.set()
        writer.join()
    assert all(report.messages % 2 == 0 for report in reports)


def test_the_command_says_what_is_in_it(session, file, mimic):
    outcome = mimic("backup", file, "--json")
    assert outcome.code == 0, outcome.err
    facts = json.loads(outcome.out)
    assert facts["file"] == str(file)
    assert (facts["messages"], facts["versions"]) == (2, 3)
    again = mimic("backup", file)
    assert (again.code, again.out) == (1, "")
    assert again.err.startswith("mimic: There is a file at")
    other = mimic("backup", file.with_name("tuesday.zip"))
    assert "2 messages, 3 voices" in other.out
    assert "The key is not in it" in other.err
