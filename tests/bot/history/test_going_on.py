"""What has been read is not read again, and what is missing is."""

import pytest

from storage.store import Store
from tests.bot.history.reading import HISTORY, REPLIES, Reading, fill, stamp
from tests.bot.stored import list_rows
from tests.fake_slack import (
    ADA,
    CARMEN,
    GENERAL,
    RANDOM,
)


def test_what_was_read_is_not_asked_for_again_after_a_stop(reading, fake):
    fill(fake.workspace)

    def stop_halfway(headway):
        if headway.messages >= 400:
            reading.stop.set()

    first = reading.run(on_progress=stop_halfway)
    assert first.is_stopped
    stored = len(reading.texts())
    assert 200 < stored < 540
    reached = min(row[1] for row in list_rows(reading.store) if "reply" not in row[-1])
    threads = len(reading.asked(REPLIES))
    reading.stop.clear()
    fake.calls.clear()
    second = reading.run()
    assert second.report.messages_read == 540 - stored
    *windows, look_back = reading.asked(HISTORY, limit="200")
    assert all(window["latest"] <= reached for window in windows)
    assert look_back["oldest"] > stamp(450)
    assert len(reading.asked(REPLIES)) == 45 - threads
    assert len(reading.texts()) == 540


def test_a_process_that_is_killed_loses_one_window_at_most(reading, fake):
    fill(fake.workspace)

    class Killed(BaseException):
        pass

    def kill(headway):
        if headway.messages == 400 and headway.report.messages_read:
            raise Killed

    with pytest.raises(Killed):
        reading.run(on_progress=kill)
    assert len(reading.texts()) == 200 + 2 * 20
    fake.calls.clear()
    assert reading.run().report.messages_read == 250 + 2 * 25
    assert reading.asked(HISTORY)[0]["latest"] == stamp(250)


def test_whoever_agrees_later_is_read_for_from_the_beginning(reading, fake):
    fill(fake.workspace, 5, threads_every=0)
    fake.workspace.say(CARMEN, GENERAL, "old words", ts=stamp(2)[:-1] + "5")
    reading.run()
    reading.agree(CARMEN)
    assert reading.run().report.messages_stored == 1
    assert "old words" in reading.texts()
    assert reading.run().report.messages_read == 0


def test_whoever_left_and_came_back_is_read_for_again(reading, fake):
    fill(fake.workspace, 4, threads_every=0)
    reading.run()
    ada = reading.store.members.find("ada").id
    reading.store.forget(ada, state="left", by_subject=True)
    reading.agree(ADA)
    assert reading.run().report.messages_stored == 2


def test_a_crawl_of_before_somebody_agreed_is_ended_first(reading, fake):
    fill(fake.workspace)
    fake.workspace.say(CARMEN, GENERAL, "newest")
    reading.run(on_progress=lambda headway: headway.messages and reading.stop.set())
    reading.stop.clear()
    reading.agree(CARMEN)
    reading.run()
    assert "newest" in reading.texts()
    assert len(reading.store.crawls.covered()) == 3


def test_a_channel_that_the_bot_joins_later_is_read_from_its_beginning(reading, fake):
    fill(fake.workspace, 5, channel=RANDOM, threads_every=0)
    fake.workspace.say(ADA, GENERAL, "hello")
    reading.run()
    fake.workspace.channel(RANDOM).members.append("U0FAKEMIMIC")
    assert reading.run().report.messages_stored == 5


def test_one_named_channel_does_not_stand_for_all(reading, fake):
    fake.workspace.channel(RANDOM).members.append("U0FAKEMIMIC")
    fill(fake.workspace, 4, channel=RANDOM, threads_every=0)
    fill(fake.workspace, 3, threads_every=0)
    reading.run("#random")
    assert reading.store.crawls.covered() == frozenset()
    fake.workspace.say(ADA, RANDOM, "new")
    assert reading.run("#random").report.messages_read == 1
    assert reading.run().report.messages_read == 3 + 1  # the look-back
    assert len(reading.texts()) == 8
    assert len(reading.store.crawls.covered()) == 2


def test_since_reads_again_from_a_day_on(reading, fake):
    fill(fake.workspace, 10, threads_every=0)
    reading.run()
    fake.workspace.edit(GENERAL, stamp(7), text="edited")
    assert reading.run().report.messages_read == 0  # longer ago than a week
    assert reading.run(since=stamp(5)).report.messages_read == 4
    assert "edited" in reading.texts()


def test_since_alone_does_not_stand_for_the_whole_history(reading, fake):
    fill(fake.workspace, 10, threads_every=0)
    assert reading.run(since=stamp(5)).report.messages_stored == 4
    assert reading.run().report.messages_stored == 6


def test_silence_means_yes_to_all_where_admins_chose_so(database_url, keyring, fake):
    fill(fake.workspace, 4, threads_every=0)
    fake.workspace.say(CARMEN, GENERAL, "me, too", ts=stamp(9))
    store = Store.open(database_url, keyring, consent_default="opt-out")
    fake.workspace.say(CARMEN, GENERAL, "and me", thread_ts=stamp(9))
    reading = Reading(store, fake)
    assert reading.run().report.messages_stored == 6
    fake.workspace.add_user("U0FAKENEWO", "newbie", "Nella New")
    assert reading.run().report.messages_stored == 0  # nobody new has an unread history
    assert len(reading.asked(HISTORY, limit="200")) == 2
    store.close()
