import pytest

from storage.batches import BATCH
from storage.crawls import Checkpoint, Span
from storage.errors import DatabaseError
from storage.ingestion import IngestPolicy
from tests.storage.slack import GENERAL, RANDOM, TEAM, grant_all, post, register, stamp, texts

UNTIL = stamp(5_000)


@pytest.fixture
def store(store):
    register(store)
    grant_all(store)
    return store


@pytest.fixture
def crawl(store):
    ada = store.members.find("ada").id
    return store.crawls.begin(members=[ada, ada], since_ts="", until_ts=UNTIL)


def store_page(store, crawl, messages, *, reached=1, channel=GENERAL, is_complete=False):
    checkpoint = Checkpoint(crawl.id, channel, stamp(reached), is_complete)
    return store.ingest(messages, policy=IngestPolicy(team_id=TEAM), checkpoint=checkpoint)


def covered(store, crawl, channel=GENERAL):
    return store.crawls.coverage(crawl.id).get(store.channels.find(channel).id)


def test_a_crawl_is_unfinished_until_it_is_finished(store, crawl):
    ada = store.members.find("ada").id
    assert store.crawls.list_unfinished() == (crawl,)
    assert (crawl.since_ts, crawl.until_ts, crawl.is_everyone) == ("", UNTIL, False)
    assert store.crawls.members(crawl.id) == {ada}
    assert store.crawls.covered() == frozenset()
    assert store.crawls.last_finished() is None
    store.crawls.finish(crawl.id)
    assert store.crawls.list_unfinished() == ()
    assert store.crawls.last_finished().finished_at >= crawl.started_at
    assert store.crawls.covered() == {ada}


def test_one_member_is_awaited_until_a_crawl_has_covered_them(store, crawl):
    ada, bob = store.members.find("ada").id, store.members.find("bob").id
    assert store.crawls.is_under_way(ada)
    assert not store.crawls.is_covered(ada)
    store.crawls.finish(crawl.id)
    assert not store.crawls.is_under_way(ada)
    assert store.crawls.is_covered(ada)
    assert not store.crawls.is_under_way(bob)
    assert not store.crawls.is_covered(bob)


def test_only_a_crawl_from_the_beginning_covers_anybody(store):
    bob = store.members.find("bob").id
    part = store.crawls.begin(members=[bob], since_ts=stamp(1), until_ts=UNTIL, is_everyone=True)
    store.crawls.finish(part.id)
    assert store.crawls.covered() == frozenset()
    assert not store.crawls.is_covered(bob)
    assert store.crawls.last_finished().is_everyone


def test_whoever_leaves_is_read_again_when_they_come_back(store, crawl):
    store.crawls.finish(crawl.id)
    store.forget(store.members.find("ada").id, state="left")
    assert store.crawls.covered() == frozenset()


def test_a_checkpoint_comes_with_what_was_stored(store, crawl):
    report = store_page(store, crawl, [post("one", ts=7)], reached=7)
    assert report.messages_stored == 1
    coverage = covered(store, crawl)
    assert (coverage.reached_ts, coverage.is_complete, coverage.problem) == (stamp(7), False, None)
    assert covered(store, crawl, RANDOM) is None


def test_a_page_without_messages_is_kept_too(store, crawl):
    report = store_page(store, crawl, [], reached=3, is_complete=True)
    assert report.messages_read == 0
    assert covered(store, crawl).is_complete


def test_a_channel_that_nobody_listed_is_taken_for_a_private_one(store, crawl):
    store_page(store, crawl, [], channel="C0UNKNOWN")
    assert store.channels.find("C0UNKNOWN").kind == "private"
    assert covered(store, crawl, "C0UNKNOWN").reached_ts == stamp(1)


def test_pages_follow_each_other_and_a_crawl_goes_on_where_it_stood(
    store, crawl, database_url, keyring
):
    for reached in (30, 20, 10):
        store_page(store, crawl, [post(f"at {reached}", ts=reached)], reached=reached)
    store.close()
    again = type(store).open(database_url, keyring)
    assert again.crawls.list_unfinished() == (crawl,)
    assert covered(again, crawl).reached_ts == stamp(10)
    again.close()


def test_messages_that_cannot_be_stored_leave_no_checkpoint(store, crawl):
    def read_on():
        yield from (post(f"word {number}", ts=number) for number in range(BATCH + 5))
        raise ConnectionError

    with pytest.raises(ConnectionError):
        store_page(store, crawl, read_on())
    assert len(texts(store)) == BATCH
    assert covered(store, crawl) is None


def test_a_checkpoint_that_cannot_be_kept_takes_its_messages_back(store, crawl):
    lost = Checkpoint(crawl.id + 1, GENERAL, stamp(1), is_complete=False)
    with pytest.raises(DatabaseError):
        store.ingest([post("one")], policy=IngestPolicy(team_id=TEAM), checkpoint=lost)
    assert texts(store) == []


def test_full_batches_alone_are_followed_by_their_checkpoint(store, crawl):
    report = store_page(store, crawl, [post(f"word {n}", ts=n) for n in range(BATCH)])
    assert report.messages_stored == BATCH
    assert covered(store, crawl).reached_ts == stamp(1)


def test_a_problem_is_noted_until_the_next_checkpoint(store, crawl):
    channel = store.channels.find(GENERAL).id
    store.crawls.note_problem(crawl.id, channel, "not_in_channel")
    coverage = covered(store, crawl)
    assert (coverage.reached_ts, coverage.problem) == (UNTIL, "not_in_channel")
    assert not coverage.is_complete
    store_page(store, crawl, [], reached=9)
    assert covered(store, crawl).problem is None
    store.crawls.note_problem(crawl.id, channel, "ratelimited")
    coverage = covered(store, crawl)
    assert (coverage.reached_ts, coverage.problem) == (stamp(9), "ratelimited")


def test_a_problem_is_a_code_and_no_text(store, crawl):
    with pytest.raises(ValueError, match="code"):
        store.crawls.note_problem(crawl.id, 1, "Ada said no")


def test_what_every_crawl_has_read_of_a_channel_is_listed(store, crawl):
    store_page(store, crawl, [post(ts=1)], reached=1)
    later = store.crawls.begin(members=[], since_ts="", until_ts=stamp(9_000), is_everyone=True)
    store_page(store, later, [post(ts=6_000)], reached=4_000)
    general = store.channels.find(GENERAL).id
    assert store.crawls.spans() == [
        Span(crawl.id, general, stamp(1), UNTIL, is_everyone=False),
        Span(later.id, general, stamp(4_000), stamp(9_000), is_everyone=True),
    ]


def test_all_crawls_that_are_open_are_listed_oldest_first(store, crawl):
    bob = store.members.find("bob").id
    later = store.crawls.begin(members=[bob], since_ts="", until_ts=UNTIL)
    assert store.crawls.list_unfinished() == (crawl, later)
    ada = store.members.find("ada").id
    assert store.crawls.by_member() == {ada: {crawl.id}, bob: {later.id}}
    store.crawls.finish(crawl.id)
    assert store.crawls.list_unfinished() == (later,)


def test_a_checkpoint_of_several_crawls_is_kept_in_all_of_them(store, crawl):
    later = store.crawls.begin(members=[], since_ts="", until_ts=UNTIL)
    mark = Checkpoint(crawl.id, GENERAL, stamp(3), is_complete=False, followers=(later.id,))
    store.ingest([post(ts=4)], policy=IngestPolicy(team_id=TEAM), checkpoint=mark)
    assert covered(store, crawl) == covered(store, later)
    assert covered(store, later).reached_ts == stamp(3)


def test_crawls_that_began_after_a_moment_are_listed(store, crawl):
    later = store.crawls.begin(members=[], since_ts="", until_ts=stamp(9_000))
    assert store.crawls.list_after(stamp(4_999)) == store.crawls.list_after(UNTIL) == (crawl, later)
    assert store.crawls.list_after(stamp(5_001)) == (later,)


def test_what_some_crawls_have_read_whole(store, crawl):
    later = store.crawls.begin(members=[], since_ts="", until_ts=stamp(9_000))
    store_page(store, crawl, [], reached=1, is_complete=True)
    store_page(store, later, [], reached=1, channel=RANDOM)
    read_whole = store.crawls.read_whole
    assert read_whole([crawl.id, later.id]) == {store.channels.find(GENERAL).id}
    assert read_whole([later.id]) == frozenset()


def test_the_newest_crawl_of_a_channel_says_what_stood_in_its_way(store, crawl):
    general = store.channels.find(GENERAL).id
    store.crawls.note_problem(crawl.id, general, "not_in_channel")
    assert store.crawls.problems() == {general: "not_in_channel"}
    later = store.crawls.begin(members=[], since_ts="", until_ts=UNTIL)
    assert store.crawls.problems() == {general: "not_in_channel"}
    store_page(store, later, [], reached=9)
    assert store.crawls.problems() == {}
