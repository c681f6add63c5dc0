"""What is written in Slack, through Bolt and into a real store."""

import time

import pytest
from slack_bolt import App

from bot.listeners import messages
from bot.services import build_services
from bot.session import open_session
from bot.settings import Settings
from bot.slack import Slack
from tests.bot.stored import list_rows
from tests.fake_slack import (
    ADA,
    BOT,
    BRAM,
    CARMEN,
    DOV,
    GENERAL,
    OFFICE,
    PARTNERS,
    RANDOM,
    FakeSlack,
)


class Office:
    """A bot that only listens, in a Slack of its own."""

    def __init__(self, session, fake):
        self.session, self.store, self.fake = session, session.store, fake
        self.gaps = []
        self.services = build_services(session, Slack(fake.client()))
        self.services.live.report_gap = lambda: self.gaps.append(1)
        self.services.live.start()
        app = App(client=fake.client(), signing_secret=fake.signing_secret)
        messages.register(app, self.services)
        fake.attach(app)

    def know(self, *channels):
        """Let the store know members and channels, as a crawl would, and some agree."""
        workspace = self.fake.workspace
        team_id = workspace.team_id
        members = self.store.members.register(workspace.users.values(), team_id=team_id)
        self.store.consent.grant(members, actor="operator")
        facts = [workspace.channel(each).facts for each in channels]
        self.store.channels.register(facts, team_id=team_id, kind="public")

    def close(self):
        self.services.errands.close(5)
        self.services.desk.close(5)
        self.services.live.close(5)

    def texts(self):
        return sorted(row[-1] for row in list_rows(self.store) if row[-1])

    def wait_for_texts(self, *texts):
        self.wait_until(lambda: self.texts() == sorted(texts))

    def wait_until(self, look):
        deadline = time.monotonic() + 5
        while not look():
            assert time.monotonic() < deadline, self.texts()
            time.sleep(0.02)

    def channel(self, name):
        return self.store.channels.find(name)


@pytest.fixture
def fake():
    with FakeSlack() as fake:
        yield fake


@pytest.fixture
def office(home, fake):
    with open_session(Settings.alone(home)) as session:
        office = Office(session, fake)
        office.know(GENERAL, OFFICE, PARTNERS)
        yield office
        office.close()
    assert fake.lost == []


def test_what_people_write_is_stored(office, fake):
    fake.say(ADA, GENERAL, "hello")
    root = fake.say(BRAM, GENERAL, "lunch?")
    fake.say(ADA, GENERAL, "yes", thread_ts=root["ts"])
    fake.say(ADA, GENERAL, "all of you", thread_ts=root["ts"], subtype="thread_broadcast")
    fake.say(BRAM, GENERAL, "waves", subtype="me_message")
    fake.say(BRAM, GENERAL, "look", subtype="file_share", files=[{"id": "F1"}])
    office.wait_for_texts("hello", "lunch?", "yes", "all of you", "waves", "look")
    replies = [row for row in list_rows(office.store) if row[3]]
    assert {row[3] for row in replies} == {root["ts"]}
    assert len(replies) == 2


def test_edits_and_deletions_are_followed(office, fake):
    kept = fake.say(ADA, GENERAL, "helo")
    gone = fake.say(ADA, GENERAL, "oh no")
    root = fake.say(ADA, GENERAL, "a root")
    fake.say(BRAM, GENERAL, "its reply", thread_ts=root["ts"])
    fake.edit(GENERAL, kept["ts"], "hello")
    fake.remove(GENERAL, gone["ts"])
    fake.remove(GENERAL, root["ts"])
    office.wait_for_texts("hello", "its reply")


def test_bots_and_notices_are_not_stored(office, fake):
    fake.say(BOT, GENERAL, "Generated in the style of Ada", bot_id="B0FAKEMIMIC")
    fake.say(ADA, GENERAL, "has joined the channel", subtype="channel_join")
    fake.say(ADA, GENERAL, "words")
    office.wait_for_texts("words")


def test_whoever_has_not_agreed_is_not_stored(office, fake):
    office.store.consent.revoke(office.store.members.find("bram").id, actor="subject")
    fake.say(BRAM, GENERAL, "not mine to keep")
    fake.say(ADA, GENERAL, "mine")
    office.wait_for_texts("mine")


def test_an_event_that_is_sent_again_is_taken_once(office, fake):
    event = {"type": "message", "channel": GENERAL, "channel_type": "channel", "user": ADA}
    fake.event({**event, "text": "one", "ts": "1700000001.000100"}, event_id="Ev1")
    fake.event({**event, "text": "two", "ts": "1700000002.000100"}, event_id="Ev1")
    fake.event({**event, "text": "three", "ts": "1700000003.000100"}, event_id="Ev3")
    office.wait_for_texts("one", "three")


def test_private_and_shared_channels_are_walled(office, fake):
    fake.say(ADA, OFFICE, "behind the door")
    fake.say(ADA, PARTNERS, "among partners")
    fake.say(ADA, GENERAL, "in the open")
    office.wait_for_texts("in the open")


def test_a_new_channel_is_looked_up_and_its_history_asked_for(office, fake):
    fake.workspace.channel(RANDOM).members.append(BOT)
    fake.say(ADA, RANDOM, "first")
    office.wait_for_texts("first")
    assert (office.channel("random").kind, office.gaps) == ("public", [1])
    fake.say(ADA, RANDOM, "second")
    office.wait_for_texts("first", "second")
    assert len(fake.called("conversations.info")) == 1


def test_a_new_channel_that_slack_does_not_describe_counts_as_private(office, fake):
    fake.workspace.channel(RANDOM).members.append(BOT)
    fake.state.faults.fail("conversations.info", "error", error="channel_not_found")
    fake.say(ADA, RANDOM, "who is here?")
    office.wait_until(lambda: fake.called("conversations.info"))
    fake.say(ADA, GENERAL, "in the open")
    office.wait_for_texts("in the open")
    fake.say(ADA, RANDOM, "now they say it")
    office.wait_for_texts("in the open", "now they say it")


def test_a_new_shared_channel_is_left_out_without_being_known(office, fake):
    event = {"type": "message", "channel": "C0NEWSHARE", "channel_type": "channel", "user": ADA}
    event |= {"text": "hi", "ts": "1700000001.000100"}
    fake.event(event, is_ext_shared_channel=True)
    fake.say(ADA, GENERAL, "in the open")
    office.wait_for_texts("in the open")
    assert not fake.called("conversations.info")


def test_a_channel_that_turns_private_is_walled_from_then_on(office, fake):
    fake.say(ADA, GENERAL, "in the open")
    office.wait_for_texts("in the open")
    fake.workspace.channel(GENERAL).facts["is_private"] = True
    fake.say(ADA, GENERAL, "behind the door")
    office.wait_until(lambda: office.channel("general").kind == "private")
    assert office.texts() == ["in the open"]
    assert not list(office.store.messages.read())  # no public voice learns from it any more


def test_a_message_deleted_behind_a_wall_is_deleted_here(office, fake):
    said = fake.say(ADA, GENERAL, "in the open")
    office.wait_for_texts("in the open")
    fake.workspace.channel(GENERAL).facts["is_private"] = True
    fake.remove(GENERAL, said["ts"])
    office.wait_for_texts()


def test_members_who_change_their_name_are_known_by_it(office, fake):
    fake.workspace.users[ADA]["name"] = "ada.l"
    fake.event({"type": "user_change", "user": fake.workspace.users[ADA]})
    office.wait_until(lambda: any(m.handle == "ada.l" for m in office.store.members.list()))


def test_members_who_are_deactivated_are_paused(office, fake):
    assert office.store.members.find("carmen").consent == "agreed"
    gone = {**fake.workspace.users[CARMEN], "deleted": True}
    fake.event({"type": "user_change", "user": gone})
    office.wait_until(lambda: office.store.members.find("carmen").consent == "paused")


def test_members_of_other_workspaces_are_not_noted(office, fake):
    stranger = {**fake.workspace.users[DOV], "id": "U0STRANGER", "team_id": "T0OTHER"}
    fake.event({"type": "user_change", "user": {**stranger, "name": "stranger"}})
    fake.event({"type": "user_change", "user": {**fake.workspace.users[ADA], "name": "ada.l"}})
    office.wait_until(lambda: any(m.handle == "ada.l" for m in office.store.members.list()))
    assert "stranger" not in {member.handle for member in office.store.members.list()}


def test_a_renamed_channel_keeps_what_it_is(office, fake):
    fake.workspace.channel(PARTNERS).facts["name"] = "friends"
    fake.event({"type": "channel_rename", "channel": {"id": PARTNERS, "name": "friends"}})
    office.wait_until(lambda: "friends" in {each.name for each in office.store.channels.list()})
    assert office.channel("friends").is_shared


def test_a_deleted_channel_is_learned_from_no_more(office, fake):
    fake.say(ADA, GENERAL, "in the open")
    office.wait_for_texts("in the open")
    del fake.workspace.conversations[GENERAL]
    fake.event({"type": "channel_deleted", "channel": GENERAL})
    office.wait_until(lambda: office.channel("general").kind == "private")
    assert not list(office.store.messages.read())
