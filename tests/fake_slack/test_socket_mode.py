"""The fake's Socket Mode carries an app through hello, envelopes, goodbyes and broken lines."""

import pytest
from slack_bolt.adapter.socket_mode import SocketModeHandler

from tests.fake_slack import ADA, BRAM, GENERAL, FakeSlack
from tests.fake_slack.small_app import build_app


@pytest.fixture(scope="module")
def slack():
    with FakeSlack() as slack:
        app = build_app(slack)
        handler = SocketModeHandler(app, slack.app_token, ping_interval=0.1)
        handler.connect()
        slack.wait_until_connected()
        slack.heard = app.heard
        yield slack
        handler.close()


def test_commands_are_acked_by_envelope(slack):
    answer = slack.command("1", user=BRAM)
    assert answer.is_acked
    slack.wait_for(lambda: slack.shown_for(answer))
    assert slack.command("help", user=BRAM).payload == {"text": "Say a number."}


def test_an_event_may_come_twice(slack):
    event = {"type": "message", "channel": GENERAL, "user": ADA, "text": "hm", "ts": "1.000001"}
    for retry in (None, (1, "http_timeout")):
        assert slack.event(event, event_id="Ev1", retry=retry).is_acked
    slack.wait_for(lambda: len(slack.heard) == 2)


@pytest.mark.parametrize("how", ["warning", "refresh_requested", "reset", "silence"])
def test_an_app_comes_back_after_a_lost_connection(slack, how):
    hellos = slack.sockets.hellos
    if how in ("reset", "silence"):
        slack.sockets.drop(how)
    else:
        slack.sockets.say_goodbye(how)
    slack.wait_for(lambda: slack.sockets.hellos > hellos)
    slack.wait_until_connected()
    assert slack.command("1", user=ADA).is_acked
