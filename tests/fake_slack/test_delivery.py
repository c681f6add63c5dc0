"""The fake hands commands, clicks and events to an app over HTTP, or directly."""

import threading
import time

import pytest
import uvicorn
from slack_bolt.adapter.starlette import SlackRequestHandler
from slack_sdk.webhook import WebhookClient
from starlette.applications import Starlette
from starlette.routing import Route

from tests.fake_slack import ADA, GENERAL, FakeSlack
from tests.fake_slack.small_app import build_app


@pytest.fixture
def slack():
    with FakeSlack() as slack:
        yield slack


@pytest.fixture
def app(slack):
    return build_app(slack)


@pytest.fixture
def attached(slack, app):
    slack.attach(app)
    return slack


def test_a_command_is_acked_and_answered_where_it_was_typed(attached):
    answer = attached.command("1", user=ADA)
    assert answer.is_acked
    [shown] = attached.wait_for(lambda: attached.shown_for(answer))
    assert (shown.user_id, shown.channel_id, shown.text) == (ADA, GENERAL, "one")
    assert attached.violations == []


def test_an_answer_in_the_ack_is_shown_too(attached):
    [shown] = attached.shown_for(attached.command("help", user=ADA))
    assert (shown.via, shown.text) == ("ack", "Say a number.")


def test_a_click_replaces_or_deletes_what_was_clicked(attached):
    attached.command("1", user=ADA)
    [shown] = attached.wait_for(lambda: attached.ephemerals)
    attached.click(shown, "again", user=ADA)
    attached.wait_for(lambda: shown.text == "two")
    attached.click(shown, "away", user=ADA)
    attached.wait_for(lambda: shown.is_deleted)
    assert attached.violations == []


def test_to_delete_with_anything_beside_it_is_a_violation(attached):
    attached.command("1", user=ADA)
    [shown] = attached.wait_for(lambda: attached.ephemerals)
    attached.click(shown, "away", user=ADA, value="clumsy")
    attached.wait_for(lambda: attached.violations)
    assert not shown.is_deleted


def test_a_sixth_use_of_a_response_url_is_refused(attached):
    answer = attached.command("6", user=ADA)
    attached.wait_for(lambda: len(attached.responses) == 6)
    assert len(attached.shown_for(answer)) == 5
    assert attached.violations == ["response_url: expired_url"]


def test_a_response_url_dies_after_half_an_hour(slack, app):
    slack.attach(app)
    answer = slack.command("1", user=ADA)
    slack.wait_for(lambda: slack.ephemerals)
    slack.state.clock.skip(31 * 60)
    url = slack.state.response_url(slack.state.interactions[answer.interaction])
    assert WebhookClient(url).send(text="late").body == "expired_url"


def test_forged_and_stale_signatures_are_for_the_app_to_refuse(attached):
    parcel = attached.build_command("1", user=ADA)
    assert attached.send_signed(parcel).status == 200
    assert attached.send_signed(parcel, secret="forged").status == 401
    assert attached.send_signed(parcel, at=time.time() - 301).status == 401
    assert attached.send_raw(parcel.to_body(), {}).status == 401


def test_what_members_say_edit_and_delete_comes_as_events(attached, app):
    ts = attached.say(ADA, GENERAL, "good morning")["ts"]
    attached.edit(GENERAL, ts, "good evening")
    attached.remove(GENERAL, ts)
    attached.wait_for(lambda: len(app.heard) == 3)
    subtypes = {event.get("subtype", "") for event in app.heard}
    assert subtypes == {"", "message_changed", "message_deleted"}


@pytest.fixture
def served(slack, app):
    """Serve the app over HTTP."""
    handler = SlackRequestHandler(app)
    route = Route("/slack/events", handler.handle, methods=["POST"])
    config = uvicorn.Config(Starlette(routes=[route]), port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    slack.app_url = f"http://127.0.0.1:{port}/slack/events"
    yield slack
    server.should_exit = True
    thread.join()


def test_over_http_an_app_is_sent_signed_requests(served):
    answer = served.command("1", user=ADA)
    assert answer.status == 200
    [shown] = served.wait_for(lambda: served.shown_for(answer))
    assert served.click(shown, "again", user=ADA).is_acked
    served.wait_for(lambda: shown.text == "two")
    assert served.send_signed(served.build_command("1", user=ADA), secret="forged").status == 401


def test_an_app_that_cannot_be_reached_is_noted(slack):
    slack.app_url = "http://127.0.0.1:9/slack/events"
    assert slack.command("1", user=ADA).status == 0
    assert len(slack.lost) == 1
