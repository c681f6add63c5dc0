import pytest

from storage.belongings import PAGE
from storage.errors import UnknownMember
from storage.ingestion import IngestPolicy
from tests.storage.slack import (
    ADA,
    OFFICE,
    TEAM,
    USERS,
    deletion,
    grant_all,
    ingest,
    post,
    register,
    stamp,
)
from tests.storage.versions import add_version


@pytest.fixture
def store(store):
    register(store)
    grant_all(store)
    return store


@pytest.fixture
def ada(store):
    return store.members.find("ada").id


@pytest.fixture
def bob(store):
    return store.members.find("bob").id


def test_every_message_is_read_wherever_it_stands_and_whether_it_may_be_used_or_not(store, ada):
    ingest(
        store,
        post("red"),
        post("blue", ts=3, thread_ts=stamp(1)),
        post("green", ts=4, edited=9),
        post("closed", ts=2, channel=OFFICE),
        post("not hers", ts=5, user="U0BOB1111"),
        include=["private"],
    )
    store.consent.revoke(ada, actor="operator")
    found = list(store.belongings.messages(ada))
    assert [message.text for message in found] == ["red", "blue", "green", "closed"]
    assert [message.thread_ts for message in found] == [None, stamp(1), None, None]
    assert found[2].edited_ts == stamp(9)
    assert store.belongings.gather(ada).messages == 4


def test_a_page_ends_in_the_middle_of_a_channel_without_a_gap(store, ada):
    general = [post(f"word {number}", ts=number) for number in range(PAGE + 5)]
    office = [post(f"word {number}", ts=number, channel=OFFICE) for number in range(PAGE + 5)]
    ingest(store, *general, *office, include=["private"])
    found = [(message.channel, message.ts) for message in store.belongings.messages(ada)]
    assert len(set(found)) == len(found) == 2 * PAGE + 10
    assert found == sorted(found)


def test_versions_are_listed_that_learned_from_the_person_or_stand_on_one_that_did(store, ada, bob):
    base = store.voices.ensure("base")
    first = add_version(store, base, "b1", [ada, bob])
    second = add_version(store, base, "b2", [bob])
    own = add_version(store, store.voices.ensure("person", subject=ada), "a1", [ada], base=first.id)
    his = store.voices.ensure("person", subject=bob)
    bobs = add_version(store, his, "o1", [bob], base=first.id)
    add_version(store, store.voices.ensure("channel", subject=1), "c1", [bob], base=second.id)
    found = {each.version.id: each.is_by_base for each in store.belongings.gather(ada).versions}
    assert found == {first.id: False, own.id: False, bobs.id: True}


def test_runs_schedules_and_crawls_are_listed_that_name_or_are_for_the_person(store, ada, bob):
    runs = store.runs
    named = runs.start(f"base person:{ada}").id
    wanted = runs.queue(f"person:{bob}", requested_by=ada).id
    runs.queue(f"person:{ada}{bob}", requested_by=bob)  # somebody with a longer number
    runs.queue("all")
    store.schedules.set(f"person:{ada}", "0 3 * * *", next_run_at=None)
    store.schedules.set("all", "0 3 * * *", next_run_at=None)
    mine = store.crawls.begin(members=[ada], since_ts="", until_ts=stamp(1)).id
    store.crawls.begin(members=[bob], since_ts="", until_ts=stamp(1))
    held = store.belongings.gather(ada)
    assert {run.id for run in held.runs} == {named, wanted}
    assert [row.target for row in held.schedules] == [f"person:{ada}"]
    assert [crawl.id for crawl in held.crawls] == [mine]


def test_what_was_done_about_the_person_and_what_they_did_is_all_there(store, ada, bob):
    store.audit.record("mimicked", member=ada, by=bob, channel=1)
    store.audit.record("mimicked", member=bob, by=ada, channel=1)
    store.audit.record("mimicked", member=ada, by=ada, channel=1)
    store.audit.record("imported", messages=1)
    held = store.belongings.gather(ada)
    assert [row.event for row in held.about] == ["consent_agreed", "mimicked", "mimicked"]
    assert [(row.event, row.member) for row in held.by] == [("mimicked", bob)]


def test_what_went_away_is_listed_until_no_voice_can_know_it(store, ada):
    ingest(store, post("red"))
    ingest(store, deletion(1))
    (gone,) = store.belongings.gather(ada).removals
    assert (gone.ts, gone.reason) == (stamp(1), "deleted")


def test_of_who_left_the_departure_and_the_log_are_left(store, ada):
    ingest(store, post("red"))
    store.forget(ada, state="left", by_subject=True)
    store.members.register(USERS, team_id=TEAM)
    held = store.belongings.gather(ada)
    assert (held.messages, held.versions, held.runs, held.crawls, held.removals) == (0,) + ((),) * 4
    assert [departure.state for departure in held.departures] == ["left"]
    assert held.consent.state == "left"
    assert {row.event for row in held.about} == {"consent_agreed", "consent_left", "forgotten"}
    assert list(store.belongings.messages(ada)) == []
    assert store.members.names(ada) == {}


def test_nothing_is_held_of_nobody(store):
    with pytest.raises(UnknownMember):
        store.belongings.gather(99)
    assert store.members.names(99) == {}


def test_of_who_stands_here_twice_everything_is_gathered(store, ada):
    twin = store.members.ensure(ADA, team_id="T0OTHERS1").id
    store.consent.grant([twin], actor="operator")
    ingest(store, post("red"))
    elsewhere = IngestPolicy(team_id="T0OTHERS1")
    store.channels.register([{"id": "C0OTHERS1"}], team_id="T0OTHERS1", kind="public")
    store.ingest([post("blue", channel="C0OTHERS1")], policy=elsewhere)
    store.runs.queue(f"person:{twin}")
    store.backups.record("monday.zip")
    for row in (ada, twin):
        held = store.belongings.gather(row)
        assert (held.everywhere, held.messages, len(held.runs)) == ((ada, twin), 2, 1)
        assert sorted(each.text for each in store.belongings.messages(row)) == ["blue", "red"]
        assert {each.member for each in held.about} == {ada, twin}
        assert len(store.backups.holding(row)) == 1
