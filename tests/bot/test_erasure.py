"""After a departure nothing of the person is in any file, or can be used by any process."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from bot.forgetting import forget_member
from bot.session import Session, open_session
from bot.settings import Settings
from storage.ingestion import IngestPolicy, RawMessage
from storage.messages import message_identity
from storage.schema import metadata
from tests.training.tiny_artifacts import add_base
from training.artifacts import NGRAMS, TOKENIZER, commit, staging
from training.checkpoints import CheckpointFolder, Standing
from training.first_voice import make_first_voice
from training.registration import add_version
from training.tokenizer import SubwordTokenizer
from training.voices import STALE_SECONDS

HOUSE = Path(__file__).parents[2]
TEAM, ADA, BOB, TEA = "T0TEA", "U0ADA1111", "U0BOB1111", "C0TEA"
SYLLABLES = {BOB: ("ka", "ro", "mi", "tel", "sun", "ba"), ADA: ("zor", "quin", "ux", "fyl", "wev")}
COUNT = 320  # messages of each
HERS = sorted({one + other for one in SYLLABLES[ADA] for other in SYLLABLES[ADA]})


def write(user: str, number: int) -> RawMessage:
    rng = np.random.default_rng([number, user == BOB])
    words = ["".join(rng.choice(SYLLABLES[user], 2)) for _ in range(6)]
    ts = f"{1_700_000_000 + 2 * number + (user == BOB)}.000100"
    payload = {"type": "message", "user": user, "text": " ".join(words), "ts": ts}
    return RawMessage(TEA, payload)


@pytest.fixture
def session(opened) -> Iterator[Session]:
    """Ada and Bob, their messages, a base of both, and a first voice of each on it."""
    with open_session(Settings.alone(opened)) as session:
        store = session.store
        users = [
            {"id": ADA, "name": "ada", "profile": {"real_name": "Ada Lindqvist"}},
            {"id": BOB, "name": "bob", "profile": {"real_name": "Bob Tanner"}},
        ]
        store.members.register(users, team_id=TEAM)
        store.channels.register([{"id": TEA, "name": "tea"}], team_id=TEAM, kind="public")
        store.consent.grant([member.id for member in store.members.list()], actor="import")
        raw = [write(user, number) for number in range(COUNT) for user in (ADA, BOB)]
        store.ingest(raw, policy=IngestPolicy(team_id=TEAM))
        edits = [
            {
                **each.payload,
                "text": f"{each.payload['text']}!",
                "edited": {"ts": "1800000000.000000"},
            }
            for each in raw[::7]
        ]
        edited = [RawMessage(TEA, edit) for edit in edits]
        store.ingest(edited, policy=IngestPolicy(team_id=TEAM))  # leaves former text in free pages
        fill_voices(session)
        yield session


def fill_voices(session: Session) -> None:
    store, registry = session.store, session.registry
    everybody = frozenset(member.id for member in store.members.list())
    ada = store.members.find("ada").id
    voice = store.voices.ensure("person", subject=ada)
    assert make_first_voice(registry, voice).base is None  # n-grams and a tokenizer of its own
    texts = [message.text for message in store.messages.read()]
    tokenizer = SubwordTokenizer.train(texts, vocab_size=400)
    base = add_base(registry, members=everybody, tokenizer=tokenizer)
    for member in everybody:
        add_delta(session, member, base)
    for each in (voice, store.voices.ensure("base")):
        weights = {"weights": {"kernel": np.arange(500, dtype=np.float32)}}
        CheckpointFolder(registry.run_folder(each), "x").save(Standing(), weights)


def add_delta(session: Session, member: int, base) -> None:
    """Register a version on the base, with the person's n-grams beside it."""
    store, registry = session.store, session.registry
    voice = store.voices.ensure("person", subject=member)
    first = [row for row in store.voices.versions(voice.id) if row.state != "candidate"]
    if not first:
        assert make_first_voice(registry, voice) is not None
        return
    known = registry.artifact(first[0])
    with staging(registry.folder) as staged:
        for name in known.metadata["checksums"]:
            staged.write(name, known.read(name))
        artifact = commit(staged, {**known.metadata, "base_folder": None})
    version = add_version(
        store, voice, artifact, (2.0, 2.0), base=base, learned_from=frozenset({member})
    )
    store.voices.promote([version.id])


# --- what there is


def read_files(home: Path) -> dict[Path, bytes]:
    """Everything on the disk but the key."""
    files = [path for path in home.rglob("*") if path.is_file() and path.name != "key"]
    return {path: path.read_bytes() for path in files}


def find_traces(session: Session, member: int) -> list[bytes]:
    """Return what may be in no file: her sealed rows, names as they are stored, her artifacts."""
    connection = sqlite3.connect(session.settings.database_file)
    query = "SELECT sealed FROM messages WHERE author = ?"
    traces = [row[0][:24] for row in connection.execute(query, [member])]
    query = "SELECT handle, substr(names, 1, 24) FROM members WHERE id = ?"
    traces += connection.execute(query, [member]).fetchone()
    connection.close()
    registry = session.registry
    voice = session.store.voices.find("person", subject=member)
    for version in session.store.voices.versions(voice.id):
        artifact = registry.artifact(version)
        traces += [artifact.read(name)[:64] for name in (NGRAMS, TOKENIZER) if artifact.has(name)]
    for run in (voice, session.store.voices.find("base")):
        file = registry.run_folder(run) / "checkpoint.safetensors"
        traces.append(file.read_bytes()[-64:])
    return traces


def open_everything(session: Session, but: str = "") -> Iterator[bytes]:
    """Yield the content of all that is sealed, and of what is not, in every file and table.

    Args:
        but: A folder to leave out.
    """
    keyring = session.store.keyring
    for path, content in read_files(session.settings.mimic_home).items():
        if path.parent.name == but:
            continue
        yield keyring.unseal(content, identity=path.name) if path.suffix == ".sealed" else content
    with session.store._database.reading() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(table.select()):
                yield json.dumps(dict(row._mapping), default=repr).encode()
                if table.name == "messages" and row.sealed:
                    identity = message_identity(row.channel, row.ts)
                    yield keyring.unseal(row.sealed, identity=identity)


def find_marks(session: Session, but: str = "") -> set[str]:
    found = set()
    for content in open_everything(session, but):
        found |= {mark for mark in [*HERS, "Lindqvist"] if mark.encode() in content}
    return found


def find_pseudonym(session: Session, member: int) -> list[str]:
    """Say in which columns the member's pseudonym stands, and in which files."""
    pseudonym = bytes.fromhex(session.store.members.pseudonym(member))
    places = set()
    with session.store._database.reading() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(table.select()):
                for column, value in row._mapping.items():
                    is_here = pseudonym in value if isinstance(value, bytes) else False
                    if is_here or pseudonym.hex() in str(value):
                        places.add(f"{table.name}.{column}")
    voices = session.registry.folder.rglob("*")
    for path in voices:
        if path.is_file() and pseudonym.hex() in path.read_bytes().decode("latin-1"):
            places.add(path.name)
    return sorted(places)


def age(session: Session, seconds: int) -> None:
    connection = sqlite3.connect(session.settings.database_file)
    with connection:
        connection.execute(
            "UPDATE versions SET stale_since = datetime(stale_since, ?)", [f"-{seconds} seconds"]
        )
    connection.close()


# --- and what is left


def test_nothing_of_who_left_is_in_any_file_opened_or_not(session):
    store, home = session.store, session.settings.mimic_home
    ada = store.members.find("ada").id
    traces = find_traces(session, ada)
    before = b"".join(read_files(home).values())
    assert len(traces) > COUNT
    assert all(trace in before for trace in traces)
    assert find_marks(session) == set(HERS)
    assert set(store.members.names(ada).values()) >= {"ada", "Ada Lindqvist"}

    receipt = forget_member(session, ada)

    assert receipt.is_wiped
    after = b"".join(read_files(home).values())
    assert [trace for trace in traces if trace in after] == []
    assert store.members.names(ada) == {}
    assert find_pseudonym(session, ada) == ["members.pseudonym"]
    bobs = store.messages.count(author=store.members.find("bob").id)
    assert bobs == COUNT

    # the base alone knows her words, for a day at most, and the receipt says so
    assert receipt.shared_until is not None
    base = session.registry.promoted(store.voices.ensure("base")).folder
    assert find_marks(session) != set()
    assert find_marks(session, but=base) == set()
    age(session, STALE_SECONDS + 60)
    session.registry.sweep()
    assert find_marks(session) == set()
    assert store.voices.folders() == set()


def test_the_write_ahead_log_keeps_nothing_while_others_have_the_database_open(session):
    ada = session.store.members.find("ada").id
    traces = find_traces(session, ada)
    with open_session(session.settings) as other:
        list(other.store.messages.read())
        receipt = forget_member(session, ada)
        assert receipt.is_wiped
        files = read_files(session.settings.mimic_home)
        assert any(path.name.endswith("-wal") for path in files)
        content = b"".join(files.values())
    assert [trace for trace in traces if trace in content] == []


RUNNING = """
import json, sys
from pathlib import Path
import numpy as np
from bot.session import open_session
from bot.settings import Settings
from bot.targets import parse_target
from training.config import SamplingConfig
from training.generation import Request

def say(speaker):
    rng = np.random.default_rng(1)
    return next(speaker.say(Request(), SamplingConfig(), rng=rng)).text

def attempt(work):
    try:
        return "said" if work() else "said nothing"
    except Exception as error:
        return type(error).__name__

with open_session(Settings.alone(Path(sys.argv[1]))) as session:
    mimicry = session.mimicry
    held = {name: mimicry.open(parse_target(name)) for name in ("@ada", "@bob")}
    print(json.dumps([bool(say(each)) for each in held.values()]), flush=True)
    folders = json.loads(sys.stdin.readline())
    outcomes = {
        "held": attempt(lambda: say(held["@ada"])),
        "anew": attempt(lambda: mimicry.open(parse_target("@ada"))),
        "by id": attempt(lambda: mimicry.open(parse_target("U0ADA1111"))),
        "blend": attempt(lambda: mimicry.open(parse_target("@bob + U0ADA1111"))),
        "other": attempt(lambda: say(held["@bob"])),
    }
    del held
    session.registry.let_go()
    import gc
    gc.collect()
    maps = Path("/proc/self/maps")
    mapped = maps.read_text() if maps.exists() else ""
    outcomes["mapped"] = [folder for folder in folders if folder in mapped]
    print(json.dumps(outcomes), flush=True)
"""


def test_no_process_that_was_running_can_use_the_voice_any_more(session):
    store, home = session.store, session.settings.mimic_home
    ada = store.members.find("ada").id
    voice = store.voices.find("person", subject=ada)
    folders = [version.folder for version in store.voices.versions(voice.id)]
    environment = {**os.environ, "PYTHONPATH": str(HOUSE)}  # noqa: TID251
    command = [sys.executable, "-c", RUNNING, str(home)]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as other:
        assert json.loads(other.stdout.readline()) == [True, True]
        forget_member(session, ada)
        out, err = other.communicate(json.dumps(folders) + "\n", timeout=60)
    assert other.returncode == 0, err
    outcomes = json.loads(out)
    assert outcomes == {
        "held": "NoSuchVoice",
        "anew": "UnknownMember",
        "by id": "NoSuchVoice",
        "blend": "NoSuchVoice",
        "other": "said",
        "mapped": [],
    }


def test_the_moment_in_the_receipt_is_when_the_rest_is_gone(session):
    receipt = forget_member(session, session.store.members.find("ada").id)
    age(session, STALE_SECONDS - 60)
    session.registry.sweep()
    assert find_marks(session) != set()
    age(session, 120)
    session.registry.sweep()
    assert find_marks(session) == set()
    stale_for = receipt.shared_until - timedelta(seconds=STALE_SECONDS)
    assert stale_for <= receipt.shared_until
