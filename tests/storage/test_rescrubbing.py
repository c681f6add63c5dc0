"""Stored texts are scrubbed again when names or the scrubber have changed."""

import sqlite3

import pytest
from hypothesis import given
from sqlalchemy import select, update

from storage.anonymization import SCRUB_VERSION, Scrubber
from storage.database import Database
from storage.drafts import Finding
from storage.errors import DatabaseLocked
from storage.ingestion import IngestPolicy
from storage.mrkdwn import parse
from storage.rescrubbing import Rescrubbing, scrub_again
from storage.schema import messages
from storage.store import Store
from tests.storage.slack import (
    TEAM,
    USERS,
    change,
    deletion,
    grant_all,
    ingest,
    post,
    register,
    texts,
)
from tests.storage.test_anonymization import MESSAGES, NAMES

NEWCOMER = {"id": "U0NEWONE1", "team_id": TEAM, "name": "zuleika", "profile": {}}


@pytest.fixture
def store(store):
    register(store)
    grant_all(store)
    ingest(
        store,
        post("ask Zuleika", ts=1),
        post("no name here, `<b>` &amp; \u2039user\u203a", ts=2),
        post("zuleika with Quorra", ts=3),
        post("and <@U0BOB1111>", ts=4),
    )
    return store


def welcome(store: Store) -> None:
    store.members.register([*USERS, NEWCOMER], team_id=TEAM)


def scrub_all(store: Store, most: int = 1_000) -> int:
    total = 0
    while looked_at := store.rescrubbing.advance(most=most):
        total += looked_at
    return total


def rows(store: Store) -> list[tuple[object, ...]]:
    columns = (messages.c.ts, messages.c.sealed, messages.c.raw_mac, messages.c.scrub_version)
    with store._database.reading() as connection:
        query = select(*columns).order_by(messages.c.channel, messages.c.ts)
        return [tuple(row) for row in connection.execute(query)]


def test_what_comes_into_an_empty_store_does_not_wait(store):
    assert store.rescrubbing.waiting() == 0
    assert store.rescrubbing.advance() == 0


def test_a_name_that_is_new_is_scrubbed_from_what_was_stored_before(store):
    before = rows(store)
    welcome(store)
    assert store.rescrubbing.waiting() == 4
    assert scrub_all(store) == 4
    assert texts(store)[0] == "ask <name>"
    assert texts(store)[2] == "<name> with Quorra"
    after = rows(store)
    is_same = [new == old for new, old in zip(after, before, strict=True)]
    assert is_same == [False, True, False, True]
    assert [row[2] for row in after] == [row[2] for row in before]
    assert store.rescrubbing.waiting() == 0
    assert scrub_all(store) == 0


@given(MESSAGES)
def test_stored_text_goes_through_unchanged(text):
    scrubber = Scrubber(NAMES)
    stored = scrubber.scrub(text).text
    assert scrub_again(scrubber, stored) == stored


@pytest.mark.parametrize(
    ("stored", "again"),
    [
        ("<user> and Ada, <url>", "<user> and <name>, <url>"),
        ("\u2039user\u203a Ada \ufffc <name> Ada", "\u2039user\u203a <name> \ufffc <name> <name>"),
        ("a < b && <b> Ada", "a < b && <b> <name>"),
        ("<code>\n<code>", "<code>\n<code>"),
    ],
)
def test_placeholders_stay_what_they_are_beside_a_new_name(stored, again):
    assert scrub_again(Scrubber(["Ada"]), stored) == again


def test_a_placeholder_that_a_finding_swallows_is_gone():
    class Swallowing(Scrubber):
        def draft(self, text, *, is_traced=False):
            draft = parse(text, is_traced=is_traced)
            start = draft.text.index("a")
            return draft.replace([Finding(start, draft.text.index("c") + 1, "address")])

    stored = "<user> a <url> \ufffc c <email>"
    assert scrub_again(Swallowing([]), stored) == "<user> <address> <email>"


def test_stored_text_that_needs_nothing_stays_to_the_letter(store):
    welcome(store)
    scrub_all(store)
    assert texts(store)[1] == "no name here, `<b>` & \u2039user\u203a"


def test_the_same_import_is_unchanged_afterwards(store):
    welcome(store)
    scrub_all(store)
    assert ingest(store, post("ask Zuleika", ts=1)).messages_unchanged == 1
    assert texts(store)[0] == "ask <name>"


def test_an_older_scrubbers_rows_get_the_new_version_even_where_the_text_stays(store):
    with store._database.writing() as connection:
        connection.execute(update(messages).values(scrub_version=SCRUB_VERSION - 1))
        connection.exec_driver_sql("UPDATE counters SET number = 0 WHERE name = 'rescrub_version'")
    before = rows(store)
    assert scrub_all(store) == 4
    after = rows(store)
    assert [row[:3] for row in after] == [row[:3] for row in before]
    assert {row[3] for row in after} == {SCRUB_VERSION}
    assert ingest(store, post("ask Zuleika", ts=1)).messages_unchanged == 1


def test_a_database_from_before_is_looked_at_once(store):
    with store._database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM counters WHERE name LIKE 'rescrub%'")
    assert store.rescrubbing.waiting() == 4
    assert (scrub_all(store), scrub_all(store)) == (4, 0)


def test_it_goes_on_where_it_was(store, database_url, keyring):
    welcome(store)
    assert store.rescrubbing.advance(most=1) == 1
    store.close()
    again = Store.open(database_url, keyring)
    assert again.rescrubbing.waiting() == 3
    assert scrub_all(again, most=2) == 3
    assert texts(again)[2] == "<name> with Quorra"
    again.close()


def test_names_that_change_on_the_way_make_it_begin_again(store):
    welcome(store)
    store.rescrubbing.advance(most=3)
    other = {**NEWCOMER, "id": "U0OTHER11", "name": "quorra"}
    store.members.register([*USERS, NEWCOMER, other], team_id=TEAM)
    assert store.rescrubbing.waiting() == 4
    scrub_all(store)
    assert texts(store)[2] == "<name> with <name>"


def test_what_comes_in_meanwhile_has_been_through_the_new_scrubber(store):
    welcome(store)
    store.rescrubbing.advance(most=1)
    ingest(store, post("Zuleika came", ts=9))
    assert "<name> came" in texts(store)
    assert store.rescrubbing.waiting() == 3


def test_an_import_under_way_learns_of_a_new_name(store):
    def messages_and_a_newcomer():
        yield from (post(f"before {number}", ts=100 + number) for number in range(1_000))
        welcome(store)
        yield post("then Zuleika", ts=5_000)

    store.ingest(messages_and_a_newcomer(), policy=IngestPolicy(team_id=TEAM))
    assert texts(store)[-1] == "then <name>"


@pytest.mark.parametrize("news", [deletion(1), change(post("Zuleika, edited", edited=5))])
def test_a_row_that_changes_meanwhile_is_left_alone(store, news):
    class Slow:
        """The scrubber, but that somebody writes while it is at work."""

        def __init__(self):
            self._scrubber = store.scrubber()
            self.is_told = False

        def draft(self, text, **more):
            if not self.is_told:
                self.is_told = True
                ingest(store, news)
            return self._scrubber.draft(text, **more)

    welcome(store)
    slow = Slow()
    rescrubbing = Rescrubbing(store._database, store.keyring, lambda: slow)
    rescrubbing.advance()
    found = [each.text for each in store.messages.read() if each.ts.endswith("01.000100")]
    assert found == ([] if news.payload["subtype"] == "message_deleted" else ["<name>, edited"])
    assert "<name> with Quorra" in texts(store)


def test_two_at_once_do_the_work_of_one(store, database_url, keyring):
    welcome(store)
    other = Store.open(database_url, keyring)
    while store.rescrubbing.advance(most=1) + other.rescrubbing.advance(most=2):
        pass
    assert store.rescrubbing.waiting() == 0
    assert [each.count("<name>") for each in texts(store)] == [1, 0, 1, 0]
    other.close()


def test_where_nothing_can_be_written_nothing_is_passed_over(store, database_url):
    welcome(store)
    store.rescrubbing.begin()
    hasty = Database(database_url, patience_seconds=0.05)
    other = sqlite3.connect(store._database.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseLocked):
        Rescrubbing(hasty, store.keyring, store.scrubber).advance()
    other.close()
    hasty.close()
    assert store.rescrubbing.waiting() == 4
