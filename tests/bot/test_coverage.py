"""What is still to be read, by what has been read for whom: crawls made up by hand."""

from itertools import count
from random import Random

import pytest

from bot.coverage import LOOK_BACK_SECONDS, Agenda, find_ends, find_stretches, is_awaited
from storage.crawls import Checkpoint
from storage.ingestion import IngestPolicy
from storage.store import Store
from tests.storage.slack import GENERAL, RANDOM, TEAM, grant_all, register, stamp

HOUR = 3_600
_numbers = count(1)


class Past:
    """A store, and crawls that have been."""

    def __init__(self, store) -> None:
        self.store = store
        register(store)
        grant_all(store)
        self.channels = [store.channels.find(each).id for each in (GENERAL, RANDOM)]

    @property
    def members(self):
        return [each for each in self.store.members.list() if each.consent == "agreed"]

    def member(self, handle):
        return next(each for each in self.members if each.handle == handle)

    def crawl(self, until, *handles, general="", random="", is_everyone=False, is_over=True):
        """Add a crawl up to an hour, that has read channels from others on; None is not at all."""
        ids = [self.member(handle).id for handle in handles]
        crawl = self.store.crawls.begin(
            members=ids, since_ts="", until_ts=at(until), is_everyone=is_everyone
        )
        for channel, since in ((GENERAL, general), (RANDOM, random)):
            if since is not None:
                reached = since if since == "" else at(since)
                mark = Checkpoint(crawl.id, channel, reached, is_complete=True)
                self.store.ingest([], policy=IngestPolicy(team_id=TEAM), checkpoint=mark)
        if is_over:
            self.store.crawls.finish(crawl.id)
        return crawl

    def stretches(self, *handles, but=None):
        members = [self.member(handle) for handle in handles]
        found = find_stretches(self.store, members, but=but)
        return [list(found.get(channel, ())) for channel in self.channels]


def at(hour: float) -> str:
    return stamp(int(hour * HOUR))


@pytest.fixture
def past(store):
    return Past(store)


def test_what_hangs_together_is_one_stretch(past):
    past.crawl(10, "ada")
    past.crawl(20, "ada", general=9, random=12)
    assert past.stretches("ada") == [[("", at(20))], [("", at(10)), (at(12), at(20))]]


def test_a_stretch_counts_if_it_was_read_for_all(past):
    past.crawl(10, "ada")
    past.crawl(20, "ada", "bob", random=None)
    past.crawl(30, "bob", general=15, random=None)
    assert past.stretches("ada") == [[("", at(20))], [("", at(10))]]
    assert past.stretches("bob") == [[("", at(30))], []]
    assert past.stretches("ada", "bob") == [[("", at(20))], []]
    assert find_ends(past.store, past.members[:1]) == dict(
        zip(past.channels, (at(20), at(10)), strict=True)
    )


@pytest.mark.parametrize("seed", range(8))
def test_crawls_that_are_folded_away_leave_what_is_known_of_everybody(past, seed):
    rng, everybody = Random(seed), ("ada", "bob", "gus")
    read = {handle: [[], []] for handle in everybody}
    for number in range(2, 15):
        handles = rng.sample(everybody, rng.randint(1, 3))
        since = [rng.choice([None, "", 10 * number - 12, 10 * number - 5]) for _ in range(2)]
        past.crawl(10 * number, *handles, general=since[0], random=since[1])
        for handle in handles:
            for hours, start in zip(read[handle], since, strict=True):
                start = 0 if start == "" else start
                hours += [] if start is None else range(start, 10 * number)
        for handle, own in read.items():
            found = [
                {hour for one in each for hour in hours_of(one)} for each in past.stretches(handle)
            ]
            assert found == [set(hours) for hours in own]


def hours_of(stretch):
    start, end = (0 if ts == "" else (float(ts) - float(at(0))) / HOUR for ts in stretch)
    return range(round(start), round(end))


def test_of_many_crawls_for_the_same_people_few_are_left(past):
    past.crawl(10, "ada")
    past.crawl(20, "bob")
    for number in range(3, 30):
        past.crawl(10 * number, "ada", "bob", general=10 * number - 25, random=10 * number - 25)
    assert len(past.store.crawls.by_member()[past.member("ada").id]) == 1
    assert len(past.store.crawls.spans()) == 2
    assert past.stretches("ada", "bob") == [[("", at(290))], [("", at(290))]]


def test_a_channel_that_can_never_be_read_keeps_no_crawl(past):
    past.crawl(10, "ada", random=None)
    random = past.channels[1]
    for number in range(2, 9):
        crawl = past.crawl(10 * number, "ada", general=10 * number - 15, random=None, is_over=False)
        past.store.crawls.note_problem(crawl.id, random, "not_in_channel")
        past.store.crawls.finish(crawl.id)
    assert len(past.store.crawls.spans()) == 2
    assert past.store.crawls.problems() == {random: "not_in_channel"}


def test_nobody_has_read_nothing(past):
    past.crawl(10, "ada")
    assert past.stretches() == [[], []]


def test_a_crawl_that_is_under_way_is_no_past_of_its_own(past):
    past.crawl(10, "ada")
    now = past.crawl(20, "ada", general=8, is_over=False)
    assert past.stretches("ada", but=now.id)[0] == [("", at(10))]
    agenda = Agenda(past.store, past.members, frozenset())
    start = agenda.find_starts(now, past.channels)[past.channels[0]]
    assert float(start) == pytest.approx(float(at(10)) - LOOK_BACK_SECONDS)


def test_a_gap_is_closed_from_where_all_who_are_in_a_crawl_were_read_for(past):
    past.crawl(10_000, "ada", "bob")
    past.crawl(20_000, "ada", general=9_000, random=9_000)  # bob was paused
    now = past.crawl(30_000, "ada", "bob", general=None, random=None, is_over=False)
    agenda = Agenda(past.store, past.members, frozenset())
    for start in agenda.find_starts(now, past.channels).values():
        assert float(start) == pytest.approx(float(at(10_000)) - LOOK_BACK_SECONDS)


def test_a_channel_that_failed_for_one_is_read_from_its_beginning(past):
    past.crawl(10, "ada")
    past.crawl(20, "ada", "bob", random=None)
    now = past.crawl(30, "ada", "bob", general=None, random=None, is_over=False)
    agenda = Agenda(past.store, past.members, frozenset())
    assert list(agenda.find_starts(now, past.channels).values())[1] == ""


def test_silent_members_were_in_every_crawl_for_everybody(store):
    past = Past(store)
    past.crawl(10, "ada", is_everyone=True)
    bob = past.member("bob")
    crawls = past.store.crawls
    assert find_stretches(past.store, [bob]) == {channel: [] for channel in past.channels}
    assert crawls.by_member() == {past.member("ada").id: frozenset({1})}


def test_before_what_is_kept_nothing_is_asked_for(database_url, keyring, store):
    store.close()
    kept = Store.open(database_url, keyring, retention_days=30)
    past = Past(kept)
    now = past.crawl(10, "ada", general=None, random=None, is_over=False)
    agenda = Agenda(kept, past.members, frozenset(each.id for each in past.members))
    for start in agenda.find_starts(now, past.channels).values():
        assert float(start) == pytest.approx(float(kept.retention.oldest_ts), abs=5)
    kept.close()


def test_what_was_read_back_to_what_is_kept_is_whole(database_url, keyring, store):
    store.close()
    kept = Store.open(database_url, keyring, retention_days=30)
    past, oldest = Past(kept), float(kept.retention.oldest_ts)
    ada = past.member("ada").id
    crawl = kept.crawls.begin(members=[ada], since_ts="", until_ts=f"{oldest + 9e5:.6f}")
    mark = Checkpoint(crawl.id, GENERAL, f"{oldest - 60:.6f}", is_complete=True)
    kept.ingest([], policy=IngestPolicy(team_id=TEAM), checkpoint=mark)
    assert find_ends(kept, [past.member("ada")]) == {past.channels[0]: crawl.until_ts}
    kept.close()


def test_who_has_agreed_is_awaited_until_some_crawl_for_them_is_over(past):
    bob = past.member("bob").id
    assert not is_awaited(past.store, bob)
    crawl = past.crawl(10, "ada", "bob", is_over=False)
    past.crawl(20, "ada", is_over=False)  # a newer one that is not for bob
    assert is_awaited(past.store, bob)
    past.store.crawls.finish(crawl.id)
    assert not is_awaited(past.store, bob)
