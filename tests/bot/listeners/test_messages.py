"""What is written in Slack, through Bolt and into a real store."""

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
)
from tests.waiting import wait_until


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
        wait_until(lambda: self.texts() == sorted(texts))

    def channel(self, name):
        return self.store.channels.find(name)


@pytest.fixture
def office(opened, fake):
    with open_session(Settings.alone(opened)) as session:
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
    wait_until(lambda: fake.called("conversations.info"))
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
    wait_until(lambda: office.channel("general").kind == "private")
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
    wait_until(lambda: any(m.handle == "ada.l" for m in office.store.members.list()))


def test_members_who_are_deactivated_are_paused(office, fake):
    assert office.store.members.find("carmen").consent == "agreed"
    gone = {**fake.workspace.users[CARMEN], "deleted": True}
    fake.event({"type": "user_change", "user": gone})
    wait_until(lambda: office.store.members.find("carmen").consent == "paused")


def test_members_of_other_workspaces_are_not_noted(office, fake):
    stranger = {**fake.workspace.users[DOV], "id": "U0STRANGER", "team_id": "T0OTHER"}
    fake.event({"type": "user_change", "user": {**stranger, "name": "stranger"}})
    fake.event({"type": "user_change", "user": {**fake.workspace.users[ADA], "name": "ada.l"}})
    wait_until(lambda: any(m.handle == "ada.l" for m in office.store.members.list()))
    assert "stranger" not in {member.handle for member in office.store.members.list()}


def test_a_renamed_channel_keeps_what_it_is(office, fake):
    fake.workspace.channel(PARTNERS).facts["name"] = "friends"
    fake.event({"type": "channel_rename", "channel": {"id": PARTNERS, "name": "friends"}})
    wait_until(lambda: "friends" in {each.name for each in office.store.channels.list()})
    assert office.channel("friends").is_shared


def test_a_deleted_channel_is_learned_from_no_more(office, fake):
    fake.say(ADA, GENERAL, "in the open")
    office.wait_for_texts("in the open")
    del fake.workspace.conversations[GENERAL]
    fake.event({"type": "channel_deleted", "channel": GENERAL})
    wait_until(lambda: office.channel("general").kind == "private")
    assert not list(office.store.messages.read())
    office.wait_for_texts()  # and nothing of it is kept


def test_a_channel_that_slack_still_knows_loses_nothing(office, fake):
    fake.say(ADA, GENERAL, "in the open")
    office.wait_for_texts("in the open")
    fake.event({"type": "channel_deleted", "channel": GENERAL})
    wait_until(lambda: len(fake.called("conversations.info")) == 2)
    office.close()
    assert office.texts() == ["in the open"]


def test_where_slack_does_not_say_that_a_channel_is_gone_nothing_is_deleted(office, fake):
    fake.say(ADA, GENERAL, "in the open")
    office.wait_for_texts("in the open")
    fake.state.faults.fail("conversations.info", "error", error="missing_scope", times=9)
    fake.event({"type": "channel_deleted", "channel": GENERAL})
    wait_until(lambda: len(fake.called("conversations.info")) == 2)
    office.close()
    assert office.texts() == ["in the open"]


def test_a_channel_that_two_workspaces_share_is_heard_in_this_one(office, fake):
    facts = fake.workspace.channel(GENERAL).facts
    office.store.channels.register([facts], team_id="T0ANOTHER1", kind="public")
    fake.say(ADA, GENERAL, "hello")
    office.wait_for_texts("hello")


def test_that_a_thread_was_answered_says_nothing_new(office, fake):
    root = fake.say(ADA, GENERAL, "a root")
    office.wait_for_texts("a root")
    told = {"type": "message", "subtype": "message_replied", "channel": GENERAL, "hidden": True}
    told |= {"message": {**root, "text": "a root of another kind", "reply_count": 1}}
    fake.event({**told, "ts": root["ts"], "channel_type": "channel"})
    del told["subtype"]  # so it comes over the Events API
    fake.event({**told, "ts": "1700000001.000100", "channel_type": "channel"})
    fake.say(BRAM, GENERAL, "its reply", thread_ts=root["ts"])
    office.wait_for_texts("a root", "its reply")


def test_a_new_member_is_known_by_name_before_anybody_writes_it(office, fake):
    zoe = fake.workspace.add_user("U0FAKEZOE", "zoe.p", "Zoe Pallister")
    fake.event({"type": "team_join", "user": zoe})
    wait_until(lambda: any(m.handle == "zoe.p" for m in office.store.members.list()))
    fake.say(ADA, GENERAL, "welcome Pallister")
    office.wait_for_texts("welcome <name>")


def test_a_change_of_a_member_is_seen_at_once(office, fake):
    assert office.services.slack.recall_user(ADA)["name"] == "ada"
    fake.workspace.users[ADA]["name"] = "ada.l"
    fake.event({"type": "user_change", "user": fake.workspace.users[ADA]})
    wait_until(lambda: office.services.slack.recall_user(ADA)["name"] == "ada.l")


def convert(fake, channel, *, is_private):
    fake.workspace.channel(channel).facts["is_private"] = is_private
    subtype = f"channel_convert_to_{'private' if is_private else 'public'}"
    fake.say(ADA, channel, "", subtype=subtype)


def test_a_conversion_to_private_and_back_is_followed_before_anybody_writes(office, fake):
    convert(fake, GENERAL, is_private=True)
    wait_until(lambda: office.channel("general").kind == "private")
    convert(fake, GENERAL, is_private=False)
    wait_until(lambda: office.channel("general").kind == "public")
    fake.say(ADA, GENERAL, "in the open")
    office.wait_for_texts("in the open")


@pytest.mark.parametrize(
    "name",
    [
        "channel_archive", "channel_created", "channel_rename", "channel_shared",
        "channel_unarchive", "channel_unshared", "group_archive", "group_rename",
        "group_unarchive",
    ],
)  # fmt: skip
def test_whatever_is_said_of_a_channel_slack_is_asked_how_it_is_now(office, fake, name):
    facts = fake.workspace.channel(GENERAL).facts
    office.services.slack.recall_channel(GENERAL)  # as it was is remembered
    facts["is_ext_shared"] = True
    names_it = name.endswith(("_rename", "_created"))
    fake.event({"type": name, "channel": {"id": GENERAL} if names_it else GENERAL})
    wait_until(lambda: office.channel("general").is_shared)
    fake.event({"type": name, "channel": "C0UNKNOWN1"})  # nothing is noted of others
    assert len(office.store.channels.list()) == 3


def test_a_private_channel_that_is_deleted_stays_shut(office, fake):
    del fake.workspace.conversations[OFFICE]
    fake.event({"type": "group_deleted", "channel": OFFICE})
    wait_until(lambda: fake.called("conversations.info"))
    assert office.channel("office").kind == "private"


def test_who_leaves_a_private_channel_hears_it_no_more_though_slack_s_list_is_late(office, fake):
    slack = office.services.slack
    assert slack.is_in_channel(ADA, OFFICE)
    move = {"user": ADA, "channel": OFFICE, "channel_type": "G"}
    fake.event({"type": "member_left_channel", **move})
    wait_until(lambda: not slack.is_in_channel(ADA, OFFICE))
    assert slack.is_in_channel(CARMEN, OFFICE)
    fake.event({"type": "member_joined_channel", **move})
    wait_until(lambda: slack.is_in_channel(ADA, OFFICE))


def test_who_joins_a_private_channel_hears_it_at_once(office, fake):
    slack = office.services.slack
    assert not slack.is_in_channel(BRAM, OFFICE)
    fake.workspace.channel(OFFICE).members.append(BRAM)
    fake.event({"type": "member_joined_channel", "user": BRAM, "channel": OFFICE})
    wait_until(lambda: slack.is_in_channel(BRAM, OFFICE))
    assert office.gaps == []


def test_where_the_bot_is_invited_the_history_is_asked_for(office, fake):
    fake.workspace.channel(RANDOM).members.append(BOT)
    fake.event({"type": "member_joined_channel", "user": BOT, "channel": RANDOM})
    wait_until(lambda: office.gaps == [1])


@pytest.mark.parametrize(
    ("name", "more"),
    [("channel_left", {}), ("group_left", {}), ("member_left_channel", {"user": BOT})],
)
def test_where_the_bot_is_removed_nobody_hears_a_private_channel_any_more(office, fake, name, more):
    slack = office.services.slack
    assert slack.is_in_channel(CARMEN, OFFICE)
    fake.workspace.channel(OFFICE).members.remove(BOT)
    fake.event({"type": name, "channel": OFFICE, **more})
    wait_until(lambda: not slack.is_in_channel(CARMEN, OFFICE))
    assert slack.recall_channel(OFFICE) is None


def give_new_id(fake, old_id, new_id):
    conversation = fake.workspace.conversations.pop(old_id)
    conversation.facts["id"] = new_id
    fake.workspace.conversations[new_id] = conversation
    return {"type": "channel_id_changed", "old_channel_id": old_id, "new_channel_id": new_id}


def test_a_channel_with_a_new_id_stays_the_same_channel(office, fake):
    said = fake.say(ADA, GENERAL, "one")
    late = {"type": "message", "channel": GENERAL, "channel_type": "channel", "user": BRAM}
    office.wait_for_texts("one")
    row = office.channel("general").id
    moved = give_new_id(fake, GENERAL, "C0FAKENEW1")
    for _ in range(2):  # once or twice is the same
        fake.event(moved)
    fake.event({**late, "text": "late", "ts": "1700000002.000100"})  # under the former id
    fake.edit("C0FAKENEW1", said["ts"], "one!")
    office.wait_for_texts("one!", "late")
    assert {name for name, *_ in list_rows(office.store)} == {"C0FAKENEW1"}
    assert office.channel("C0FAKENEW1").id == row


def test_what_came_under_a_new_id_before_slack_told_of_it_is_joined(office, fake):
    said = fake.say(ADA, GENERAL, "one")
    office.wait_for_texts("one")
    moved = give_new_id(fake, GENERAL, "C0FAKENEW1")
    fake.say(BRAM, "C0FAKENEW1", "two")
    fake.remove("C0FAKENEW1", said["ts"])
    office.wait_for_texts("one", "two")
    fake.event(moved)
    office.wait_for_texts("two")
    assert {name for name, *_ in list_rows(office.store)} == {"C0FAKENEW1"}
