"""Each member's history is read whole, whoever else's was before, and whenever they agree."""

import pytest

from tests.bot.history.reading import HISTORY, fill, stamp
from tests.fake_slack import ADA, BOT, BRAM, CARMEN, GENERAL, RANDOM


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


def test_who_was_paused_is_read_for_from_then_on(both, fake):
    both.run()
    ada = both.store.members.find("ada").id
    both.store.consent.revoke(ada, actor="subject", by_subject=True)
    fake.workspace.say(ADA, GENERAL, "meanwhile")
    both.run()
    assert "meanwhile" not in both.texts()
    both.agree(ADA)
    both.run()
    assert "meanwhile" in both.texts()


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
