"""The fake as tests use it: start it, act as people in Slack do, and look at what came."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Self, TypeVar

from slack_bolt import App
from slack_sdk import WebClient

from tests.fake_slack import delivery, payloads, response_urls
from tests.fake_slack.clock import Clock
from tests.fake_slack.delivery import Answer, Parcel
from tests.fake_slack.http_server import HttpServer
from tests.fake_slack.limits import Limits, Mode
from tests.fake_slack.recording import Call, File, Home, Response, Shown
from tests.fake_slack.socket_mode import SocketServer
from tests.fake_slack.state import Interaction, State
from tests.fake_slack.workspace import BOT, GENERAL, FakeWorkspace
from tests.waiting import PATIENCE_SECONDS

Payload = dict[str, Any]
Found = TypeVar("Found")


class FakeSlack:
    """A Slack on 127.0.0.1; a context manager.

    What is sent goes to `app_url` if that is set, to the Bolt app given to `attach`, or else over
    Socket Mode. `state` holds what a test may change: `scopes`, `revoked`, `clock_skew_seconds`,
    `pages.is_ragged`, `limits.mode`, `faults`, …

    Args:
        scale: How many of Slack's seconds rate limits see pass in a real one.
    """

    def __init__(
        self,
        workspace: FakeWorkspace | None = None,
        *,
        limits: Mode = "off",
        scale: float = 1.0,
        app_url: str = "",
    ) -> None:
        clock = Clock(scale)
        self.state = State(workspace or FakeWorkspace.small(), clock, Limits(limits, clock))
        self.app_url = app_url
        self._app: App | None = None
        self._http = HttpServer(self.state)
        self.sockets = SocketServer(self.state)
        self.lost: list[Parcel] = []  # what the app did not ack with HTTP 200 in 3 s

    def __enter__(self) -> Self:
        self._http.start()
        self.sockets.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.state.stopping.set()
        self.sockets.stop()
        self._http.stop()

    # --- what an app is set up with

    @property
    def api_url(self) -> str:
        return f"{self.state.http_url}/api/"

    @property
    def bot_token(self) -> str:
        return self.state.bot_token

    @property
    def app_token(self) -> str:
        return self.state.app_token

    @property
    def signing_secret(self) -> str:
        return self.state.signing_secret

    @property
    def workspace(self) -> FakeWorkspace:
        return self.state.workspace

    @property
    def limits(self) -> Limits:
        return self.state.limits

    def client(self) -> WebClient:
        """A bare client of the bot."""
        return WebClient(self.bot_token, base_url=self.api_url)

    def attach(self, app: App) -> None:
        """Send everything straight to this Bolt app from now on, signed as over HTTP."""
        self._app = app

    # --- what people do

    def command(
        self, text: str, *, user: str, channel: str = GENERAL, command: str = "/mimic"
    ) -> Answer:
        """Type a slash command."""
        interaction = self.state.begin(user, channel)
        payload = payloads.build_command(self.state, interaction, command, text)
        answer = self._deliver(Parcel("command", payload), interaction)
        if answer.is_acked:
            response_urls.show_ack(self.state, interaction, answer.payload)
        return answer

    def click(
        self, place: Shown | Home, action_id: str, *, user: str, value: str | None = None
    ) -> Answer:
        """Click a button, or choose `value` in a select, of a message or Home tab."""
        found = [each for each in place.elements if each["action_id"] == action_id]
        if value is not None and len(found) > 1:  # one element of several by its value
            found = [each for each in found if each.get("value") == value] or found
        assert found, f"nothing to click is called {action_id}"
        channel = place.channel_id if isinstance(place, Shown) else ""
        interaction = self.state.begin(user, channel, place)
        action = payloads.build_action(found[0], value)
        payload = payloads.build_click(self.state, interaction, action)
        return self._deliver(Parcel("click", payload), interaction)

    def event(
        self,
        event: Payload,
        *,
        event_id: str | None = None,
        retry: tuple[int, str] | None = None,
        **more: Any,
    ) -> Answer:
        """Send an event; `more` replaces fields of its envelope."""
        payload = payloads.build_event(self.state, event, event_id, **more)
        return self._deliver(Parcel("event", payload, retry), None)

    def say(self, user: str, channel: str, text: str, **more: Any) -> Payload:
        """Let a member write; the app hears of it where the bot is in the channel."""
        message = self.workspace.say(user, channel, text, **more)
        self._tell(channel, message | {"channel": channel})
        return message

    def edit(self, channel: str, ts: str, text: str) -> None:
        """Let a member edit a message."""
        old, new = self.workspace.edit(channel, ts, text=text)
        self._tell(channel, self._change(channel, "message_changed", message=new, previous=old))

    def remove(self, channel: str, ts: str) -> None:
        """Let a member delete a message; a root with replies becomes a tombstone."""
        old = self.workspace.remove(channel, ts)
        grave = self.workspace.channel(channel).messages.get(ts)
        if grave:
            change = self._change(channel, "message_changed", message=grave, previous=old)
        else:
            change = self._change(channel, "message_deleted", deleted_ts=ts, previous=old)
        self._tell(channel, change)

    def open_home(self, user: str) -> Answer:
        """Open the app's Home tab."""
        channel = self.workspace.open_dm(user)
        return self.event(
            {"type": "app_home_opened", "user": user, "channel": channel, "tab": "home"}
        )

    def build_command(self, text: str, *, user: str, channel: str = GENERAL) -> Parcel:
        """A command that was not sent yet, for `send_raw` and `deliver`."""
        interaction = self.state.begin(user, channel)
        payload = payloads.build_command(self.state, interaction, "/mimic", text)
        return Parcel("command", payload)

    def send_raw(self, body: str, headers: dict[str, str]) -> Answer:
        """Send any body with any headers: forged, stale, unsigned."""
        if self._app and not self.app_url:
            return delivery.deliver_to_bolt(self._app, body, headers)
        return delivery.deliver_over_http(self.app_url, body, headers)

    def send_signed(self, parcel: Parcel, *, at: float | None = None, secret: str = "") -> Answer:
        """Send a parcel signed at another time, or with another secret."""
        body = parcel.to_body()
        headers = delivery.build_headers(self.state, parcel, body)
        headers |= delivery.sign(self.state, body, at=at, secret=secret)
        return self.send_raw(body, headers)

    def deliver(self, parcel: Parcel) -> Answer:
        """Send a parcel, maybe once more, in the way in force."""
        if not self.app_url and self._app is None:
            return delivery.deliver_by_socket(self.sockets, parcel)
        return self.send_signed(parcel)

    # --- what was seen

    @property
    def calls(self) -> list[Call]:
        return self.state.record.calls

    @property
    def violations(self) -> list[str]:
        """What the app did that Slack forbids; empty at the end of most tests."""
        return self.state.record.violations

    @property
    def responses(self) -> list[Response]:
        return self.state.record.responses

    @property
    def homes(self) -> list[Home]:
        return self.state.record.homes

    @property
    def files(self) -> list[File]:
        return list(self.state.record.files.values())

    @property
    def posts(self) -> list[Shown]:
        """What the bot wrote for all to see, DMs included."""
        return [shown for shown in self.state.record.shown if not shown.is_ephemeral]

    @property
    def ephemerals(self) -> list[Shown]:
        """What the bot showed to one person in a channel."""
        return [shown for shown in self.state.record.shown if shown.is_ephemeral]

    def dms(self, user: str) -> list[Shown]:
        """What the bot wrote to a member in private."""
        channel = self.workspace.open_dm(user)
        return [shown for shown in self.posts if shown.channel_id == channel]

    def shown_for(self, answer: Answer) -> list[Shown]:
        """What is shown in answer to a command or click, replaced messages included."""
        shown = self.state.record.shown
        return [each for each in shown if answer.interaction in each.interactions]

    def called(self, method: str) -> list[Call]:
        """All calls of one method."""
        return [call for call in self.calls if call.method == method]

    def home_of(self, user: str) -> Home | None:
        """The Home tab as a member sees it."""
        return next((home for home in reversed(self.homes) if home.user_id == user), None)

    def wait_for(
        self, look: Callable[[], Found], timeout_seconds: float = PATIENCE_SECONDS
    ) -> Found:
        """Wait until `look` returns something true, and return that."""
        return self.state.record.wait_for(look, timeout_seconds)

    def wait_until_connected(self, timeout_seconds: float = PATIENCE_SECONDS) -> None:
        """Wait for the app's Socket Mode connection."""
        self.sockets.wait_until_connected(timeout_seconds)

    def _deliver(self, parcel: Parcel, interaction: Interaction | None) -> Answer:
        answer = self.deliver(parcel)
        if not answer.is_acked:
            self.lost.append(parcel)
        return replace(answer, interaction=interaction.id if interaction else "")

    def _tell(self, channel: str, event: Payload) -> None:
        if self.workspace.is_member(BOT, channel):
            kind = "group" if self.workspace.channel(channel).is_private else "channel"
            self.event({**event, "channel_type": kind})

    def _change(self, channel: str, subtype: str, *, previous: Payload, **more: Any) -> Payload:
        event = {"type": "message", "subtype": subtype, "hidden": True, "channel": channel}
        return {**event, "ts": self.workspace.next_ts(), "previous_message": previous, **more}
