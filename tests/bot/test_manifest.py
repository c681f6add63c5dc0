"""The manifest says what the app does: no more, no less, within Slack's limits."""

import ast
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bot import manifest as manifests
from bot.listeners import register_listeners
from bot.manifest import build_manifest, link_new_app, list_scopes
from bot.services import build_services
from bot.session import open_session
from bot.slack import Slack
from bot.views import ids
from tests.fake_slack import FakeSlack
from tests.fake_slack.scopes import EVENT_SCOPES, SCOPES

ROOT = Path(__file__).parents[2]
LONGEST = {"name": 35, "description": 140, "long_description": 4000}
READING = {"*:read": "channels:read", "*:history": "channels:history"}


@pytest.fixture(params=[False, True], ids=["public", "private"])
def manifest(request):
    return build_manifest(is_private=request.param)


def test_it_keeps_to_slack_s_limits(manifest):
    texts = manifest["display_information"]
    assert all(len(texts[name]) <= most for name, most in LONGEST.items())
    assert len(texts["long_description"]) >= 174
    features = manifest["features"]
    assert len(features["bot_user"]["display_name"]) <= 80
    [command] = features["slash_commands"]
    assert len(command["command"]) <= 32
    assert len(command["usage_hint"]) <= 1000
    assert command["should_escape"] is True


def test_by_socket_mode_it_names_no_address(manifest):
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert "url" not in re.sub(r"\burl_", "", json.dumps(manifest))


@pytest.mark.parametrize(
    "url", ["https://m.example.org", "https://m.example.org/", "https://m.example.org/slack/events"]
)
def test_over_http_everything_goes_to_one_address(mimic, url):
    outcome = mimic("manifest", "--url", url)
    manifest = json.loads(outcome.out)
    addresses = set(re.findall(r"https://[^\"]+", outcome.out))
    assert addresses == {"https://m.example.org/slack/events"}
    assert manifest["settings"]["socket_mode_enabled"] is False


@pytest.mark.parametrize("url", ["http://m.example.org", "m.example.org", "https://", "ftp://x"])
def test_an_address_that_slack_cannot_use_is_misuse(mimic, url):
    assert mimic("manifest", "--url", url).code == 2


def test_private_channels_are_only_read_when_asked_for(mimic):
    assert "groups" not in mimic("manifest").out
    private = json.loads(mimic("manifest", "--private").out)
    assert {"groups:read", "groups:history"} <= set(private["oauth_config"]["scopes"]["bot"])
    assert "message.groups" in private["settings"]["event_subscriptions"]["bot_events"]


def test_the_link_carries_the_whole_manifest(manifest):
    query = parse_qs(urlsplit(link_new_app(manifest)).query)
    assert json.loads(query["manifest_json"][0]) == manifest


def test_every_event_has_the_scope_that_slack_wants_for_it(manifest):
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    needed = {EVENT_SCOPES[event] for event in events} - {""}
    assert needed <= set(manifest["oauth_config"]["scopes"]["bot"])
    own = {**manifests.EVENTS, **manifests.PRIVATE_EVENTS}
    assert all(EVENT_SCOPES[event] == scope for event, scope in own.items())


class Listeners:
    """Stands in for Bolt's app, and keeps what it is told to listen to."""

    def __init__(self):
        self.events, self.commands, self.actions = set(), set(), set()

    def event(self, name):
        return self._keep(self.events, name)

    def command(self, name):
        return self._keep(self.commands, name)

    def action(self, name):
        return self._keep(self.actions, name)

    def _keep(self, place, name):
        place.add(name)
        return lambda listener: listener


@pytest.fixture
def listeners():
    found = Listeners()
    with FakeSlack() as fake, open_session() as session:
        services = build_services(session, Slack(fake.client()))
        register_listeners(found, services)
        services.errands.close(1)
        services.desk.close(1)
    return found


def test_what_slack_is_asked_for_is_what_is_listened_to(listeners):
    asked = {event.partition(".")[0] for event in {**manifests.EVENTS, **manifests.PRIVATE_EVENTS}}
    assert listeners.events == asked
    assert listeners.commands == {manifests.COMMAND}


def test_every_button_has_its_listener(listeners):
    named = {value for name, value in vars(ids).items() if name.isupper()}
    assert listeners.actions == named


def test_every_method_that_is_called_has_its_scope():
    needed = {SCOPES[method] for method in find_methods()} - {""}
    needed = {READING.get(scope, scope) for scope in needed} - {"connections:write"}
    assert needed <= set(list_scopes())


def test_every_scope_is_used():
    called = {READING.get(SCOPES[method], SCOPES[method]) for method in find_methods()}
    of_events = {EVENT_SCOPES[event] for event in manifests.EVENTS}
    assert set(list_scopes()) <= called | of_events | {"commands"}


def test_the_page_on_connecting_names_every_scope_and_has_six_steps_at_most():
    page = (ROOT / "docs" / "connect.md").read_text("utf-8")
    named = set(re.findall(r"`([a-z]+:[a-z]+)`|`(commands)`", page))
    scopes = {scope or command for scope, command in named}
    assert scopes == {*list_scopes(is_private=True), "connections:write"}
    assert len(re.findall(r"^\d\. ", page, re.MULTILINE)) <= 6


def find_methods():
    """Every Web API method that the bot's code calls, by name or as a method of the client."""
    known = {method.replace(".", "_"): method for method in SCOPES} | {
        method: method for method in SCOPES
    }
    known |= {"files_upload_v2": "files.completeUploadExternal"}
    found = set()
    for room in (ROOT / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(room.read_text("utf-8"))):
            word = getattr(node, "attr", None) or getattr(node, "value", None)
            if isinstance(word, str) and word in known:
                found.add(known[word])
    return found
