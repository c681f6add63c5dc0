"""Where one stands: in the status and on the Home tab."""

from tests.bot.consenting.desk import words
from tests.fake_slack import ADA, BRAM, CARMEN, GENERAL


def test_the_status_counts_what_is_learned_and_what_is_missing(desk):
    desk.consenting.agree(ADA)
    desk.write(ADA, 88)
    desk.read_for(ADA)
    status = words(desk.consenting.status(ADA))
    assert "Learned from: 88 messages." in status
    assert "112 more messages needed" in status
    desk.consenting.pause(ADA)
    assert "88 messages" in words(desk.consenting.status(ADA))


def test_while_messages_are_read_nobody_says_how_many_are_missing(desk):
    desk.consenting.agree(ADA)
    desk.write(ADA, 88)
    status = words(desk.consenting.status(ADA))
    assert "Learned from: 88 messages. Your voice is not made yet." in status


def test_the_status_of_a_stranger_is_that_nothing_is_stored(desk):
    assert "I store nothing" in desk.consenting.status("U0NEWHERE1")["text"]


def test_where_silence_means_yes_the_status_says_so(lenient):
    lenient.write(ADA, 1)
    assert "I do learn from what you write" in lenient.consenting.status(ADA)["text"]


def test_the_home_shows_who_used_the_voice_and_where(desk):
    channel = desk.store.channels.find("general").id
    desk.note("mimicked", ADA, by=BRAM, channel=channel, days_ago=2)
    desk.note("mimicked", ADA, by=BRAM, channel=channel, days_ago=1)
    desk.note("posted", ADA, by=BRAM, channel=channel, days_ago=1)
    desk.note("mimicked", ADA, by=CARMEN, days_ago=3)
    desk.note("mimicked", ADA, by=BRAM, channel=channel, days_ago=31)
    desk.note("mimicked", BRAM, by=CARMEN, channel=channel)
    home = str(desk.consenting.home(ADA))
    assert home.count(f"<@{BRAM}> in <#{GENERAL}>") == 2
    assert home.count("previewed, not posted") == 2
    assert home.count(": posted") == 1
    assert home.count(f"<@{CARMEN}>,") == 1
    assert "Used 3 times" in words(desk.consenting.status(ADA))
