"""The gateway to Slack: what it asks, remembers and tries again, and what it says when it fails."""

import logging

import pytest
from pydantic import SecretStr

from bot.errors import InvalidSetting, NotInChannel, SlackError
from bot.settings import Settings
from bot.slack import Slack, build_client
from tests.fake_slack import (
    ADA,
    BOT,
    BRAM,
    CARMEN,
    DOV,
    GENERAL,
    OFFICE,
    RANDOM,
    TEAM,
    FakeSlack,
    FakeWorkspace,
)

HELLO = {"text": "hello", "blocks": []}
SECRET = "the blue lamp"


@pytest.fixture
def fake():
    with FakeSlack(FakeWorkspace.small()) as fake:
        yield fake


@pytest.fixture
def slack(fake, tmp_path):
    settings = Settings.alone(tmp_path).model_copy(
        update={"slack_bot_token": SecretStr(fake.bot_token), "slack_api_url": fake.api_url}
    )
    return Slack(build_client(settings), admins=("U0OPERATOR",))


def begin(fake, user=BRAM, channel=GENERAL) -> str:
    """A command's response URL."""
    return fake.build_command("", user=user, channel=channel).payload["response_url"]


def test_a_client_needs_a_token(tmp_path):
    with pytest.raises(InvalidSetting, match="SLACK_BOT_TOKEN is missing"):
        build_client(Settings.alone(tmp_path))


def test_the_bot_knows_who_it_is_and_asks_once(slack, fake):
    assert (slack.identity.team_id, slack.identity.user_id) == (TEAM, BOT)
    assert len(fake.called("auth.test")) == 1


def test_a_token_that_slack_does_not_know_is_named(slack, fake):
    fake.state.revoked.add(fake.bot_token)
    with pytest.raises(
        SlackError, match=r"Slack refuses SLACK_BOT_TOKEN \(\w+\): run `mimic init`"
    ):
        assert slack.identity


# --- people


def test_a_member_is_found_and_a_stranger_is_not(slack):
    assert slack.find_user(ADA)["name"] == "ada"
    assert slack.find_user("U0NOBODY") is None


def test_a_member_is_remembered_where_that_is_enough(slack, fake):
    for _ in range(3):
        assert slack.recall_user(ADA)["name"] == "ada"
    assert len(fake.called("users.info")) == 1


def test_admins_are_the_settings_and_slacks_own(slack, fake):
    fake.workspace.users[BRAM]["is_owner"] = True
    fake.workspace.users[DOV]["is_admin"] = True  # but deactivated
    assert [slack.is_admin(user) for user in ("U0OPERATOR", CARMEN, BRAM)] == [True] * 3
    assert [slack.is_admin(user) for user in (ADA, DOV, "U0NOBODY")] == [False] * 3


def test_who_is_an_admin_is_asked_every_time(slack, fake):
    assert slack.is_admin(CARMEN)
    fake.workspace.users[CARMEN]["is_admin"] = False
    assert not slack.is_admin(CARMEN)


# --- conversations


def test_members_of_a_channel_are_read_to_the_last_page(slack, fake):
    crowd = [f"U0FAKE{number:05}" for number in range(2_300)]
    fake.workspace.channel(RANDOM).members += crowd
    assert slack.is_in_channel(crowd[-1], RANDOM)
    assert not slack.is_in_channel("U0NOBODY", RANDOM)
    assert len(fake.called("conversations.members")) <= 3


def test_a_channel_that_cannot_be_seen_has_nobody_in_it(slack, fake):
    fake.workspace.channel(OFFICE).members.remove(BOT)
    assert not slack.is_in_channel(ADA, OFFICE)
    assert slack.recall_channel(OFFICE) is None
    assert slack.recall_channel("C0NOWHERE") is None


def test_without_the_scope_a_private_channel_cannot_be_seen(slack, fake):
    fake.state.scopes -= {"groups:read"}
    assert not slack.is_in_channel(ADA, OFFICE)
    assert slack.recall_channel(OFFICE) is None


def test_a_channel_is_remembered(slack, fake):
    assert slack.recall_channel(OFFICE)["is_private"]
    assert slack.recall_channel(OFFICE)["is_private"]
    assert len(fake.called("conversations.info")) == 1


# --- messages


def test_messages_go_out_without_previews_and_without_pings(slack, fake):
    slack.post(GENERAL, HELLO)
    slack.dm(ADA, HELLO)
    for call in fake.called("chat.postMessage"):
        assert str(call.arguments["unfurl_links"]).lower() in ("0", "false")
        assert str(call.arguments["unfurl_media"]).lower() in ("0", "false")
        assert call.arguments["parse"] == "none"


def test_a_dm_says_where_it_went(slack, fake):
    assert slack.dm(ADA, HELLO) == fake.workspace.open_dm(ADA)
    [shown] = fake.dms(ADA)
    assert shown.text == "hello"


def test_a_message_can_be_changed_and_removed(slack, fake):
    ts = slack.post(GENERAL, HELLO)
    slack.update(GENERAL, ts, {"text": "changed", "blocks": []})
    assert fake.posts[0].text == "changed"
    slack.delete(GENERAL, ts)
    assert fake.posts[0].is_deleted


def test_removing_what_is_gone_is_no_error(slack):
    ts = slack.post(GENERAL, HELLO)
    slack.delete(GENERAL, ts)
    slack.delete(GENERAL, ts)


@pytest.mark.parametrize("channel", [RANDOM, "C0NOWHERE"])
def test_where_the_bot_is_no_member_it_cannot_post(slack, channel):
    with pytest.raises(NotInChannel):
        slack.post(channel, HELLO)


def test_what_slack_refuses_is_said_by_its_code_alone(slack, fake):
    fake.workspace.channel(GENERAL).facts["is_archived"] = True
    with pytest.raises(SlackError) as refused:
        slack.post(GENERAL, {"text": SECRET, "blocks": []})
    assert refused.value.code == "is_archived"
    assert SECRET not in str(refused.value)
    assert refused.value.__suppress_context__


def test_a_response_url_shows_replaces_and_deletes(slack, fake):
    url = begin(fake)
    slack.respond(url, HELLO)
    slack.respond(url, HELLO, in_channel=True)
    assert [response.payload["response_type"] for response in fake.responses] == [
        "ephemeral",
        "in_channel",
    ]
    assert all(not response.payload["unfurl_links"] for response in fake.responses)
    assert fake.violations == []


def test_deleting_by_a_response_url_says_nothing_else(slack, fake):
    with pytest.raises(SlackError):  # a command has no original
        slack.respond(begin(fake), delete=True)
    assert fake.responses[0].payload == {"delete_original": True}


def test_a_response_url_that_is_used_up_is_an_error(slack, fake):
    url = begin(fake)
    for _ in range(5):
        slack.respond(url, HELLO)
    with pytest.raises(SlackError) as refused:
        slack.respond(url, HELLO)
    assert refused.value.code == "expired_url"


def test_a_home_and_a_picture_arrive(slack, fake):
    slack.publish_home(ADA, {"type": "home", "blocks": [{"type": "divider"}]})
    assert fake.home_of(ADA)
    channel = slack.dm(ADA, HELLO)
    slack.upload_picture(channel, b"\x89PNG", title="Progress", alt_text="A falling line")
    [picture] = fake.files
    assert (picture.content, picture.channel_id) == (b"\x89PNG", channel)
    assert (picture.title, picture.alt_text) == ("Progress", "A falling line")


# --- when Slack fails


@pytest.mark.parametrize("kind", ["500", "503", "reset"])
def test_what_only_reads_is_asked_again_where_slack_stumbles(slack, fake, kind):
    fake.state.faults.fail("users.info", kind)
    assert slack.find_user(ADA)["name"] == "ada"


def test_a_rate_limit_is_waited_for(slack, fake):
    fake.state.faults.fail("chat.postMessage", "ratelimited", seconds=0)
    slack.post(GENERAL, HELLO)
    assert len(fake.posts) == 1


def test_a_long_rate_limit_is_not_waited_for(slack, fake):
    fake.state.faults.fail("users.info", "ratelimited", seconds=300, times=5)
    with pytest.raises(SlackError) as refused:
        slack.find_user(ADA)
    assert refused.value.code == "ratelimited"


@pytest.mark.parametrize("kind", ["500", "reset"])
def test_a_post_is_never_tried_twice_for_it_could_appear_twice(slack, fake, kind):
    fake.state.faults.fail("chat.postMessage", kind)
    with pytest.raises(SlackError):
        slack.post(GENERAL, HELLO)
    assert len(fake.posts) <= 1


def test_an_answer_is_tried_again_where_slack_stumbles(slack, fake):
    fake.state.faults.fail("response_url", "500")
    slack.respond(begin(fake), HELLO)
    assert len(fake.ephemerals) == 1


def test_a_slack_that_stays_silent_is_an_error_that_quotes_nobody(slack, fake):
    fake.state.faults.fail("users.info", "html", times=9)
    with pytest.raises(SlackError, match="Slack cannot be reached or does not answer now"):
        slack.find_user(ADA)


def test_a_slack_that_cannot_be_reached_is_an_error(slack, fake):
    slack.client.base_url = "http://127.0.0.1:9/api/"
    slack.client.retry_handlers.clear()
    with pytest.raises(SlackError, match="Slack cannot be reached"):
        slack.find_user(ADA)


def test_nothing_that_was_said_is_logged_even_when_everything_is(slack, fake, caplog):
    caplog.set_level(logging.DEBUG)
    slack.post(GENERAL, {"text": SECRET, "blocks": []})
    slack.respond(begin(fake), {"text": SECRET, "blocks": []})
    fake.state.faults.fail("chat.postMessage", "html", times=9)
    with pytest.raises(SlackError):
        slack.post(GENERAL, {"text": SECRET, "blocks": []})
    assert SECRET not in caplog.text
