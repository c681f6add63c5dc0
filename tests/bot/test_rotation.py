"""The key is changed and the process is killed on the way: afterwards exactly one key fits."""

import base64
import random
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bot.errors import InvalidSetting
from bot.rotation import rotate_key
from bot.session import open_session
from bot.settings import Settings
from bot.targets import Part, Reference, Target
from storage.errors import KeyChanged, WrongKey
from storage.keys import Keyring, next_key_file, parse_key, read_key
from storage.leases import TRAINER
from storage.store import Store
from tests.bot.stored import list_channels, list_people, list_rows
from training.artifacts import FOLDER, open_artifact
from training.config import SamplingConfig
from training.duty import hold_lease
from training.errors import TrainerBusy
from training.first_voice import make_first_voice
from training.generation import Request

ROOT = Path(__file__).parents[2]
KEY = base64.b64encode(bytes(range(32))).decode()
KILLED = """
import os, signal, sys
from bot.rotation import rotate_key
from bot.session import open_session

work, part = sys.argv[1], float(sys.argv[2])

def watch(at, done, total):
    if at == work and done >= part * total:
        os.kill(os.getpid(), signal.SIGKILL)

with open_session() as session:
    rotate_key(session, watch)
"""
KILLED_IN_TIME = """
import os, signal, sys, threading
from bot.rotation import rotate_key
from bot.session import open_session

with open_session() as session:
    session.registry
    kill = lambda: os.kill(os.getpid(), signal.SIGKILL)
    threading.Timer(float(sys.argv[1]), kill).start()
    rotate_key(session, lambda *_: None)
    threading.Event().wait()
"""
BEFORE = [("key", 0), ("voices", 0), ("voices", 1), ("rows", 0), ("rows", 0.5), ("rows", 1)]
AFTER = [("switch", 0), ("file", 0), ("folders", 0)]


def ignore(work: str, done: int, total: int) -> None:
    """Watch no progress."""


@pytest.fixture
def voiced(speaking) -> Path:
    """A home with voices on a base, and one with n-grams beside it."""
    with open_session() as session:
        carmen = session.store.members.find("carmen")
        voice = session.store.voices.ensure("person", subject=carmen.id)
        assert make_first_voice(session.registry, voice) is not None
    return speaking


def show_all() -> list[object]:
    """All that the home holds, as far as anybody can see it."""
    with open_session() as session:
        store = session.store
        found: list[object] = [list_rows(store), list_people(store), list_channels(store)]
        found += [store.team_ids(), sorted(store.members.name_forms())]
        for name in ("@ada", "@carmen"):
            speaker = session.mimicry.open(Target((Part(1.0, Reference("person", name)),)))
            rng = np.random.default_rng(7)
            said = speaker.say(Request(), SamplingConfig(), rng=rng, count=1)
            found += [(each.text, each.overlap) for each in said]
    return found


def run(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def list_folders(home: Path) -> set[str]:
    return {path.name for path in (home / "voices").iterdir() if FOLDER.fullmatch(path.name)}


def require_one_key(home: Path, former: Keyring) -> Keyring:
    """See that the key in its place fits database and voices; return it."""
    keyring = read_key(home / "key")
    other = former if keyring.key_id != former.key_id else Keyring(bytes(32))
    url = Settings.load().database
    with pytest.raises(WrongKey):
        Store.open(url, other)
    store = Store.open(url, keyring)
    for folder in store.voices.folders():
        artifact = open_artifact(home / "voices", folder)
        artifact.verify_all()
        for name in ("tokenizer.sealed", "ngrams.sealed", "guard.keys"):
            if artifact.has(name):
                assert keyring.unseal(artifact.read(name), identity=name)
                with pytest.raises(WrongKey):
                    other.unseal(artifact.read(name), identity=name)
    store.close()
    return keyring


@pytest.mark.slow
def test_all_is_as_before_under_a_new_key(voiced):
    before, former = show_all(), read_key(voiced / "key")
    with open_session() as session:
        receipt = rotate_key(session, ignore)
    assert (receipt.folders, receipt.dropped, receipt.is_wiped) == (6, 0, True)
    assert require_one_key(voiced, former).key_id != former.key_id
    assert show_all() == before
    assert not next_key_file(voiced / "key").exists()
    assert len(list_folders(voiced)) == 6


def test_no_copy_stays_of_a_voice_whose_person_is_forgotten_meanwhile(voiced):
    def forget_carmen(work: str, done: int, total: int) -> None:
        if (work, done) == ("voices", total):
            with open_session() as other:
                other.store.forget(other.store.members.find("carmen").id, state="left")

    with open_session() as session:
        rotate_key(session, forget_carmen)
    with open_session() as session:
        known = session.store.voices.folders()
    assert list_folders(voiced) <= known


@pytest.mark.slow
@pytest.mark.parametrize(("work", "part"), [*BEFORE, *AFTER])
def test_killed_at_any_step_everything_reads_as_before(voiced, work, part):
    before, former, folders = show_all(), read_key(voiced / "key"), list_folders(voiced)
    killed = run(KILLED, work, part)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert show_all() == before
    is_changed = require_one_key(voiced, former).key_id != former.key_id
    assert is_changed == ((work, part) in AFTER)
    if is_changed:
        assert not next_key_file(voiced / "key").exists()
        assert len(list_folders(voiced)) == 6
        assert not list_folders(voiced) & folders
        assert is_finished()
    with open_session() as session:  # and it can be done again
        rotate_key(session, ignore)
    require_one_key(voiced, former)


def is_finished() -> bool:
    with open_session() as session:
        return not session.store.rotation.is_unfinished()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_moments_everything_reads_as_before(voiced, seed):
    before, former = show_all(), read_key(voiced / "key")
    rng = random.Random(seed)
    for _ in range(4):
        assert run(KILLED_IN_TIME, 0.6 * rng.random() ** 2).returncode == -signal.SIGKILL
    assert show_all() == before
    require_one_key(voiced, former)


@pytest.mark.slow
def test_a_failure_on_the_way_leaves_the_former_key_and_no_copies(voiced):
    before, former, folders = show_all(), read_key(voiced / "key"), list_folders(voiced)

    def break_off(work: str, done: int, total: int) -> None:
        if work == "rows":
            raise KeyboardInterrupt

    with open_session() as session, pytest.raises(KeyboardInterrupt):
        rotate_key(session, break_off)
    assert list_folders(voiced) == folders
    assert require_one_key(voiced, former).key_id == former.key_id
    assert show_all() == before


@pytest.mark.slow
def test_a_failure_after_the_switch_removes_no_voice(voiced):
    before, former = show_all(), read_key(voiced / "key")

    def break_off(work: str, done: int, total: int) -> None:
        if work == "switch":
            raise KeyboardInterrupt

    with open_session() as session, pytest.raises(KeyboardInterrupt):
        rotate_key(session, break_off)
    assert show_all() == before
    assert require_one_key(voiced, former).key_id != former.key_id
    assert len(list_folders(voiced)) == 6


def test_nothing_may_train_meanwhile(voiced):
    with (
        open_session() as other,
        hold_lease(other.store, TRAINER, on_lost=lambda: None),
        open_session() as session,
        pytest.raises(TrainerBusy),
    ):
        rotate_key(session, ignore, patience_seconds=0)
    assert not next_key_file(voiced / "key").exists()


@pytest.mark.slow
def test_a_voice_that_comes_in_between_is_taken_along(voiced):
    come = []

    def bring_voice(work: str, done: int, total: int) -> None:
        if (work, done) == ("voices", total) and not come:
            come.append(True)
            with open_session() as other:
                dov = other.store.members.find("dov")
                voice = other.store.voices.ensure("person", subject=dov.id)
                assert make_first_voice(other.registry, voice) is not None

    with open_session() as session:
        assert rotate_key(session, bring_voice).folders == 7
    assert show_all()


# --- the key in the environment


@pytest.fixture
def from_environment(voiced, monkeypatch) -> Path:
    """The same home, with its key in `MIMIC_KEY` instead of in a file."""
    monkeypatch.setenv("MIMIC_KEY", (voiced / "key").read_text().strip())
    (voiced / "key").unlink()
    return voiced


@pytest.mark.slow
def test_a_new_key_waits_to_be_put_into_the_environment(from_environment, monkeypatch, capsys):
    before = show_all()
    with open_session() as session:
        receipt = rotate_key(session, ignore)
    waiting = from_environment / "key.next"
    assert receipt.waiting_file == waiting
    sentence = f"put the content of {waiting} into MIMIC_KEY, then delete that file"
    assert any(sentence in line for line in receipt.lines)
    with pytest.raises(InvalidSetting, match=sentence), open_session():
        pass
    monkeypatch.setenv("MIMIC_KEY", waiting.read_text())
    assert show_all() == before
    assert "delete that file" in capsys.readouterr().err
    waiting.unlink()
    assert show_all() == before
    assert capsys.readouterr().err == ""
    assert not (from_environment / "key").exists()


@pytest.mark.slow
@pytest.mark.parametrize(("work", "part"), [("rows", 1), ("switch", 0), ("folders", 0)])
def test_killed_with_the_key_in_the_environment_one_of_both_fits(
    from_environment, monkeypatch, work, part
):
    before = show_all()
    former = parse_key(Settings.load().mimic_key.get_secret_value())
    assert run(KILLED, work, part).returncode == -signal.SIGKILL
    if work != "rows":
        with pytest.raises(InvalidSetting, match="into MIMIC_KEY"), open_session():
            pass
        monkeypatch.setenv("MIMIC_KEY", (from_environment / "key.next").read_text())
    assert show_all() == before
    assert is_finished()
    assert (parse_key(Settings.load().mimic_key.get_secret_value()).key_id == former.key_id) == (
        work == "rows"
    )


def test_a_wrong_key_in_the_environment_is_still_just_a_wrong_key(voiced, monkeypatch):
    monkeypatch.setenv("MIMIC_KEY", KEY)
    with pytest.raises(WrongKey, match="does not belong"), open_session():
        pass


# --- what is opened while the key changes


def test_a_half_written_next_key_is_in_nobodys_way(voiced):
    next_key_file(voiced / "key").write_text("hal")
    with open_session() as session:
        assert session.store.members.find("ada")
        rotate_key(session, ignore)
    assert not next_key_file(voiced / "key").exists()


def test_a_session_from_before_does_not_go_on_silently(voiced):
    with open_session() as before, open_session() as session:
        ada = before.store.voices.ensure("person", subject=before.store.members.find("ada").id)
        rotate_key(session, ignore)
        with pytest.raises(KeyChanged):
            before.registry.load(ada)
        with pytest.raises(KeyChanged):
            before.store.audit.record("mimicked")


def test_whoever_opens_it_while_it_is_being_finished_leaves_it_alone(voiced):
    seen = []

    def open_too(work: str, done: int, total: int) -> None:
        if work in ("switch", "folders"):
            with open_session() as other:
                seen.append((work, len(list_folders(voiced)), other.store.rotation.is_unfinished()))

    with open_session() as session:
        rotate_key(session, open_too)
    assert seen == [("switch", 12, True), ("folders", 6, True)]
    assert is_finished()
