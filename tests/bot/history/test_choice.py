"""What is read, and what is not."""

import pytest

from bot.errors import InvalidCredential, NobodyAgreed, SlackError
from storage.errors import UnknownChannel
from tests.bot.history.reading import HISTORY, Reading
from tests.fake_slack import (
    ADA,
    BOT,
    CARMEN,
    GENERAL,
    GUEST,
    OFFICE,
    PARTNERS,
    RANDOM,
)


def test_only_those_who_agreed_are_stored(reading, fake):
    fake.workspace.say(ADA, GENERAL, "mine")
    fake.workspace.say(CARMEN, GENERAL, "not mine to keep")
    summary = reading.run()
    assert reading.texts() == ["mine"]
    assert summary.report.messages_dropped == {"no_consent": 1}
    assert summary.agreed == 2


def test_lists_are_asked_for_in_pages_as_large_as_slack_gives(reading, fake):
    for number in range(1_000):
        fake.workspace.add_channel(f"C0MANY{number:04d}", f"many-{number}", [BOT])
    reading.run("general")
    assert len(reading.asked("users.conversations")) == 2


def test_where_nobody_agreed_no_message_is_even_asked_for(store, fake):
    reading = Reading(store, fake)
    fake.workspace.say(ADA, GENERAL, "hello")
    assert reading.run().agreed == 0
    assert not reading.asked(HISTORY)
    assert store.members.find("ada").consent == "none"


def test_private_and_shared_channels_are_left_out_unless_they_are_included(reading, fake):
    for channel in (GENERAL, OFFICE, PARTNERS):
        fake.workspace.say(ADA, channel, channel)
    assert reading.run().channels_skipped == {"connect": 1}
    assert reading.texts() == [GENERAL]
    assert reading.run(include=["private", "connect"]).channels == 3
    assert set(reading.texts()) == {GENERAL, OFFICE, PARTNERS}
    kinds = {each.name: each.kind for each in reading.store.channels.list()}
    assert kinds == {"general": "public", "partners": "public", "office": "private"}


def test_guests_are_read_for_once_they_are_included(reading, fake):
    fake.workspace.say(GUEST, GENERAL, "just visiting")
    reading.agree(GUEST)
    assert reading.run().report.messages_dropped == {"private": 1}
    assert reading.run(include=["guests"]).report.messages_stored == 1


def test_a_missing_scope_for_private_channels_leaves_only_them_out(reading, fake):
    fake.workspace.say(ADA, GENERAL, "hello")
    fake.state.scopes -= {"groups:read"}
    assert reading.run(include=["private"]).channels_skipped == {"connect": 1, "missing_scope": 1}
    assert reading.texts() == ["hello"]


def test_a_missing_scope_for_all_channels_is_one_sentence(reading, fake):
    fake.state.scopes -= {"channels:read"}
    with pytest.raises(SlackError, match="channels:read"):
        reading.run()


def test_a_revoked_token_is_one_sentence(reading, fake):
    fake.state.revoked.add(fake.bot_token)
    with pytest.raises(InvalidCredential, match="mimic init"):
        reading.run()


@pytest.mark.parametrize("name", ["random", "#random", "channel:Random", RANDOM])
def test_named_channels_alone_are_read(reading, fake, name):
    fake.workspace.channel(RANDOM).members.append("U0FAKEMIMIC")
    fake.workspace.say(ADA, GENERAL, "general")
    fake.workspace.say(ADA, RANDOM, "random")
    assert reading.run(name).channels == 1
    assert reading.texts() == ["random"]


def test_a_channel_without_the_bot_is_named(reading):
    with pytest.raises(UnknownChannel, match="invite it"):
        reading.run("#random")


def test_people_who_have_not_agreed_cannot_be_read_for(reading):
    with pytest.raises(NobodyAgreed):
        reading.run(authors=["@carmen"])


def test_archived_channels_are_read(reading, fake):
    fake.workspace.say(ADA, GENERAL, "long ago")
    fake.workspace.channel(GENERAL).facts["is_archived"] = True
    reading.run()
    assert reading.texts() == ["long ago"]
