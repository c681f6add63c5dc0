"""A first look into the fake Slack: the newest messages of who just agreed, in few calls."""

import threading

import pytest

from bot.first_look import CALLS, ENOUGH, FirstLook
from bot.history import BackfillRequest, Watch, backfill
from bot.pacing import Clock
from bot.slack import Slack
from tests.fake_slack import (
    ADA,
    BOT,
    BRAM,
    GENERAL,
    GUEST,
    OFFICE,
    RANDOM,
    TEAM,
    FakeSlack,
    FakeWorkspace,
)

SPEED = 50.0
HISTORY, REPLIES = "conversations.history", "conversations.replies"


class PatientClock(Clock):
    """Time passes only while somebody waits: how long storing takes makes no difference."""

    def __init__(self) -> None:
        super().__init__(SPEED)
        self._now = 0.0

    def monotonic(self) -> float:
        return self._now

    def sleep(self, seconds: float, stop: threading.Event) -> None:
        self._now += seconds
        super().sleep(seconds, stop)


class Looking:
    """A store, a Slack, and looks from one into the other."""

    def __init__(self, store, fake: FakeSlack) -> None:
        self.store, self.fake = store, fake
        self.stop = threading.Event()

    def agree(self, *user_ids: str) -> dict[int, str]:
        batch = {self.store.members.ensure(each, team_id=TEAM).id: each for each in user_ids}
        self.store.consent.grant(batch, actor="subject", by_subject=True)
        return batch

    def look(self, *user_ids: str, include=(), clock: Clock | None = None) -> None:
        slack, clock = Slack(self.fake.client()), clock or PatientClock()
        first_look = FirstLook(self.store, slack, include=frozenset(include), clock=clock)
        first_look.look(self.agree(*user_ids), stop=self.stop)

    def count(self, user_id: str) -> int:
        return self.store.messages.count(author=self.store.members.find(user_id).id)

    @property
    def asked(self) -> list[str]:
        return [call.arguments["channel"] for call in self.fake.called(HISTORY)]


@pytest.fixture
def workspace():
    """With two public channels that the bot is in."""
    workspace = FakeWorkspace.small()
    workspace.channel(RANDOM).members.append(BOT)
    return workspace


@pytest.fixture
def looking(store, workspace):
    with FakeSlack(workspace, scale=SPEED) as fake:
        yield Looking(store, fake)


def fill(workspace, count, *, channel=GENERAL, users=(ADA, BRAM)):
    """Let people write by turns, and reply to each tenth message."""
    for number in range(count):
        user, ts = users[number % len(users)], f"{1_700_000_000 + 60 * number}.000000"
        workspace.say(user, channel, f"line {number}", ts=ts)
        if number % 10 == 0:
            workspace.say(user, channel, "re", ts=f"{ts[:-6]}000001", thread_ts=ts)


def test_the_newest_messages_are_stored_and_no_thread_is_asked_for(looking, workspace):
    fill(workspace, 300)
    looking.look(ADA)
    assert looking.count(ADA) == 150
    assert {message.author for message in looking.store.messages.read()} == set(looking.agree(ADA))
    assert looking.asked == [GENERAL, RANDOM]
    assert not looking.fake.called(REPLIES)


def test_it_leaves_no_trace_of_how_far_it_came(looking, workspace):
    fill(workspace, 300)
    looking.look(ADA)
    assert looking.store.crawls.list_unfinished() == ()
    assert looking.store.crawls.spans() == []


def test_channels_are_looked_into_by_turns_until_there_is_enough(looking, workspace):
    fill(workspace, 1_400)
    fill(workspace, 2_200, channel=RANDOM)
    looking.look(ADA)
    assert looking.asked == [GENERAL, RANDOM, GENERAL]
    assert ENOUGH <= looking.count(ADA) < 1_800


def test_what_no_voice_of_a_person_learns_from_is_left_for_later(looking, workspace):
    fill(workspace, 30, channel=OFFICE)
    looking.look(ADA, include=["private"])
    assert set(looking.asked) == {GENERAL, RANDOM}


def test_it_goes_on_until_there_is_enough_of_everybody(looking, workspace):
    fill(workspace, 1_300, users=(ADA, ADA, ADA, ADA, ADA, ADA, ADA, ADA, ADA, BRAM))
    looking.look(ADA, BRAM)
    assert (looking.count(ADA), looking.count(BRAM)) == (1_170, 130)


def test_of_whom_there_is_enough_nothing_is_asked_for(looking, workspace):
    fill(workspace, ENOUGH, users=(ADA,))
    looking.look(ADA)
    looking.fake.calls.clear()
    looking.look(ADA)
    assert looking.asked == []


def test_of_many_channels_those_of_the_person_come_first(looking, workspace):
    for number in range(CALLS + 15):
        people = [BRAM, BOT] if number < CALLS + 10 else [ADA, BRAM, BOT]
        channel = workspace.add_channel(f"C0MANY{number:04d}", f"many-{number}", people)
        workspace.say(people[0], channel.facts["id"], "hello")
    looking.look(ADA)
    own = {each for each in looking.asked if workspace.is_member(ADA, each)}
    assert len(own) == 7
    assert set(looking.asked[:7]) == own


def test_no_more_is_asked_for_than_takes_half_a_minute(looking, workspace):
    for number in range(2 * CALLS):
        workspace.add_channel(f"C0MANY{number:04d}", f"many-{number}", [ADA, BOT])
    looking.look(ADA, clock=Clock(SPEED))
    assert len(looking.asked) <= CALLS
    first, *_, last = looking.fake.called(HISTORY)
    assert last.at - first.at < 40


def test_what_slack_puts_off_for_a_minute_is_not_waited_for(looking, workspace):
    fill(workspace, 300)
    looking.fake.state.faults.fail(HISTORY, "ratelimited", seconds=60)
    looking.look(ADA)
    assert len(looking.asked) == 1
    assert looking.count(ADA) == 0


def test_what_slack_puts_off_for_seconds_is_waited_for(looking, workspace):
    fill(workspace, 300)
    looking.fake.state.faults.fail(HISTORY, "ratelimited", seconds=5)
    looking.look(ADA)
    refused, again, *_ = looking.fake.called(HISTORY)
    assert again.at - refused.at >= 5
    assert looking.count(ADA) == 150


def test_of_one_page_a_minute_it_takes_hardly_any(store, workspace):
    fill(workspace, 300)
    fill(workspace, 300, channel=RANDOM)
    with FakeSlack(workspace, limits="restricted", scale=SPEED) as fake:
        looking = Looking(store, fake)
        looking.look(ADA)
        assert [call.status for call in fake.called(HISTORY)] == [200, 429]
        assert 0 < looking.count(ADA) <= 15


def test_a_channel_that_slack_does_not_give_is_passed_over(looking, workspace):
    fill(workspace, 30)
    fill(workspace, 30, channel=RANDOM)
    looking.fake.state.faults.fail(HISTORY, "error", error="channel_not_found")
    looking.look(ADA)
    assert looking.count(ADA) == 15


def test_pages_that_are_short_or_empty_are_not_the_end(looking, workspace):
    fill(workspace, 1_400)
    looking.fake.state.pages.is_ragged = True
    looking.look(ADA)
    assert looking.count(ADA) == 700


@pytest.mark.parametrize("user_id", [GUEST, BOT])
def test_of_who_may_not_be_stored_no_message_is_asked_for(looking, workspace, user_id):
    fill(workspace, 30)
    looking.look(user_id)
    assert looking.asked == []


def test_it_is_over_when_it_is_to_stop(looking, workspace):
    fill(workspace, 30)
    looking.stop.set()
    looking.look(ADA)
    assert looking.asked == []


def test_a_crawl_after_it_stores_nothing_twice(looking, workspace):
    fill(workspace, 300)
    looking.look(ADA)
    watch = Watch(clock=Clock(1_000))
    slack = Slack(looking.fake.client())
    report = backfill(
        looking.store, slack, BackfillRequest(), include=frozenset(), watch=watch
    ).report
    assert (report.messages_unchanged, report.messages_stored) == (150, 30)
