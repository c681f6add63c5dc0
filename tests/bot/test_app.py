"""The Bolt app: whose requests it takes, once each, and what it says when something fails."""

import logging
import time

import pytest
from slack_bolt.request import BoltRequest

from bot.app import build_app
from bot.errors import SlackError
from bot.settings import drop_oauth_variables
from tests.bot.slack_bench import ADA, BRAM, GENERAL, TEAM, open_bench
from tests.fake_slack.delivery import Parcel, build_headers
from tests.waiting import wait_until

SECRET = "the blue lamp"


def command(bench, text=f"<@{ADA}>"):
    return bench.slack.build_command(text, user=BRAM, channel=GENERAL)


def previews(bench):
    return [shown for shown in bench.slack.ephemerals if shown.elements]


# --- whose requests


def test_a_signed_command_is_taken(bench):
    parcel = command(bench)
    assert bench.slack.send_signed(parcel).status == 200
    bench.slack.wait_for(lambda: len(previews(bench)) == 1)


@pytest.mark.parametrize("seconds", [-301, -3_600, 400])
def test_a_signature_of_another_time_is_refused(bench, seconds):
    parcel = command(bench)
    assert bench.slack.send_signed(parcel, at=time.time() + seconds).status == 401
    bench.settle()
    assert bench.slack.ephemerals == []


def test_a_forged_signature_is_refused(bench):
    parcel = command(bench)
    assert bench.slack.send_signed(parcel, secret="ffff").status == 401
    bench.settle()
    assert bench.slack.ephemerals == []


@pytest.mark.parametrize("kind", ["command", "click", "event"])
def test_what_is_not_signed_is_refused(bench, kind):
    parcel = Parcel(kind, {"type": "x", "event": {"type": "message"}, "command": "/mimic"})
    headers = {"Content-Type": parcel.content_type}
    assert bench.slack.send_raw(parcel.to_body(), headers).status == 401


def test_a_signature_does_not_fit_another_body(bench):
    parcel = command(bench)
    headers = build_headers(bench.slack.state, parcel, parcel.to_body())
    assert bench.slack.send_raw(parcel.to_body() + "&more=1", headers).status == 401


def test_without_a_signing_secret_no_request_over_http_passes(speaking, fake_slack):
    with open_bench(speaking, fake_slack, slack_signing_secret=None) as bench:
        for secret in ("", fake_slack.signing_secret):
            parcel = command(bench)
            fake_slack.state.signing_secret = secret or fake_slack.signing_secret
            assert fake_slack.send_signed(parcel, secret=secret).status == 401
        assert bench.slack.responses == []


# --- once each


def test_a_replayed_command_is_answered_once(bench):
    parcel = command(bench)
    assert [bench.slack.send_signed(parcel).status for _ in range(3)] == [200, 200, 200]
    bench.slack.wait_for(lambda: bench.slack.responses)
    bench.settle()
    assert len(bench.slack.responses) == 1


def test_the_same_envelope_over_a_socket_is_answered_once(bench):
    payload = command(bench).payload
    for _ in range(2):
        request = BoltRequest(mode="socket_mode", body=payload)
        assert bench.app.dispatch(request).status == 200
    bench.slack.wait_for(lambda: bench.slack.responses)
    bench.settle()
    assert len(bench.slack.responses) == 1


def test_an_event_that_is_sent_again_is_heard_once(bench):
    heard = []
    bench.app.event("pin_added")(lambda event: heard.append(event["item"]))
    for retry in (None, (1, "http_timeout"), (2, "http_timeout")):
        event = {"type": "pin_added", "user": BRAM, "item": "x"}
        assert bench.slack.event(event, event_id="Ev0001", retry=retry).is_acked
    bench.slack.event({"type": "pin_added", "user": BRAM, "item": "y"}, event_id="Ev0002")
    bench.slack.wait_for(lambda: len(heard) == 2)
    assert heard == ["x", "y"]


# --- what nobody listens to


@pytest.mark.parametrize(
    "send",
    [
        lambda slack: slack.command("hi", user=BRAM, channel=GENERAL, command="/other"),
        lambda slack: slack.event({"type": "star_added", "user": BRAM, "text": SECRET}),
        lambda slack: slack.deliver(
            Parcel(
                "click",
                {
                    "type": "block_actions",
                    "user": {"id": BRAM, "team_id": TEAM},
                    "team": {"id": TEAM},
                    "trigger_id": "1.2.3",
                    "actions": [{"action_id": "unknown", "block_id": "b", "value": SECRET}],
                },
            )
        ),
        lambda slack: slack.deliver(
            Parcel(
                "click",
                {
                    "type": "view_submission",
                    "user": {"id": BRAM, "team_id": TEAM},
                    "team": {"id": TEAM},
                    "trigger_id": "1.2.4",
                    "view": {"callback_id": SECRET, "type": "modal"},
                },
            )
        ),
    ],
    ids=["command", "event", "click", "view"],
)
def test_what_nobody_listens_to_is_acknowledged_and_quoted_nowhere(bench, caplog, send):
    caplog.set_level(logging.DEBUG)
    answer = send(bench.slack)
    assert (answer.status, answer.text) == (200, "")
    assert SECRET not in caplog.text


def test_slack_may_check_the_address(bench):
    challenge = Parcel("event", {"type": "url_verification", "challenge": "abc", "token": "x"})
    answer = bench.slack.send_signed(challenge)
    assert (answer.status, answer.payload["challenge"]) == (200, "abc")


def test_the_bots_own_messages_are_left_out(bench):
    heard = []
    bench.app.event("pin_added")(lambda event: heard.append(event))
    bench.slack.event({"type": "pin_added", "user": bench.services.slack.identity.user_id})
    bench.slack.event({"type": "pin_added", "user": BRAM})
    bench.slack.wait_for(lambda: heard)
    assert [event["user"] for event in heard] == [BRAM]


# --- when something fails


def test_a_listener_that_fails_is_answered_for_by_a_number(bench, caplog):
    def fail(ack):
        raise RuntimeError(SECRET)

    bench.app.command("/broken")(fail)
    answer = bench.slack.command(SECRET, user=BRAM, channel=GENERAL, command="/broken")
    assert answer.is_acked
    [shown] = bench.slack.wait_for(lambda: bench.slack.shown_for(answer))
    assert shown.is_ephemeral
    assert shown.text.startswith("Something went wrong on my side. Try again in a minute;")
    [record] = [each for each in caplog.records if each.name == "bot.app"]
    assert shown.text.endswith(f": {record.request}")
    assert record.getMessage() == "A request failed: RuntimeError"
    assert SECRET not in caplog.text


def test_a_listener_that_fails_after_its_ack_is_answered_for(bench):
    def fail(ack):
        ack()
        raise RuntimeError(SECRET)

    bench.app.command("/broken")(fail)
    answer = bench.slack.command("", user=BRAM, channel=GENERAL, command="/broken")
    assert answer.is_acked
    assert bench.slack.wait_for(lambda: bench.slack.shown_for(answer))


def test_an_event_that_failed_may_be_sent_again(bench):
    heard = []

    def fail_first(event):
        heard.append(event)
        if len(heard) == 1:
            raise RuntimeError

    def send():
        bench.slack.event({"type": "pin_added", "user": BRAM}, event_id="Ev0003")
        return len(heard) > 1

    bench.app.event("pin_added")(fail_first)
    wait_until(send)  # what follows a failure takes a moment
    send()
    bench.settle()
    assert len(heard) == 2


def test_nothing_of_a_request_is_logged_even_when_everything_is(bench, caplog):
    for name in ("", "slack_bolt", "slack_sdk", "bot"):
        caplog.set_level(logging.DEBUG, logger=name)
    bench.slack.command(f"<@{ADA}> {SECRET}", user=BRAM, channel=GENERAL)
    bench.slack.send_signed(command(bench, SECRET), secret="forged")
    bench.slack.say(BRAM, GENERAL, SECRET)
    bench.settle()
    assert SECRET not in caplog.text
    assert BRAM not in caplog.text


# --- the environment


def test_an_apps_client_id_in_the_environment_does_not_turn_oauth_on(bench, monkeypatch, caplog):
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "very secret")
    app = build_app(bench.session.settings, bench.services)
    app.listener_runner.listener_executor.shutdown()
    assert app.oauth_flow is None
    assert app.installation_store is None
    assert "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET: ignored" in caplog.text
    assert "very secret" not in caplog.text
    caplog.clear()
    drop_oauth_variables()  # they are gone
    assert caplog.text == ""


def test_an_environment_without_them_is_left_alone(caplog):
    drop_oauth_variables()
    assert caplog.text == ""


def test_a_token_that_slack_does_not_know_is_said_to_be_refused(bench):
    bench.slack.state.revoked.add(bench.slack.bot_token)
    with pytest.raises(SlackError, match=r"Slack does not accept SLACK_BOT_TOKEN"):
        build_app(bench.session.settings, bench.services)
