"""Connecting a workspace: do the tokens do what they must? Every no says where to look."""

import re
import time
from collections.abc import Collection
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from bot.errors import InvalidCredential, SlackError
from bot.slack_client import build_quiet_logger, is_trouble, translate_errors

if TYPE_CHECKING:
    from storage.store import Store

BOT_PAGE = '"Bot User OAuth Token" on the page "OAuth & Permissions"'
APP_PAGE = '"App-Level Tokens" on the page "Basic Information"'
SIGNING_PAGE = '"Signing Secret" on the page "Basic Information"'
NOTABLE_SKEW_SECONDS = 60
LARGEST_SKEW_SECONDS = 300  # Slack's signatures are refused when older

_TIMEOUT_SECONDS = 15
_KINDS = {
    "xoxb-": "a bot token",
    "xapp-": "an app-level token",
    "xoxp-": "a user token",
    "xoxe": "a token that expires",
}
_SECRET = re.compile(r"[0-9a-f]{32}")
_TOKEN = re.compile(r"[A-Za-z0-9-]+")


@dataclass(frozen=True)
class Identity:
    """Who the bot is, and in which workspace.

    Args:
        app_id: Of the app that the bot belongs to; "" where Slack does not say.
        skew_seconds: How far this machine's clock is from Slack's, ahead or behind.
    """

    team_id: str
    team: str
    app_id: str
    skew_seconds: float


def check_bot_token(token: str, *, api_url: str, scopes: Collection[str]) -> Identity:
    """See that a bot token works and may do all that the bot does.

    Raises:
        InvalidCredential: It does not, and why.
        SlackError: Slack does not answer.
    """
    _require_kind(token, "xoxb-", "The bot token", BOT_PAGE)
    client = _build_client(token, api_url)
    answer = _call(client, "auth.test", subject="the bot token", page=BOT_PAGE)
    if answer.get("is_enterprise_install"):
        raise InvalidCredential(
            "This token is of a whole organization: install the app to one workspace and copy "
            f"the token from there ({BOT_PAGE})."
        )
    _require_scopes(answer, scopes)
    bot = _call(
        client, "users.info", subject="the bot token", page=BOT_PAGE, user=answer["user_id"]
    )
    profile = bot["user"].get("profile", {})
    return Identity(
        team_id=str(answer["team_id"]),
        team=str(answer.get("team", "")),
        app_id=str(profile.get("api_app_id") or ""),
        skew_seconds=_measure_skew(answer),
    )


def check_app_token(token: str, *, api_url: str, app_id: str) -> None:
    """See that an app-level token opens Socket Mode, for the app that the bot belongs to.

    Raises:
        InvalidCredential: It does not, and why.
        SlackError: Slack does not answer.
    """
    _require_kind(token, "xapp-", "The app-level token", APP_PAGE)
    parts = token.split("-")
    if app_id and len(parts) > 3 and parts[2].startswith("A") and parts[2] != app_id:
        raise InvalidCredential(
            "The app-level token is of another app than the bot token: copy both from the same "
            f"app's settings ({APP_PAGE})."
        )
    client = _build_client(token, api_url)
    _call(client, "apps.connections.open", subject="the app-level token", page=APP_PAGE)


def check_signing_secret(secret: str) -> None:
    """See that it looks like a signing secret; only a request from Slack can prove it.

    Raises:
        InvalidCredential: It does not.
    """
    if not secret:
        raise InvalidCredential(f"The signing secret is missing: copy {SIGNING_PAGE}.")
    if not _SECRET.fullmatch(secret):
        came = f", and this is {_name_kind(secret)}" if _name_kind(secret) else ""
        raise InvalidCredential(
            f"The signing secret has 32 digits and letters from a to f{came}: copy {SIGNING_PAGE}."
        )


def check_clock(skew_seconds: float) -> None:
    """See that signed requests would be taken here.

    Raises:
        InvalidCredential: This machine's clock is so wrong that none would.
    """
    if abs(skew_seconds) > LARGEST_SKEW_SECONDS:
        raise InvalidCredential(
            f"{describe_skew(skew_seconds)}, so every request of Slack's would be taken for an "
            "old one: set the clock (timedatectl set-ntp true) and run this again."
        )


def describe_skew(skew_seconds: float) -> str:
    """Say how wrong the clock is, as the beginning of a sentence."""
    side = "ahead of" if skew_seconds > 0 else "behind"
    return f"This machine's clock is {abs(skew_seconds):.0f} seconds {side} Slack's"


def bind_team(store: "Store", team_id: str) -> None:
    """Make the database this workspace's; one that had no workspace yet becomes its own.

    Raises:
        InvalidCredential: It is another workspace's already.
    """
    if set(store.team_ids()) - {team_id}:
        raise InvalidCredential(
            "The database holds another workspace's messages: let MIMIC_HOME name a new folder "
            "for this one, or use the tokens of the workspace it belongs to."
        )
    store.add_team(team_id)


# --- what Slack says


def _build_client(token: str, api_url: str) -> WebClient:
    return WebClient(token, base_url=api_url, timeout=_TIMEOUT_SECONDS, logger=build_quiet_logger())


def _call(client: WebClient, method: str, *, subject: str, page: str, **more: Any) -> SlackResponse:
    try:
        with translate_errors():
            return client.api_call(method, params=more)
    except SlackError as error:
        if is_trouble(error.code) and error.code != "ratelimited":
            raise SlackError(
                "Slack cannot be reached or does not answer now: check the network and "
                "https://slack-status.com, then run this again."
            ) from None
        raise InvalidCredential(_explain(error.code, subject, page), code=error.code) from None


def _explain(code: str, subject: str, page: str) -> str:
    if code == "missing_scope":  # the bot's were checked before
        return f"The app-level token lacks the scope connections:write: make a new one, {page}."
    if code == "ratelimited":
        return "Slack asks to wait a minute: run this again then."
    return f"Slack does not take {subject} ({code}): copy it again, {page}."


def describe_missing(scopes: Collection[str]) -> str:
    """Say which scopes the bot lacks and where to give them to it."""
    return (
        f"The bot lacks {', '.join(sorted(scopes))}: in your app's settings paste what "
        '`mimic manifest` prints under "App Manifest", then reinstall it under "Install App".'
    )


def _require_scopes(answer: SlackResponse, scopes: Collection[str]) -> None:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    given = {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",")}
    if missing := set(scopes) - given:
        raise InvalidCredential(describe_missing(missing))


def _measure_skew(answer: SlackResponse) -> float:
    """How far this clock is ahead of Slack's, in seconds; 0 where Slack does not say."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    try:
        there = parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return 0.0
    return time.time() - there.timestamp()


# --- what was typed


def _require_kind(token: str, prefix: str, name: str, page: str) -> None:
    if not token:
        raise InvalidCredential(f"{name} is missing: copy {page}.")
    if not token.startswith(prefix) or not _TOKEN.fullmatch(token):
        kind = _name_kind(token)
        came = f", and this is {kind}" if kind and kind != _KINDS[prefix] else ""
        raise InvalidCredential(f"{name} begins with {prefix}{came}: copy {page}.")


def _name_kind(value: str) -> str:
    if _SECRET.fullmatch(value):
        return "a signing or client secret"
    return next((kind for prefix, kind in _KINDS.items() if value.startswith(prefix)), "")
