"""How Slack is called: clients with timeouts and retries, and errors that quote nobody."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException

from slack_sdk import WebClient, WebhookClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry import (
    ConnectionErrorRetryHandler,
    HttpRequest,
    HttpResponse,
    RateLimitErrorRetryHandler,
    RetryHandler,
    RetryState,
)
from slack_sdk.http_retry.builtin_handlers import ServerErrorRetryHandler

from bot.errors import InvalidSetting, NotInChannel, SlackError
from bot.settings import Settings

TIMEOUT_SECONDS = 10
_LONGEST_WAIT_SECONDS = 30  # that a rate limit may ask for while somebody waits
_TRIES_MORE = 2
_NOT_THERE = frozenset({"channel_not_found", "not_in_channel"})
_CODE = re.compile(r"[a-z0-9_-]{1,64}")
_TROUBLES = (
    "", "internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited",
)  # fmt: skip
_UNANSWERED = "Slack cannot be reached or does not answer now."


class _ShortWaits(RateLimitErrorRetryHandler):
    """Obeys rate limits that are over soon; somebody waits for the answer."""

    def _can_retry(
        self,
        *,
        state: RetryState,  # noqa: ARG002 - the library's signature
        request: HttpRequest,  # noqa: ARG002
        response: HttpResponse | None = None,
        error: Exception | None = None,  # noqa: ARG002
    ) -> bool:
        if response is None or response.status_code != 429:
            return False
        headers = {name.lower(): values[0] for name, values in response.headers.items() if values}
        asked = headers.get("retry-after", "1")
        return asked.isdigit() and int(asked) <= _LONGEST_WAIT_SECONDS


def build_client(settings: Settings) -> WebClient:
    """Make the client of the bot.

    Raises:
        InvalidSetting: There is no token.
    """
    if settings.slack_bot_token is None:
        raise InvalidSetting("SLACK_BOT_TOKEN is missing: `mimic init` asks for it and keeps it.")
    return WebClient(
        token=settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_api_url,
        timeout=TIMEOUT_SECONDS,
        logger=build_quiet_logger(),
        retry_handlers=[
            ConnectionErrorRetryHandler(max_retry_count=_TRIES_MORE),
            _ShortWaits(max_retry_count=_TRIES_MORE),
            ServerErrorRetryHandler(max_retry_count=_TRIES_MORE),
        ],
    )


def build_careful_client(client: WebClient) -> WebClient:
    """Make a client that says nothing twice: it only obeys rate limits, and tries nothing again."""
    return build_like(client, _ShortWaits(max_retry_count=_TRIES_MORE))


def build_like(client: WebClient, handler: RetryHandler) -> WebClient:
    """Make a client of the same token and address that tries again in its own way."""
    return WebClient(
        token=client.token,
        base_url=client.base_url,
        timeout=client.timeout,
        ssl=client.ssl,
        proxy=client.proxy,
        logger=build_quiet_logger(),
        retry_handlers=[handler],
    )


def build_webhook(response_url: str, like: WebClient) -> WebhookClient:
    """Make a client of a response URL."""
    return WebhookClient(
        response_url,
        timeout=like.timeout,
        ssl=like.ssl,
        proxy=like.proxy,
        logger=build_quiet_logger(),
        retry_handlers=like.retry_handlers,
    )


def build_quiet_logger() -> logging.Logger:
    """Silence the library: it quotes answers, and those hold people's text."""
    quiet = logging.getLogger(f"{__name__}.sdk")
    quiet.setLevel(logging.CRITICAL + 1)
    return quiet


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turn the library's errors, whose texts quote Slack's answers, into this program's."""
    try:
        yield
    except SlackApiError as error:
        raise explain_refusal(str(error.response.get("error"))) from None
    except (SlackClientError, OSError, HTTPException, ValueError):
        raise SlackError(_UNANSWERED) from None


def explain_refusal(said: str) -> SlackError:
    """Turn Slack's code, or whatever else came, into an error."""
    if not _CODE.fullmatch(said):
        return SlackError(_UNANSWERED)
    if said in _NOT_THERE:
        return NotInChannel("The bot is not in this channel.", code=said)
    if is_trouble(said):
        return SlackError(f"Slack has trouble of its own now ({said}).", code=said)
    return SlackError(f"Slack refuses this ({said}).", code=said)


def is_trouble(code: str) -> bool:
    """Say whether an error's code stands for Slack's own trouble, which passes."""
    return code in _TROUBLES
