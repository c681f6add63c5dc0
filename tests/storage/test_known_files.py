"""Files that came in before: not read without need, and read wherever anything differs."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from storage import intake
from storage import known_files as known
from storage.anonymization import SCRUB_VERSION
from storage.archive import Archive
from storage.ingestion import IngestPolicy, RawFile, RawFolder
from storage.keys import Keyring
from storage.schema import audit, known_files, messages
from storage.sources import OneOfSeveral
from tests.storage.slack import (
    ADA,
    BOB,
    GENERAL,
    RANDOM,
    ROBOT,
    TEAM,
    USERS,
    change,
    deletion,
    grant_all,
    ingest,
    post,
    register,
    stamp,
    texts,
)
from tests.storage.test_archive import write_folder, write_zip
from tests.storage.test_intake import rows


class Files:
    """Files of one channel that can be known again, or not; and how often each is read."""

    def __init__(self, *contents, are_named=True):
        self.contents = contents
        self.are_named = are_named
        self.read = 0

    def __iter__(self):
        yield RawFolder(GENERAL, [self._file(content) for content in self.contents])

    def _file(self, content):
        def read():
            self.read += 1
            return content

        name = json.dumps([raw.payload for raw in content]).encode() if self.are_named else b""
        return RawFile(lambda: name, read)


def take(store, files, *, include=(), **policy):
    rules = IngestPolicy(team_id=TEAM, include=frozenset(include), **policy)
    return store.ingest(files, policy=rules)


def find_reread(store, files, **policy):
    """Import once more; say how many of the files were read for it."""
    files.read = 0
    take(store, files, **policy)
    return files.read


@pytest.fixture
def store(store):
    register(store)
    grant_all(store)
    return store


@pytest.fixture
def files():
    return Files([post("a"), post("b", ts=2, user=BOB)], [post("c", ts=90_000), post("d", ts=3)])


# --- what is known


def test_an_unchanged_file_is_counted_and_not_read(store, files):
    first = take(store, files)
    files.read = 0
    again = take(store, files)
    assert files.read == 0
    assert (first.messages_stored, again.messages_unchanged, again.messages_read) == (4, 4, 4)


def test_only_the_files_are_read_that_are_new(store, files):
    take(store, files)
    more = Files(*files.contents, [post("e", ts=200_000)])
    report = take(store, more)
    assert more.read == 1
    assert (report.messages_stored, report.messages_unchanged) == (1, 4)


def test_what_was_dropped_is_dropped_again_for_the_same_reasons(store):
    robots = [post(user=ROBOT, ts=2), post(ts=3, subtype="channel_join"), post("", ts=4)]
    files = Files([post("a"), *robots, deletion(9)])
    first = take(store, files)
    again = take(store, files)
    assert first.messages_dropped == again.messages_dropped
    assert again.messages_dropped == {"bot": 1, "subtype": 1, "empty": 1, "deleted": 1}
    assert find_reread(store, files) == 0


def test_what_is_deleted_in_the_same_file_counts_as_deleted_from_then_on(store):
    files = Files([post("oops"), deletion(1)])
    assert take(store, files).messages_stored == 1
    assert take(store, files).messages_dropped == {"deleted": 2}
    assert find_reread(store, files) == 0


def test_a_file_that_a_second_reading_would_still_change_is_read_a_second_time(store):
    write_pause(store, store.members.find(ADA).id, since=50, until=60)
    files = Files([change(post("not this", edited=55)), post("first")])
    take(store, files)
    assert texts(store) == ["first"]  # what ended it came before it
    assert find_reread(store, files) == 1
    assert texts(store) == []
    assert find_reread(store, files) == 0


def test_a_member_who_comes_later_makes_no_file_unknown(store, files):
    take(store, files)
    store.members.register([*USERS, {"id": "U0NEW1111", "name": "new"}], team_id=TEAM)
    store.consent.grant([store.members.find("U0NEW1111").id], actor="import")
    assert find_reread(store, files) == 0


def test_two_files_with_one_content_are_known_as_one(store):
    same = [post("a")]
    files = Files(same, same)
    assert take(store, files).messages_unchanged == 1
    report = take(store, files)
    assert (report.messages_read, report.messages_unchanged) == (2, 2)


def test_a_file_of_another_channel_is_another_file(store):
    same = RawFile(lambda: b"the same", lambda: [post("a", channel=GENERAL)])
    other = RawFile(lambda: b"the same", lambda: [post("a", channel=RANDOM)])
    take(store, [RawFolder(GENERAL, [same])])
    assert take(store, [RawFolder(RANDOM, [other])]).messages_stored == 1


def test_a_file_without_a_name_is_always_read(store, files):
    files.are_named = False
    take(store, files)
    assert find_reread(store, files) == 2


# --- what makes a file unknown


def write_pause(store, member, *, since, until):
    start, end = (datetime.fromtimestamp(float(stamp(each)), UTC) for each in (since, until))
    words = [("consent_paused", start), ("consent_agreed", end)]
    with store._database.writing() as connection:
        for event, at in words:
            values = {"member": member, "event": event, "details": {}, "at": at}
            connection.execute(insert(audit).values(values))


def remove_a_row(store):
    with store._database.writing() as connection:
        connection.execute(delete(messages).where(messages.c.ts == stamp(3)))


CHANGES = {
    "an edit": lambda store: ingest(store, change(post("A", edited=5))),
    "a deletion": lambda store: ingest(store, deletion(1)),
    "another message of that time": lambda store: ingest(store, post("more", ts=50_000)),
    "a row that is gone": remove_a_row,
    "somebody left": lambda store: store.forget(store.members.find(ADA).id, state="left"),
    "a pause": lambda store: store.consent.revoke(store.members.find(ADA).id, actor="operator"),
    "a pause behind": lambda store: write_pause(store, 1, since=0, until=2),
    "a robot": lambda store: store.members.register([{**USERS[0], "is_bot": True}], team_id=TEAM),
    "a guest": lambda store: store.members.register(
        [{**USERS[0], "is_restricted": True}], team_id=TEAM
    ),
    "a channel closed": lambda store: store.channels.register(
        [{"id": GENERAL, "name": "general", "is_private": True}], team_id=TEAM, kind="public"
    ),
    "another key": lambda store: store.rotation.switch(
        Keyring(bytes(range(1, 33))), {}, lambda *_: None
    ),
}


@pytest.mark.parametrize("make", CHANGES.values(), ids=list(CHANGES))
def test_a_change_makes_a_file_unknown(store, files, make, open_new, keyring):
    take(store, files)
    make(store)
    if store.rotation._keyring is not keyring:
        file = f"sqlite:///{store._database.file}"
        store = type(store).open(file, store.rotation._keyring)
    assert find_reread(store, files) >= 1


@pytest.mark.parametrize(
    "policy",
    [{"include": {"private"}}, {"grant_authors": True}, {"oldest_ts": stamp(2)}],
    ids=["include", "consent", "age"],
)
def test_other_rules_make_a_file_unknown(store, files, policy):
    take(store, files)
    assert find_reread(store, files, **policy) >= 1


def test_a_newer_scrubber_makes_all_files_unknown(store, files, monkeypatch):
    take(store, files)
    for room in (intake, known):
        monkeypatch.setattr(room, "SCRUB_VERSION", SCRUB_VERSION + 1)
    report = take(store, files)
    assert (report.messages_stored, report.messages_unchanged) == (4, 0)


def test_what_is_too_old_as_a_whole_is_known_and_what_grows_too_old_is_not(store, files):
    for oldest_ts, times in ((stamp(100_000), 0), (stamp(2), 1)):
        take(store, files, oldest_ts=oldest_ts)
        assert find_reread(store, files, oldest_ts=oldest_ts) == times


def test_a_large_file_is_read_in_batches_and_each_time(store):
    files = Files([post(f"{n}", ts=n) for n in range(10_001)])
    take(store, files)
    assert find_reread(store, files) == 1


# --- where files lie


@pytest.mark.parametrize("write", [write_zip, write_folder])
def test_a_file_of_an_export_is_known_by_all_it_holds(write, tmp_path):
    day, name = [{"type": "message", "text": "a"}], "random/2024-01-01.json"
    contents = [day, day, [{**day[0], "text": "b"}], []]
    found = []
    for number, content in enumerate(contents):
        path = write(tmp_path / f"{number}", {"channels.json": [{"id": "C1"}], name: content})
        with Archive.open(path) as archive:
            [folder] = archive.contents(on_problem=pytest.fail)
            found.append(folder.files[0].identify())
    assert found[0] == found[1]
    assert len(set(found)) == 3


def test_a_damaged_file_of_an_export_is_told_each_time(store, tmp_path):
    days = {f"general/2024-01-0{n}.json": [post(f"{n}", ts=n).payload] for n in (1, 2)}
    days["general/2024-01-03.json"] = b"[half of"
    path = write_zip(tmp_path / "e.zip", {"channels.json": [{"id": GENERAL}], **days})
    for _ in range(2):
        problems = []
        with Archive.open(path) as archive:
            report = take(store, archive.contents(on_problem=problems.append))
        assert report.messages_read == 2
        assert len(problems) == 1


def test_the_files_of_one_of_several_exports_can_be_read_while_they_are_asked_for(store, tmp_path):
    days = {f"general/2024-01-0{n}.json": [post(f"{n}", ts=n).payload] for n in (1, 2)}
    export = {"channels.json": [{"id": GENERAL, "name": "general"}], **days}
    source = OneOfSeveral(write_zip(tmp_path / "one.zip", export))
    assert take(store, source.contents(on_problem=pytest.fail)).messages_stored == 2
    assert take(store, source.contents(on_problem=pytest.fail)).messages_unchanged == 2


# --- nothing of it can be read, and nothing of it outlives what it is about


def read_notes(store):
    with store._database.reading() as connection:
        return connection.execute(select(known_files.c.mark, known_files.c.sealed)).all()


def test_notes_say_nothing_without_the_key(store, files):
    take(store, files)
    kept = b"".join(bytes(value) for row in read_notes(store) for value in row)
    assert len(read_notes(store)) == 2
    assert not [word for word in (b"stored", b"unchanged", stamp(1).encode()) if word in kept]


def test_a_workspace_that_is_purged_and_a_key_that_is_changed_leave_no_notes(store, files):
    take(store, files)
    store.rotation.switch(Keyring(bytes(range(1, 33))), {}, lambda *_: None)
    assert read_notes(store) == []


def test_a_workspace_that_is_purged_leaves_no_notes(store, files):
    take(store, files)
    store.purge(TEAM)
    assert read_notes(store) == []


# --- all together: a store that never knows a file again says the same


seconds = st.integers(1, 4)
said = st.one_of(
    st.builds(
        lambda text, ts, edited: post(text, ts=ts, user=(ADA, BOB)[ts % 2], edited=edited),
        st.sampled_from(["a", "b", ""]),
        seconds,
        st.none() | st.integers(5, 7),
    ),
    st.builds(lambda ts: post("?", ts=ts, user="U0NOBODY1"), st.integers(5, 6)),
    st.builds(deletion, seconds),
    st.builds(lambda ts: post(ts=ts, subtype="channel_join"), seconds),
)
pools = st.lists(st.lists(said, min_size=1, max_size=4), min_size=3, max_size=3)
picks = st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True)
rules = st.fixed_dictionaries(
    {
        "grant_authors": st.booleans(),
        "oldest_ts": st.sampled_from(["", stamp(3)]),
        "include": st.sampled_from([(), ("private",)]),
    }
)


def say(store, user_id, state):
    store.consent.set(store.members.find(user_id).id, state, actor="subject", by_subject=True)


BIG = ("a row that is gone", "somebody left", "a robot", "a guest", "a channel closed")
changes = st.one_of(
    st.builds(lambda raw: lambda store: ingest(store, raw), said),
    st.builds(
        lambda user_id, state: lambda store: say(store, user_id, state),
        st.sampled_from([ADA, BOB]),
        st.sampled_from(["agreed", "paused", "declined"]),
    ),
    st.sampled_from([CHANGES[name] for name in BIG]),
)
steps = st.lists(
    st.tuples(st.just("change"), changes) | st.tuples(st.just("import"), st.tuples(picks, rules)),
    min_size=3,
    max_size=10,
)


@pytest.fixture
def open_pair(open_new):
    """Open two stores with the same members and channels, as often as a test wants."""
    number = count()

    @contextmanager
    def pair():
        stores = [open_new(f"{next(number)}.db") for _ in range(2)]
        for store in stores:
            register(store)
            agreed = [store.members.find(user_id).id for user_id in (ADA, BOB)]
            store.consent.grant(agreed, actor="test")
        yield stores
        for store in stores:
            store.close()

    return pair


def sum_up(report):
    """What does not depend on which of the files of one import is read first."""
    dropped = dict(report.messages_dropped)
    kept = report.messages_unchanged + dropped.pop("deleted", 0)
    return report.messages_read, report.messages_stored, kept, dropped


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pools, steps)
def test_a_store_that_knows_files_again_is_like_one_that_never_does(open_pair, pool, steps):
    with open_pair() as (knowing, other):
        for what, step in steps:
            if what == "change":
                step(knowing)
                step(other)
                continue
            picked, policy = step
            contents = [pool[number] for number in picked]
            report = take(knowing, Files(*contents), **policy)
            expected = take(other, Files(*contents, are_named=False), **policy)
            assert sum_up(report) == sum_up(expected)
            assert len(picked) > 1 or report == expected
            assert report.messages_read == sum(map(len, contents))
            assert rows(knowing) == rows(other)
