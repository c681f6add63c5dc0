"""Slack over a WebSocket that this side opens: no address of ours need be reachable."""

import logging

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler

from bot.errors import SlackError
from bot.slack_client import is_trouble, translate_errors

_CONCURRENCY = 20  # dispatches at a time; each only waits for its listener's ack
_PING_SECONDS = 1.0  # the SDK gives a line up after five pings that failed

_log = logging.getLogger(__name__)


class SocketMode:
    """One connection, kept up by the SDK: it reconnects when Slack asks or the line drops."""

    def __init__(self, app: App, app_token: str) -> None:
        self._handler = SocketModeHandler(
            app, app_token, concurrency=_CONCURRENCY, ping_interval=_PING_SECONDS
        )

    def start(self) -> None:
        """Connect.

        Raises:
            SlackError: Slack refuses the app token, or cannot be reached.
        """
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

    def close(self) -> None:
        """Take no more requests; what has come in is answered."""
        self._handler.close()  # type: ignore[no-untyped-call]
