"""Exports, slackdump archives and folders of them: told apart, and read alike."""

import json
import os
import resource
import shutil
import sqlite3
from contextlib import closing
from functools import partial

import pytest

from storage.errors import ArchiveError
from storage.ingestion import IngestPolicy
from storage.sources import open_source, open_sources
from tests.storage.test_archive import EXPORT, write_folder, write_zip

TABLES = """
CREATE TABLE CHUNK (ID INTEGER PRIMARY KEY, SESSION_ID INTEGER, TYPE_ID SMALLINT);
CREATE TABLE MESSAGE (ID INTEGER, CHUNK_ID INTEGER, CHANNEL_ID TEXT, TS TEXT, DATA BLOB);
CREATE TABLE CHANNEL (ID TEXT, CHUNK_ID INTEGER, NAME TEXT, DATA BLOB);
CREATE TABLE S_USER (ID TEXT, CHUNK_ID INTEGER, USERNAME TEXT, DATA BLOB);
CREATE TABLE WORKSPACE (ID INTEGER PRIMARY KEY, CHUNK_ID INTEGER, TEAM_ID TEXT);
"""
MESSAGES, THREADS, USERS, CHANNELS, CHANNEL_INFO, WORKSPACE, CANVAS = 0, 1, 3, 4, 5, 6, 12
TEAM, ADA, HALL, PLANS, DIRECT = "T0DUMPED", "U0DUMPADA", "C0DUMPHALL", "G0DUMPPLAN", "D0DUMPADA"


class Dump:
    """An archive as slackdump writes it, chunk by chunk."""

    def __init__(self, file):
        self.file = file
        with self._connect() as connection:
            connection.executescript(TABLES)

    def add(self, kind, *rows):
        """Add a chunk of messages, `(channel_id, payload)`, or of objects."""
        with self._connect() as connection:
            values = "INSERT INTO CHUNK (SESSION_ID, TYPE_ID) VALUES (1, ?)"
            chunk = connection.execute(values, (kind,)).lastrowid
            for row in rows:
                self._insert(connection, kind, chunk, row)
            connection.commit()
        return self

    def _insert(self, connection, kind, chunk, row):
        if kind in (MESSAGES, THREADS, CANVAS):
            channel_id, payload = row
            data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
            connection.execute(
                "INSERT INTO MESSAGE (CHUNK_ID, CHANNEL_ID, DATA) VALUES (?, ?, ?)",
                (chunk, channel_id, data),
            )
        elif kind == WORKSPACE:
            insert = "INSERT INTO WORKSPACE (CHUNK_ID, TEAM_ID) VALUES (?, ?)"
            connection.execute(insert, (chunk, row))
        else:
            table = "S_USER" if kind == USERS else "CHANNEL"
            connection.execute(
                f"INSERT INTO {table} (ID, CHUNK_ID, DATA) VALUES (?, ?, ?)",  # noqa: S608
                (row["id"], chunk, json.dumps(row).encode()),
            )

    def _connect(self):
        return closing(sqlite3.connect(self.file))


def say(text, *, ts="1700000000.000100", **more):
    return {"type": "message", "user": ADA, "text": text, "ts": ts, **more}


@pytest.fixture
def dump(tmp_path):
    folder = tmp_path / "slackdump_20240102_030405"
    folder.mkdir()
    dump = Dump(folder / "slackdump.sqlite")
    dump.add(WORKSPACE, TEAM)
    dump.add(USERS, {"id": ADA, "team_id": TEAM, "name": "ada", "profile": {"real_name": "Ada"}})
    hall = {"id": HALL, "name": "hall", "is_channel": True, "is_private": False}
    plans = {"id": PLANS, "name": "plans", "is_channel": True, "is_private": True}
    dump.add(CHANNELS, hall, plans)
    return dump


def take(store, source, *, include=()):
    """Store a source of which everybody agreed; return what came of it, and the texts."""
    with source:
        store.members.register(source.users(), team_id=source.team_id)
        for channel, kind in source.channels():
            store.channels.register([channel], team_id=source.team_id, kind=kind)
        store.consent.grant([member.id for member in store.members.list()], actor="test")
        policy = IngestPolicy(team_id=source.team_id, include=frozenset(include))
        report = store.ingest(source.messages(on_problem=pytest.fail), policy=policy)
    return report, [message.text for message in store.messages.read(public_only=False)]


def test_a_slackdump_archive_is_stored_like_an_export(dump, store):
    root = say("who has the key?", thread_ts="1700000000.000100", reply_count=1)
    reply = say("Ada has", ts="1700000001.000100", thread_ts="1700000000.000100")
    dump.add(MESSAGES, (HALL, root), (PLANS, say("private", ts="1700000002.000100")))
    dump.add(THREADS, (HALL, root), (HALL, reply))
    report, texts = take(store, open_source(dump.file.parent))
    assert texts == ["who has the key?", "<name> has"]
    assert report.messages_dropped == {"private": 1}
    assert report.messages_unchanged == 1
    assert store.team_ids() == (TEAM,)


def test_what_was_read_again_is_told_by_its_later_edition(dump, store):
    edited = say("now", edited={"user": ADA, "ts": "1700000009.000100"})
    dump.add(MESSAGES, (HALL, edited))
    dump.add(MESSAGES, (HALL, say("before")))
    dump.add(USERS, {"id": ADA, "name": "ada.l", "profile": {"real_name": "Ada Lovelace"}})
    _, texts = take(store, open_source(dump.file))
    assert texts == ["now"]
    assert store.members.find("ada.l").display_name == "Ada Lovelace"


def test_what_is_later_said_of_a_channel_does_not_unsay_the_rest(dump):
    dump.add(CHANNEL_INFO, {"id": HALL, "topic": {"value": "x"}})
    with open_source(dump.file) as source:
        kinds = {channel["id"]: (channel.get("name"), kind) for channel, kind in source.channels()}
    assert kinds == {HALL: ("hall", "public"), PLANS: ("plans", "private")}


def test_a_channel_of_which_only_messages_are_known_is_taken_for_private(dump, store):
    dump.add(MESSAGES, ("C0DUMPLOST", say("whose?")), (DIRECT, say("psst")))
    report, texts = take(store, open_source(dump.file))
    assert texts == []
    assert report.messages_dropped == {"private": 2}


def test_canvases_are_no_messages(dump, store):
    dump.add(CANVAS, (HALL, say("a comment on a page")))
    assert take(store, open_source(dump.file))[0].messages_read == 0


@pytest.mark.parametrize("data", [b"{", b"[]", b"\xff", b"null", b"[" * 100_000])
def test_a_row_that_is_no_message_is_counted(dump, store, data):
    dump.add(MESSAGES, (HALL, data), (HALL, say("fine")))
    report, texts = take(store, open_source(dump.file))
    assert texts == ["fine"]
    assert report.messages_dropped == {"malformed": 1}


def test_an_archive_is_not_changed_by_being_read(dump):
    dump.add(MESSAGES, (HALL, say("x")))
    before = dump.file.read_bytes()
    with open_source(dump.file) as source:
        assert len(list(source.messages(on_problem=pytest.fail))) == 1
    assert dump.file.read_bytes() == before
    assert [file.name for file in dump.file.parent.iterdir()] == [dump.file.name]


def test_what_slackdump_still_writes_is_read_as_well(dump):
    """A log beside the file holds the newest rows."""
    with closing(sqlite3.connect(dump.file)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("INSERT INTO CHUNK (TYPE_ID) VALUES (0)")
        row = ("last", HALL, json.dumps(say("just now")).encode())
        writer.execute(
            "INSERT INTO MESSAGE (CHUNK_ID, TS, CHANNEL_ID, DATA) "
            "VALUES ((SELECT MAX(ID) FROM CHUNK), ?, ?, ?)",
            row,
        )
        writer.commit()
        with open_source(dump.file) as source:
            [raw] = source.messages(on_problem=pytest.fail)
    assert raw.payload["text"] == "just now"


def test_an_archive_in_the_form_slackdump_leaves_it_gets_no_log_beside_it(dump):
    with closing(sqlite3.connect(dump.file)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
    dump.add(MESSAGES, (HALL, say("x")))
    with open_source(dump.file) as source:
        assert read_texts(source) == ["x"]
    assert [file.name for file in dump.file.parent.iterdir()] == [dump.file.name]


def test_an_archive_that_is_being_written_to_is_to_be_waited_for(dump):
    with closing(sqlite3.connect(dump.file, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ArchiveError, match="wait until slackdump has finished"):
            open_source(dump.file)


def test_an_archive_may_be_closed_before_it_is_read_to_its_end(dump):
    dump.add(MESSAGES, (HALL, say("one")), (HALL, say("two")))
    with open_source(dump.file) as source:
        messages = source.messages(on_problem=pytest.fail)
        assert next(messages).payload["text"] == "one"
    messages.close()


def test_a_message_of_megabytes_is_none(dump, store):
    dump.add(MESSAGES, (HALL, say("x" * 9_000_000)), (HALL, say("fine")))
    report, texts = take(store, open_source(dump.file))
    assert texts == ["fine"]
    assert report.messages_dropped == {"malformed": 1}


def test_half_a_character_in_a_row_stops_nothing(dump):
    with closing(sqlite3.connect(dump.file)) as writer:
        writer.execute("INSERT INTO CHUNK (TYPE_ID) VALUES (0)")
        writer.execute(
            "INSERT INTO MESSAGE (CHUNK_ID, CHANNEL_ID, DATA) SELECT MAX(ID), CAST(? AS TEXT),"
            " CAST(? AS TEXT) FROM CHUNK",
            (b"C0\xff", json.dumps(say("what?")).encode().replace(b"?", b"\xff")),
        )
        writer.commit()
    with open_source(dump.file) as source:
        assert read_texts(source) == ["what\ufffd"]


def test_a_damaged_archive_gives_what_comes_before_and_says_so(dump):
    rows = [(HALL, say("x" * 500, ts=f"17000{number:05}.000100")) for number in range(500)]
    dump.add(MESSAGES, *rows)
    data = bytearray(dump.file.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 20_000] = b"\x07" * 20_000
    dump.file.write_bytes(bytes(data))
    problems: list[str] = []
    with open_source(dump.file) as source:
        found = list(source.messages(on_problem=problems.append))
    assert 0 < len(found) < 500
    assert [("slackdump.sqlite" in problem, "damaged" in problem) for problem in problems] == [
        (True, True)
    ]


@pytest.mark.parametrize("data", [b"SQLite format 3\x00", b"SQLite format 3\x00" + b"\x07" * 9000])
def test_a_file_that_only_begins_like_an_archive_is_refused(tmp_path, data):
    file = tmp_path / "slackdump.sqlite"
    file.write_bytes(data)
    with pytest.raises(ArchiveError, match="damaged"):
        open_source(tmp_path)


def test_other_databases_are_refused(tmp_path):
    file = tmp_path / "notes.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE notes (text TEXT)")
    with pytest.raises(ArchiveError, match="not slackdump's"):
        open_source(file)


def read_texts(source):
    return [raw.payload["text"] for raw in source.messages(on_problem=pytest.fail)]


def test_a_folder_of_several_gives_each_of_them(dump, tmp_path):
    several = tmp_path / "several"
    several.mkdir()
    dump.add(MESSAGES, (HALL, say("dumped")))
    shutil.copytree(dump.file.parent, several / "dump")
    write_zip(several / "a.zip", EXPORT)
    write_folder(several / "unpacked", EXPORT)
    (several / "notes.txt").write_text("nothing")
    sources = open_sources(several, on_problem=pytest.fail)
    exported = [f"text {number}" for number in (5, 6, 4, 1, 2, 3)]
    assert [read_texts(source) for source in sources] == [exported, ["dumped"], exported]
    assert [source.team_id for source in sources] == [None, TEAM, None]
    assert [source.bytes_read for source in sources] == [source.total_bytes for source in sources]


def test_of_several_a_broken_one_is_named_and_the_others_are_read(tmp_path):
    several = tmp_path / "several"
    several.mkdir()
    for name in ("a.zip", "c.zip", "e.zip"):
        write_zip(several / name, EXPORT)
    write_zip(several / "b.zip", {"readme.json": []})
    whole = (several / "c.zip").read_bytes()
    (several / "c.zip").write_bytes(whole[: len(whole) // 2])
    (several / "d.sqlite").write_bytes(b"")
    problems: list[str] = []
    sources = open_sources(several, on_problem=problems.append)
    assert len(sources) == 2
    named = [next(name for name in "bcd" if f"/{name}." in problem) for problem in problems]
    assert named == ["b", "c", "d"]
    assert all("skipped" in problem for problem in problems)


def test_of_several_what_is_broken_in_one_is_told_once_with_its_name(tmp_path):
    write_zip(tmp_path / "a.zip", EXPORT)
    broken = {"users.json": b"[", "groups.json": b"[", "random/2024-01-09.json": b"["}
    write_zip(tmp_path / "b.zip", {**EXPORT, **broken})
    problems: list[str] = []
    for source in open_sources(tmp_path, on_problem=pytest.fail):
        with source:
            list(source.users()), list(source.channels())
            list(source.messages(on_problem=problems.append))
    place = f"{tmp_path / 'b.zip'}: "
    assert [problem.removeprefix(place).split()[0] for problem in problems] == [
        "groups.json",
        "users.json",
        "random/2024-01-09.json",
    ]
    assert all(problem.startswith(place) for problem in problems)


def test_a_folder_s_folders_are_searched_and_each_is_read_once(dump, tmp_path):
    top = tmp_path / "all"
    (top / "2023" / "spring").mkdir(parents=True)
    write_zip(top / "2023" / "spring" / "a.zip", EXPORT)
    (top / "again.zip").symlink_to(top / "2023" / "spring" / "a.zip")
    (top / "loop").symlink_to(top)
    (top / "lost.zip").symlink_to(top / "nowhere.zip")
    os.mkfifo(top / "pipe.zip")
    shutil.copytree(dump.file.parent, top / "dumps" / "first")
    for hidden in ("._a.zip", ".trash/a.zip", "__MACOSX/a.zip"):
        (top / hidden).parent.mkdir(exist_ok=True)
        write_zip(top / hidden, EXPORT)
    assert len(open_sources(top, on_problem=pytest.fail)) == 2


def test_a_single_one_in_a_folder_is_it(tmp_path):
    (tmp_path / "downloads").mkdir()
    write_zip(tmp_path / "downloads" / "export.zip", EXPORT)
    [source] = open_sources(tmp_path / "downloads", on_problem=pytest.fail)
    with source:
        assert len(list(source.messages(on_problem=pytest.fail))) == 6


def test_thousands_need_no_more_open_files_than_one(tmp_path):
    write_zip(tmp_path / "0.zip", EXPORT)
    for number in range(1, 100):
        shutil.copy(tmp_path / "0.zip", tmp_path / f"{number}.zip")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + 20, hard))
    try:
        sources = open_sources(tmp_path, on_problem=pytest.fail)
        assert sum(len(read_texts(source)) for source in sources) == 600
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_where_none_of_several_can_be_read_it_says_so(tmp_path):
    for name in ("a.zip", "b.zip"):
        write_zip(tmp_path / name, {"readme.json": []})
    problems: list[str] = []
    with pytest.raises(ArchiveError, match="Nothing in"):
        open_sources(tmp_path, on_problem=problems.append)
    assert len(problems) == 2


def test_an_export_in_a_folder_of_its_own_is_still_one(tmp_path):
    write_folder(tmp_path / "outer" / "export", EXPORT)
    [source] = open_sources(tmp_path / "outer", on_problem=pytest.fail)
    with source:
        assert {channel["id"] for channel, _ in source.channels()} >= {"C1", "G1"}


STANDARD = {  # as Slack exports public channels
    "users.json": [{"id": "U0ADA1111", "name": "ada", "team_id": TEAM}],
    "channels.json": [
        {"id": "C0RANDOM1", "name": "random"},
        {"id": "C0PLANS11", "name": "plans", "is_private": True},
    ],
    "random/2024-01-01.json": [say("one", user="U0ADA1111")],
    "plans/2024-01-01.json": [say("two", user="U0ADA1111", ts="1700000002.000100")],
}
NAMELESS = {name: content for name, content in STANDARD.items() if name != "channels.json"}


@pytest.mark.parametrize("exports", [(STANDARD, NAMELESS), (NAMELESS, STANDARD)])
def test_an_export_with_and_without_its_list_of_channels_is_stored_once(store, tmp_path, exports):
    reports = []
    for number, files in enumerate(exports):
        source = open_source(write_folder(tmp_path / str(number), files))
        report, texts = take(store, source, include=["private"])
        reports.append(report)
        assert sorted(texts) == ["one", "two"]
    assert (reports[0].messages_stored, reports[1].messages_unchanged) == (2, 2)
    known = {store.channels.channel_id(each.id): each for each in store.channels.list()}
    count = partial(store.messages.count, public_only=False)
    assert {
        slack_id: (each.name, each.kind, count(channel=each.id)) for slack_id, each in known.items()
    } == {
        "C0RANDOM1": ("random", "public", 1),
        "C0PLANS11": ("plans", "private", 1),
    }
