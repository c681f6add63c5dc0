"""Slack over a WebSocket that this side opens: no address of ours need be reachable."""

import json
import logging
import time
from collections.abc import Callable

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler

from bot.errors import SlackError
from bot.slack_client import is_trouble, translate_errors

_CONCURRENCY = 20  # dispatches at a time; each only waits for its listener's ack
_PING_SECONDS = 1.0  # the SDK gives a line up after five pings that failed
_RENEWAL_SECONDS = 60.0  # a line that Slack wants renewed is there again long before

_log = logging.getLogger(__name__)


class SocketMode:
    """One connection, kept up by the SDK: it reconnects when Slack asks or the line drops.

    Attributes:
        report_gap: Called when the line is back after it was lost: who knows what was said.
    """

    def __init__(self, app: App, app_token: str) -> None:
        self.report_gap: Callable[[], None] = lambda: None
        self._expected_until = 0.0  # of a line that is begun or renewed, by the monotonic clock
        self._handler = SocketModeHandler(
            app, app_token, concurrency=_CONCURRENCY, ping_interval=_PING_SECONDS
        )
        self._handler.client.on_message_listeners.append(self._hear)

    def start(self) -> None:
        """Connect.

        Raises:
            SlackError: Slack refuses the app token, or cannot be reached.
        """
        self._expect_line()
        try:
            with translate_errors():
                self._handler.connect()  # type: ignore[no-untyped-call]
        except SlackError as error:
            if is_trouble(error.code):
                raise
            raise SlackError(
                f"Slack refuses SLACK_APP_TOKEN ({error.code}): run `mimic init` to check the "
                "tokens.",
                code=error.code,
            ) from None
        _log.info("Connected to Slack by Socket Mode.")

    def is_connected(self) -> bool:
        """Whether requests can come in now."""
        return bool(self._handler.client.is_connected())

    def _expect_line(self) -> None:
        self._expected_until = time.monotonic() + _RENEWAL_SECONDS

    def _hear(self, message: str) -> None:
        """Look at what Slack says of the line itself; requests come in envelopes."""
        if '"envelope_id"' in message or not message.startswith("{"):
            return
        kind = json.loads(message).get("type")
        if kind == "disconnect":
            self._expect_line()
        elif kind == "hello":
            is_expected = time.monotonic() < self._expected_until
            self._expected_until = 0.0
            if not is_expected:
                _log.info("The line to Slack is back: what was missed is read.")
                self.report_gap()

    def close(self) -> None:
        """Take no more requests; what has come in is answered."""
        self._handler.close()  # type: ignore[no-untyped-call]
