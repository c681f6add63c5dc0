import signal
import sqlite3
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.ingestion import IngestPolicy, IngestReport, RawMessage
from storage.store import Store
from tests.storage.slack import (
    ADA,
    BOB,
    DIRECT,
    GENERAL,
    GONE,
    GUEST,
    OFFICE,
    PARTNERS,
    RANDOM,
    ROBOT,
    TEAM,
    change,
    deletion,
    grant_all,
    ingest,
    post,
    register,
    stamp,
    texts,
)


@pytest.fixture
def store(store):
    register(store)
    grant_all(store)
    return store


def rows(store: Store) -> list[tuple[object, ...]]:
    """What stands in the table, apart from what is random or depends on the order of arrival."""
    columns = "channel, ts, author, thread_ts, edited_ts, is_deleted, scrub_version, raw_mac"
    connection = sqlite3.connect(store._database.file)
    found = connection.execute(f"SELECT {columns} FROM messages ORDER BY channel, ts").fetchall()  # noqa: S608
    connection.close()
    return [*found, *texts(store, public_only=False)]


def test_a_message_is_stored_scrubbed_under_its_author_and_channel(store):
    report = ingest(store, post("thanks <@U0BOB1111>, see https://x.example", thread_ts=stamp(0)))
    assert report == IngestReport(messages_read=1, messages_stored=1)
    [message] = store.messages.read()
    assert message.text == "thanks <user>, see <url>"
    assert (message.ts, message.thread_ts) == (stamp(1), stamp(0))
    assert store.members.get(message.author).handle == "ada"
    assert store.channels.get(message.channel).name == "general"


def test_members_names_are_scrubbed(store):
    ingest(store, post("lunch with Quill and bobby?"))
    assert texts(store) == ["lunch with <name> and <name>?"]


def test_no_readable_text_name_or_id_reaches_the_disk(store):
    ingest(store, post("cinnamon rolls"))
    store.close()
    content = store._database.file.read_bytes()
    for secret in (b"cinnamon", b"Quill", b"ada", b"general", ADA.encode(), TEAM.encode()):
        assert secret not in content


def test_equal_texts_do_not_look_equal_in_the_table(store):
    ingest(store, *(post("ok", ts=number) for number in range(5)))
    connection = sqlite3.connect(store._database.file)
    macs = connection.execute("SELECT DISTINCT raw_mac FROM messages").fetchall()
    connection.close()
    assert len(macs) == 5


def test_half_a_character_anywhere_does_not_stop_an_import(store):
    half = "\ud83d"
    messages = [post(f"ok {half}"), post(user=half), post(channel=f"C{half}"), post(team=half)]
    assert ingest(store, *messages).messages_read == 4
    assert texts(store)[0] == "ok \ufffd"


def test_importing_twice_changes_nothing(store):
    messages = [post("a"), post("b", ts=2, user=BOB), post("c", ts=3, edited=9), deletion(7)]
    ingest(store, *messages)
    before = rows(store)
    report = ingest(store, *messages)
    assert report == IngestReport(4, 0, 3, {"deleted": 1})
    assert rows(store) == before


def test_the_same_ts_in_two_channels_is_two_messages(store):
    ingest(store, post("here"), post("there", channel=RANDOM))
    assert texts(store) == ["here", "there"]


def test_an_edit_replaces_and_an_older_import_does_not_bring_the_first_text_back(store):
    ingest(store, post("frist"))
    assert ingest(store, change(post("first", edited=5))).messages_stored == 1
    assert ingest(store, post("frist")).messages_unchanged == 1
    assert texts(store) == ["first"]


def test_an_unfurled_link_is_no_edit(store):
    ingest(store, post("look"))
    assert ingest(store, change(post("look", attachments=[{}]))).messages_unchanged == 1


def test_a_deletion_beats_every_import_whichever_comes_first(store):
    ingest(store, post("oops"), deletion(1))
    ingest(store, deletion(2), post("oops", ts=2), post("oops!", ts=2, edited=9))
    assert texts(store) == []
    assert ingest(store, post("oops")).messages_dropped == {"deleted": 1}


@pytest.mark.parametrize("void", ["", "/mimic @ada"])
def test_a_message_edited_to_nothing_is_gone_whichever_comes_first(store, void):
    ingest(store, post("too much"), change(post(void, edited=5)))
    ingest(store, post(void, edited=5, ts=2), post("too much", ts=2))
    assert texts(store) == []


def test_a_broadcast_that_comes_twice_is_stored_once(store):
    broadcast = post("all!", subtype="thread_broadcast", thread_ts=stamp(0))
    assert ingest(store, broadcast, broadcast).messages_unchanged == 1


def test_a_batch_has_no_edge_that_shows(store):
    messages = [post(str(number), ts=number) for number in range(2_500)]
    seen = []
    policy = IngestPolicy(team_id=TEAM)
    report = store.ingest([*messages, *messages], policy=policy, on_progress=seen.append)
    assert (report.messages_stored, report.messages_unchanged) == (2_500, 2_500)
    assert [each.messages_read for each in seen] == [1_000, 2_000, 3_000, 4_000, 5_000]
    assert texts(store) == [str(number) for number in range(2_500)]


# --- who may be stored


def test_without_consent_nothing_is_stored(open_new):
    fresh = open_new("fresh.db")
    register(fresh)
    assert ingest(fresh, post(), post(user=BOB)).messages_dropped == {"no_consent": 2}
    assert fresh.messages.count(public_only=False) == 0
    fresh.close()


def test_where_silence_is_consent_those_who_said_nothing_are_stored(open_new):
    fresh = open_new("fresh.db", consent_default="opt-out")
    register(fresh)
    ada = fresh.members.find("ada").id
    fresh.consent.set(ada, "declined", actor="subject", by_subject=True)
    ingest(fresh, post("no"), post("yes", user=BOB, ts=2), post("no", user=GONE, ts=3))
    assert texts(fresh) == ["yes"]
    fresh.close()


def test_machines_are_dropped_even_if_only_the_member_list_says_so(store):
    assert ingest(store, post(user=ROBOT)).messages_dropped == {"bot": 1}


def test_a_user_id_that_nobody_has_gets_a_member_without_consent(store):
    message = post("who am I", user="U0NOBODY1")
    assert ingest(store, message).messages_dropped == {"no_consent": 1}
    stranger = store.members.find("U0NOBODY1")
    assert (stranger.handle, stranger.consent) == ("U0NOBODY1", "none")


def test_consent_for_all_covers_a_user_id_that_nobody_has(store):
    messages = [post("hello", user="U0NOBODY1"), post("again", user="U0KNOWN11", ts=2)]
    ingest(store, messages[1])
    assert ingest(store, *messages, grant_authors=True).messages_stored == 2
    for user_id in ("U0NOBODY1", "U0KNOWN11"):
        member = store.members.find(user_id)
        assert member.consent == "agreed"
        assert store.audit.read(member.id)[0].details["actor"] == "import"


@pytest.mark.parametrize("no", ["paused", "declined", "never_ask", "left"])
def test_consent_for_all_does_not_cover_an_author_who_said_no(store, no):
    store.consent.set(store.members.find("ada").id, no, actor="subject", by_subject=True)
    assert ingest(store, post(), grant_authors=True).messages_dropped == {"no_consent": 1}
    assert store.members.find(ADA).consent == no


def test_a_no_said_during_an_import_counts_from_the_next_batch_on(store):
    ada = store.members.find("ada").id

    def leave(_report):
        if store.consent.allows(ada):
            store.forget(ada, state="left")

    messages = [post("hello", ts=number) for number in range(2_000)]
    report = store.ingest(messages, policy=IngestPolicy(team_id=TEAM), on_progress=leave)
    assert report.messages_dropped == {"no_consent": 1_000}
    assert store.messages.count() == 0


@pytest.mark.parametrize(
    ("message", "switch"),
    [
        (post(channel=OFFICE), "private"),
        (post(channel=DIRECT), "dms"),
        (post(channel="C0UNHEARD"), "private"),
        (post(channel="D0UNHEARD", channel_type="im"), "dms"),
        (post(channel=PARTNERS), "connect"),
        (post(user_team="T0OTHERS1"), "connect"),
        (post(user=GUEST), "guests"),
    ],
)
def test_behind_a_wall_only_a_switch_lets_in(store, message, switch):
    others = {"private", "dms", "connect", "guests"} - {switch}
    assert ingest(store, message, include=others).messages_dropped == {"private": 1}
    assert ingest(store, message, include={switch}).messages_stored == 1


def test_a_public_channel_heard_of_in_an_event_is_public(store):
    assert ingest(store, post(channel="C0UNHEARD", channel_type="channel")).messages_stored == 1


def test_home_is_no_foreign_team(store):
    assert ingest(store, post(user_team=TEAM)).messages_stored == 1


def test_a_message_by_a_stranger_from_a_foreign_team_leaves_no_member_behind(store):
    ingest(store, post(user="U0STRANGE", user_team="T0OTHERS1"))
    assert len(store.members.list()) == 5


def test_an_edit_by_somebody_on_pause_ends_the_old_text_and_is_not_stored(store):
    ada = store.members.find("ada").id
    ingest(store, post("my address is secret"), post("fine", ts=2))
    store.consent.revoke(ada, actor="subject", by_subject=True)
    edit = post("removed", edited=5)
    assert ingest(store, edit, post("fine", ts=2)).messages_dropped == {"no_consent": 2}
    store.consent.grant([ada], actor="subject", by_subject=True)
    ingest(store, post("my address is secret"))
    assert texts(store) == ["fine"]
    ingest(store, edit)
    assert texts(store) == ["removed", "fine"]


def test_an_edit_in_a_channel_that_is_no_longer_included_ends_the_old_text(store):
    office = store.channels.find("office").id
    ingest(store, post("old", channel=OFFICE), include={"private"})
    ingest(store, post("new", channel=OFFICE, edited=5))
    assert texts(store, channel=office) == []


# --- teams


def test_an_import_without_a_team_takes_the_messages_own(open_new):
    fresh = open_new("fresh.db")
    policy = IngestPolicy(grant_authors=True)
    fresh.ingest([post(team=TEAM, channel_type="channel")], policy=policy)
    assert fresh.add_team(TEAM) == 1
    fresh.close()


def test_a_team_without_a_name_takes_the_one_that_most_messages_name(open_new):
    fresh = open_new("fresh.db")
    fresh.members.register([], team_id=None)
    foreign = post(team="T0OTHERS1", user_team="T0OTHERS1", channel_type="channel")
    own = [post(team=TEAM, user_team=TEAM, ts=number) for number in (2, 3)]
    report = fresh.ingest([foreign, *own], policy=IngestPolicy(grant_authors=True))
    assert (report.messages_stored, report.messages_dropped) == (2, {"private": 1})
    assert fresh.add_team(TEAM) == 1
    fresh.close()


def test_a_team_without_a_name_takes_the_first_real_one(open_new):
    fresh = open_new("fresh.db")
    assert fresh.add_team("T0") == fresh.add_team(TEAM) == fresh.add_team("T0") == 1
    assert fresh.add_team("T0OTHERS1") == 2
    fresh.close()


# --- all together

times = st.integers(1, 3)
AUTHORS = dict(  # a message keeps its author, whatever else becomes of it
    zip(
        product([GENERAL, RANDOM, OFFICE], [1, 2, 3]),
        [ADA, ROBOT, BOB, ADA, GUEST, "U0NOBODY1", BOB, ADA, ROBOT],
        strict=True,
    )
)


def write(text, place, **more):
    channel, ts = place
    return post(text, ts=ts, channel=channel, user=AUTHORS[place], **more)


events = st.one_of(
    st.builds(
        write,
        st.sampled_from(["a", "b", "", "/mimic @ada"]),
        st.sampled_from(list(AUTHORS)),
        edited=st.none() | st.integers(5, 7),
        thread_ts=st.sampled_from([None, stamp(0)]),
    ),
    st.builds(post, ts=times, subtype=st.just("channel_join")),
    st.builds(post, ts=times, ).map(lambda raw: RawMessage(raw.channel_id, {"text": "lost"})),
    st.builds(deletion, times, channel=st.sampled_from([GENERAL, RANDOM])),
)  # fmt: skip
batches = st.lists(st.lists(events, max_size=6), min_size=1, max_size=4)


@pytest.fixture
def new_store(open_new):
    """Make as many stores as a test wants, all with the same members and channels."""
    opened = []

    def make() -> Store:
        store = open_new(f"{len(opened)}.db")
        opened.append(store)
        register(store)
        store.members.register([{"id": "U0NOBODY1"}], team_id=TEAM)
        store.consent.grant([store.members.find(ADA).id, store.members.find(BOB).id], actor="test")
        return store

    yield make
    for store in opened:
        store.close()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches, st.randoms(use_true_random=False))
def test_any_order_and_repetition_gives_the_same_rows_and_every_message_is_counted(
    new_store, batches, random
):
    one, other = new_store(), new_store()
    for batch in batches:
        report = ingest(one, *batch)
        kept = report.messages_stored + report.messages_unchanged
        assert report.messages_read == len(batch) == kept + sum(report.messages_dropped.values())
    several = [event for batch in batches for event in batch]
    several += random.choices(several, k=3) if several else []
    random.shuffle(several)
    ingest(other, *several)
    assert rows(one) == rows(other)


HOUSE = Path(__file__).parents[2]
KILLED_IMPORT = """
import sys
from storage.ingestion import IngestPolicy
from storage.keys import Keyring
from storage.store import Store
from tests.storage.slack import TEAM, post

store = Store.open(sys.argv[1], Keyring(bytes(range(32))))
messages = (post(f"message number {number}", ts=number) for number in range(20_000))
store.ingest(messages, policy=IngestPolicy(team_id=TEAM), on_progress=lambda _: print(flush=True))
"""


@pytest.mark.slow
def test_an_import_that_was_killed_and_run_again_gives_the_rows_of_a_clean_one(
    store, new_store, database_url
):
    command = [sys.executable, "-c", KILLED_IMPORT, database_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=HOUSE) as process:
        for _batch in range(3):
            process.stdout.readline()
        time.sleep(0.02)  # somewhere inside a batch
        process.kill()
    assert process.returncode == -signal.SIGKILL
    kept = store.messages.count()
    assert 3_000 <= kept < 20_000
    assert kept % 1_000 == 0
    messages = [post(f"message number {number}", ts=number) for number in range(20_000)]
    assert ingest(store, *messages).messages_unchanged == kept
    clean = new_store()
    ingest(clean, *messages)
    assert rows(store) == rows(clean)
