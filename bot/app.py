"""The Bolt app: whose requests are taken, once each, and what is said when something fails."""

import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import App, BoltContext, BoltRequest, BoltResponse
from slack_bolt.error import BoltError, BoltUnhandledRequestError
from slack_sdk.errors import SlackApiError

from bot.errors import SlackError
from bot.listeners import register_listeners
from bot.repeats import Repeats
from bot.services import Services
from bot.settings import Settings, drop_oauth_variables
from bot.slack import Slack
from bot.slack_client import build_quiet_logger
from bot.views.refusals import build_failure

_log = logging.getLogger(__name__)

Next = Callable[[], object]


def build_app(settings: Settings, services: Services) -> App:
    """Build the app with all its listeners.

    Requests over HTTP must carry Slack's signature, not older than five minutes; the bot's own
    events are left out.

    Raises:
        SlackError: Slack does not accept the bot's token.
    """
    drop_oauth_variables()
    secret = settings.slack_signing_secret
    try:
        app = App(
            name="mimic",
            client=services.slack.client,
            # without one nothing may pass: an empty secret is one that anybody knows
            signing_secret=secret.get_secret_value() if secret else secrets.token_hex(32),
            logger=build_quiet_logger(),  # Bolt quotes requests, and those hold people's text
            raise_error_for_unhandled_request=True,
        )
    except (BoltError, SlackApiError, OSError):
        raise SlackError("Slack does not accept SLACK_BOT_TOKEN: run `mimic init`.") from None
    app.middleware(_build_gate(services.repeats))
    app.error(_build_error_handler(services.slack, services.repeats))
    register_listeners(app, services)
    return app


def _build_gate(repeats: Repeats) -> Callable[..., BoltResponse | None]:
    def pass_once(request: BoltRequest, context: BoltContext, next: Next) -> BoltResponse | None:  # noqa: A002
        """Name a request for the log; what came before is acknowledged and left at that."""
        context["request"] = secrets.token_hex(5)
        context["envelope"] = find_envelope(request.body)
        if context["envelope"] and not repeats.is_new("envelope", context["envelope"]):
            return BoltResponse(status=200, body="")
        next()
        return None

    return pass_once


def find_envelope(body: Mapping[str, Any]) -> str:
    """Return what only repetitions of a request share: an event's id, or a trigger's; or ""."""
    return str(body.get("event_id") or body.get("trigger_id") or "")


def _build_error_handler(slack: Slack, repeats: Repeats) -> Callable[..., BoltResponse | None]:
    def handle_error(
        error: Exception,
        context: BoltContext,
        body: Mapping[str, Any],
        response: BoltResponse | None,
    ) -> BoltResponse | None:
        """Answer for a listener that failed; what nobody listens to is only acknowledged."""
        acknowledged = BoltResponse(status=200, body="") if response else None
        if isinstance(error, BoltUnhandledRequestError):
            return acknowledged
        request = str(context.get("request", "none"))
        # the error's text could quote somebody
        _log.error("A request failed: %s", type(error).__name__, extra={"request": request})
        repeats.forget("envelope", str(context.get("envelope", "")))
        if body.get("response_url"):
            _apologize(slack, str(body["response_url"]), request)
            return acknowledged
        return None

    return handle_error


def _apologize(slack: Slack, response_url: str, request: str) -> None:
    try:
        slack.respond(response_url, build_failure(request))
    except SlackError as error:
        _log.warning("A failure could not be told: %s", error.code, extra={"request": request})
