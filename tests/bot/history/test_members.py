"""Each member's history is read whole, whoever else's was before, and whenever they agree."""

import threading

import pytest

from bot.turns import find_line, take_turn
from storage.crawls import Checkpoint
from storage.ingestion import IngestPolicy
from tests.bot.history.reading import HISTORY, fill, stamp
from tests.fake_slack import ADA, BOT, BRAM, CARMEN, GENERAL, RANDOM
from tests.waiting import PATIENCE_SECONDS, wait_until


@pytest.fixture
def both(reading, fake):
    """The bot is in two channels, in which three people wrote."""
    fake.workspace.channel(RANDOM).members.append(BOT)
    for channel, start in ((GENERAL, 0), (RANDOM, 1_000)):
        for number, user in enumerate((ADA, BRAM, CARMEN)):
            text = f"{user} in {channel}"
            fake.workspace.say(user, channel, text, ts=stamp(start + number))
    return reading


def fail_in(fake, channel):
    fake.state.faults.fail(
        HISTORY, "error", error="not_in_channel", when=lambda asked: asked["channel"] == channel
    )


def test_a_channel_that_failed_for_one_is_read_for_them_later(both, fake):
    both.run()
    both.agree(CARMEN)
    fail_in(fake, RANDOM)
    assert both.run().report.messages_stored == 1
    assert both.run().report.messages_stored == 1
    assert len(both.texts()) == 6
    fake.calls.clear()
    both.run()
    assert all("." in asked["oldest"] for asked in both.asked(HISTORY))  # only a look back now


def test_what_was_read_for_others_alone_is_not_read_again_for_them(both, fake):
    both.run()
    both.agree(CARMEN)
    both.run()
    fake.calls.clear()
    assert both.run().report.messages_read == 0
    assert {asked["oldest"] for asked in both.asked(HISTORY)} != {"0"}


def test_what_was_written_in_a_pause_is_not_stored_and_all_else_is(both, fake):
    both.run()
    fake.workspace.say(ADA, GENERAL, "before")
    ada = both.store.members.find("ada").id
    both.store.consent.revoke(ada, actor="subject", by_subject=True)
    fake.workspace.say(ADA, GENERAL, "meanwhile")
    fake.workspace.say(BRAM, GENERAL, "beside it")
    both.run()
    assert not {"before", "meanwhile"} & set(both.texts())
    both.agree(ADA)
    fake.workspace.say(ADA, GENERAL, "after")
    both.run()
    assert {"before", "beside it", "after"} <= set(both.texts())
    assert "meanwhile" not in both.texts()


def test_who_agrees_meanwhile_joins_at_the_next_channel(both, fake):
    agreed = []

    def agree(headway):
        if not agreed:
            agreed.append(CARMEN)
            both.agree(CARMEN)

    both.run(on_progress=agree)
    asked = [asked["channel"] for asked in both.asked(HISTORY)]
    assert asked == [GENERAL, RANDOM, GENERAL]  # the second serves all three
    assert len(both.store.crawls.covered()) == 3
    assert sum(CARMEN in text for text in both.texts()) == 2
    assert both.run().report.messages_stored == 0


def test_a_crawl_that_others_joined_goes_on_for_all_of_them(both, fake):
    fill(fake.workspace, 250, channel=RANDOM, threads_every=0)

    def agree_and_stop(headway):
        if headway.channels_done == 1 and headway.messages > 200:
            both.stop.set()
        elif not headway.channels_done:
            both.agree(CARMEN)

    assert both.run(on_progress=agree_and_stop).is_stopped
    assert len(both.store.crawls.list_unfinished()) == 2
    both.stop.clear()
    fake.calls.clear()
    both.run()
    asked = [(asked["channel"], "latest" in asked) for asked in both.asked(HISTORY)]
    assert asked[:2] == [(RANDOM, True), (GENERAL, False)]
    assert (RANDOM, False) not in asked[:2]
    assert len(both.store.crawls.covered()) == 3
    assert sum(CARMEN in text for text in both.texts()) == 2


def test_nobody_joins_a_reading_of_named_channels(both, fake):
    agreed = []

    def agree(headway):
        if not agreed:
            agreed.append(CARMEN)
            both.agree(CARMEN)

    both.run("#general", on_progress=agree)
    assert len(both.store.crawls.list_unfinished()) == 1
    both.run()
    assert len(both.texts()) == 6


def test_a_reading_since_a_day_that_goes_on_does_not_stand_for_a_longer_gap(both, fake):
    both.run()
    for channel in (GENERAL, RANDOM):
        fake.workspace.say(ADA, channel, f"missed in {channel}")
    since = fake.workspace.next_ts()
    fake.calls.clear()
    stop_early = lambda _: both.asked(HISTORY) and both.stop.set()  # noqa: E731
    assert both.run(since=since, on_progress=stop_early).is_stopped
    both.stop.clear()
    both.run()
    assert {f"missed in {channel}" for channel in (GENERAL, RANDOM)} <= set(both.texts())


def test_a_reading_for_one_person_that_goes_on_does_not_stand_for_all(both, fake):
    both.run()
    root = fake.workspace.say(ADA, GENERAL, "a question")["ts"]
    fake.workspace.say(BRAM, GENERAL, "an answer", thread_ts=root)
    both.agree(CARMEN)
    carmen = both.store.members.find("carmen").id
    both.store.crawls.begin(members=[carmen], since_ts="", until_ts=fake.workspace.next_ts())
    both.run()
    assert "an answer" in both.texts()
    assert carmen in both.store.crawls.covered()


def test_what_another_reads_for_one_person_meanwhile_does_not_stand_for_all(both, fake):
    both.run()
    root = fake.workspace.say(ADA, GENERAL, "a question")["ts"]
    fake.workspace.say(BRAM, GENERAL, "an answer", thread_ts=root)
    both.agree(CARMEN)
    with take_turn(both.store, both.stop, str):
        waiting = threading.Thread(target=both.run)
        waiting.start()
        wait_until(lambda: find_line(both.store)._waiting)
        carmen = both.store.members.find("carmen").id
        crawl = both.store.crawls.begin(
            members=[carmen], since_ts="", until_ts=fake.workspace.next_ts()
        )
        for channel in (GENERAL, RANDOM):
            mark = Checkpoint(crawl.id, channel, "", is_complete=True)
            both.store.ingest([], policy=IngestPolicy(), checkpoint=mark)
        both.store.crawls.finish(crawl.id)
    waiting.join(PATIENCE_SECONDS)
    assert "an answer" in both.texts()
