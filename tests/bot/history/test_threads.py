"""Threads are read for those who wrote in them."""

from tests.bot.history.reading import REPLIES, stamp
from tests.fake_slack import (
    ADA,
    BRAM,
    CARMEN,
    GENERAL,
    GUEST,
)


def open_threads(workspace, *replies, root=CARMEN):
    """Begin a thread for each group of people who reply to it."""
    for number, users in enumerate(replies):
        ts = workspace.say(root, GENERAL, "who?", ts=stamp(number))["ts"]
        for reply, user in enumerate(users, start=1):
            workspace.say(user, GENERAL, f"I {reply}", ts=f"{ts[:-6]}{reply:06d}", thread_ts=ts)


def test_no_replies_are_asked_for_in_threads_that_nobody_who_agreed_wrote_in(reading, fake):
    open_threads(fake.workspace, [CARMEN], [BRAM, CARMEN], [CARMEN, GUEST], [ADA])
    reading.run()
    assert [asked["ts"] for asked in reading.asked(REPLIES)] == [stamp(3), stamp(1)]
    assert reading.texts() == ["I 1", "I 1"]


def test_where_slack_does_not_list_all_who_replied_the_thread_is_read(reading, fake):
    others = [f"U0FAKE{number:04d}" for number in range(5)]
    for user in others:
        fake.workspace.add_user(user, user.lower(), user)
    open_threads(fake.workspace, others, [*others, ADA], [CARMEN])
    root = fake.workspace.channel(GENERAL).messages[stamp(2)]
    del root["reply_users"]
    reading.run()
    assert [asked["ts"] for asked in reading.asked(REPLIES)] == [stamp(2), stamp(1)]
    assert reading.texts() == ["I 6"]


def test_who_agrees_later_is_read_for_in_threads_that_were_left_out(reading, fake):
    open_threads(fake.workspace, [CARMEN], [BRAM])
    reading.run()
    reading.agree(CARMEN)
    assert reading.run().report.messages_stored == 2 + 1
    assert sorted(reading.texts()) == ["I 1", "I 1", "who?", "who?"]


def test_a_crawl_goes_on_for_those_it_was_for(reading, fake):
    open_threads(fake.workspace, [CARMEN], [BRAM])
    for number in range(200):
        fake.workspace.say(ADA, GENERAL, "hello", ts=stamp(10 + number))
    reading.run(on_progress=lambda headway: headway.messages and reading.stop.set())
    reading.stop.clear()
    reading.agree(CARMEN)
    reading.run()
    assert [asked["ts"] for asked in reading.asked(REPLIES)] == [stamp(1), stamp(0)]
    assert reading.texts().count("I 1") == 2


def test_late_replies_of_others_are_not_asked_for(reading, fake):
    said = [fake.workspace.say(CARMEN, GENERAL, text)["ts"] for text in ("one", "two")]
    reading.run()
    fake.workspace.say(CARMEN, GENERAL, "late", thread_ts=said[0])
    fake.workspace.say(BRAM, GENERAL, "late, too", thread_ts=said[1])
    reading.run()
    assert [asked["ts"] for asked in reading.asked(REPLIES)] == [said[1]]
    assert reading.texts() == ["late, too"]


def test_a_reply_that_is_gone_is_found_where_only_others_are_left(reading, fake):
    fake.workspace.seconds_ago = 3_600
    root = fake.workspace.say(CARMEN, GENERAL, "who?")["ts"]
    fake.workspace.say(CARMEN, GENERAL, "not me", thread_ts=root)
    mine = fake.workspace.say(ADA, GENERAL, "me", thread_ts=root)["ts"]
    reading.run()
    fake.workspace.remove(GENERAL, mine)
    assert reading.run().report.messages_dropped["deleted"] == 1
    assert reading.texts() == []
