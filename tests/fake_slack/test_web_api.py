"""The fake's Web API does to slack_sdk's client what Slack's does."""

import time

import pytest
from slack_sdk.errors import SlackApiError

from tests.fake_slack import ADA, BRAM, CARMEN, GENERAL, OFFICE, RANDOM, FakeSlack, FakeWorkspace


@pytest.fixture
def slack():
    with FakeSlack() as slack:
        yield slack


@pytest.fixture
def client(slack):
    return slack.client()


def error_of(call, **arguments):
    with pytest.raises(SlackApiError) as caught:
        call(**arguments)
    return caught.value.response["error"]


def read_all(call, key, **arguments):
    """Follow cursors to the end; return the pages."""
    pages, cursor = [], ""
    while True:
        response = call(**arguments, cursor=cursor)
        pages.append(response[key])
        cursor = (response.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return pages


def test_it_starts_and_stops_at_once():
    start = time.perf_counter()
    with FakeSlack() as slack:
        slack.client().auth_test()
    assert time.perf_counter() - start < 0.5


def test_auth_test_tells_the_bot_its_team_and_its_scopes(slack, client):
    response = client.auth_test()
    assert response["team_id"] == slack.workspace.team_id
    assert "chat:write" in response.headers["x-oauth-scopes"].split(",")


@pytest.mark.parametrize(
    ("token", "error"),
    [("xoxb-wrong", "invalid_auth"), ("xapp-1-A0FAKEMIMIC-3000-fakeapptoken", "not_allowed_token")],
)
def test_a_wrong_token_is_refused(client, token, error):
    client.token = token
    assert error_of(client.users_list).startswith(error)


def test_a_missing_scope_is_named(slack, client):
    slack.state.scopes.discard("groups:read")
    with pytest.raises(SlackApiError) as caught:
        client.conversations_list(types="public_channel,private_channel")
    assert caught.value.response["needed"] == "groups:read"


def test_history_comes_newest_first_in_pages_that_may_be_short_or_empty(slack, client):
    slack.state.pages.is_ragged = True
    sent = [slack.workspace.say(ADA, GENERAL, f"number {n}")["ts"] for n in range(23)]
    pages = read_all(client.conversations_history, "messages", channel=GENERAL, limit=4)
    assert [message["ts"] for page in pages for message in page] == sent[::-1]
    assert {0, 2, 4} <= {len(page) for page in pages}


def test_the_edges_of_a_window_are_left_out_unless_asked_for(slack, client):
    ts = [slack.workspace.say(ADA, GENERAL, "hm")["ts"] for _ in range(4)]
    window = {"channel": GENERAL, "oldest": ts[0], "latest": ts[3]}
    inner = client.conversations_history(**window)["messages"]
    assert [message["ts"] for message in inner] == [ts[2], ts[1]]
    assert len(client.conversations_history(**window, inclusive=True)["messages"]) == 4


def test_a_thread_gives_its_root_on_every_page_and_history_hides_its_replies(slack, client):
    root = slack.workspace.say(ADA, GENERAL, "tea?")["ts"]
    for n in range(5):
        slack.workspace.say(BRAM, GENERAL, f"yes {n}", thread_ts=root)
    pages = read_all(client.conversations_replies, "messages", channel=GENERAL, ts=root, limit=3)
    assert [page[0]["ts"] for page in pages] == [root] * 3
    assert sum(len(page) - 1 for page in pages) == 5
    [shown] = client.conversations_history(channel=GENERAL)["messages"]
    assert shown["reply_count"] == 5


def test_channels_the_bot_is_not_in_stay_closed(slack, client):
    assert error_of(client.conversations_history, channel=RANDOM) == "not_in_channel"
    assert error_of(client.chat_postMessage, channel=RANDOM, text="hi") == "not_in_channel"
    slack.workspace.channel(OFFICE).members.remove("U0FAKEMIMIC")
    assert error_of(client.conversations_info, channel=OFFICE) == "channel_not_found"


def test_members_are_listed_by_cursor(client):
    pages = read_all(client.users_list, "members", limit=3)
    assert [len(page) for page in pages] == [3, 3, 1]
    assert error_of(client.users_info, user="U0NOBODY1") == "user_not_found"
    assert client.users_info(user=CARMEN)["user"]["is_admin"]


def test_normal_limits_let_a_tier_through_and_then_ask_to_wait(slack, client):
    slack.limits.mode = "normal"
    for _ in range(20):
        client.users_conversations()
    with pytest.raises(SlackApiError) as caught:
        client.users_conversations()
    assert caught.value.response.status_code == 429
    assert 1 <= int(caught.value.response.headers["Retry-After"]) <= 3


def test_the_restricted_floor_gives_15_messages_a_minute(slack, client):
    for n in range(20):
        slack.workspace.say(ADA, GENERAL, f"number {n}")
    slack.limits.mode = "restricted"
    page = client.conversations_history(channel=GENERAL, limit=200)
    assert len(page["messages"]) == 15
    assert page["has_more"]
    assert error_of(client.conversations_history, channel=GENERAL) == "ratelimited"
    slack.state.clock.skip(60)
    client.conversations_history(channel=GENERAL)


def test_a_scaled_clock_makes_a_minute_short():
    with FakeSlack(limits="restricted", scale=6000) as slack:
        client = slack.client()
        client.conversations_history(channel=GENERAL)
        time.sleep(0.02)
        client.conversations_history(channel=GENERAL)


@pytest.mark.parametrize("kind", ["500", "html", "truncated", "reset", "ratelimited", "error"])
def test_the_nth_call_can_be_made_to_fail(slack, client, kind):
    client.retry_handlers = []
    slack.state.faults.fail("auth.test", kind, nth=2)
    client.auth_test()
    with pytest.raises((SlackApiError, OSError)):
        client.auth_test()
    client.auth_test()


def test_what_is_posted_is_recorded_and_can_be_changed_and_deleted(slack, client):
    ts = client.chat_postMessage(channel=GENERAL, text="hello")["ts"]
    client.chat_update(channel=GENERAL, ts=ts, text="hello you")
    [post] = slack.posts
    assert post.text == "hello you"
    client.chat_delete(channel=GENERAL, ts=ts)
    assert post.is_deleted
    assert error_of(client.chat_delete, channel=GENERAL, ts=ts) == "message_not_found"
    theirs = slack.workspace.say(ADA, GENERAL, "mine")["ts"]
    assert error_of(client.chat_delete, channel=GENERAL, ts=theirs) == "cant_delete_message"


def test_a_post_to_a_member_is_a_dm(slack, client):
    channel = client.chat_postMessage(channel=ADA, text="psst")["channel"]
    assert channel.startswith("D")
    assert [shown.text for shown in slack.dms(ADA)] == ["psst"]


def test_blocks_beyond_the_limits_are_refused_and_noted(slack, client):
    header = {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}
    error = error_of(client.chat_postMessage, channel=GENERAL, text="x", blocks=[header])
    assert error == "invalid_blocks"
    assert slack.violations


def test_a_picture_can_be_uploaded(slack, client):
    client.files_upload_v2(
        channel=GENERAL, content=b"\x89PNG", filename="loss.png", title="Loss", alt_txt="Falling"
    )
    [file] = slack.files
    assert (file.content, file.title, file.alt_text) == (b"\x89PNG", "Loss", "Falling")
    assert file.channel_id == GENERAL


def test_a_home_tab_is_published(slack, client):
    text = {"type": "plain_text", "text": "Hello"}
    blocks = [{"type": "section", "text": text}]
    client.views_publish(user_id=ADA, view={"type": "home", "blocks": blocks})
    assert slack.home_of(ADA).words == "Hello"


def test_the_sample_export_becomes_a_workspace(tmp_path):
    from bot.sample import write_sample_workspace

    write_sample_workspace(tmp_path / "export.zip")
    workspace = FakeWorkspace.from_export(tmp_path / "export.zip")
    with FakeSlack(workspace) as slack:
        channels = slack.client().users_conversations()["channels"]
        assert {channel["name"] for channel in channels} == {"general", "engineering"}
        page = slack.client().conversations_history(channel=channels[0]["id"], limit=200)
    assert len(page["messages"]) == 200
    assert "user_profile" not in page["messages"][0]
