"""The app's manifest: what Slack must know of Mimic, built here and typed by nobody.

Source: https://docs.slack.dev/reference/app-manifest
"""

import json
from typing import Any
from urllib.parse import quote, urlsplit

from bot.errors import Misused

Manifest = dict[str, Any]

COMMAND = "/mimic"
EVENTS_PATH = "/slack/events"
NEW_APP = "https://api.slack.com/apps?new_app=1"

SCOPES = {  # the least that does; each with what it is for
    "channels:history": "read the public channels that the bot was invited to",
    "channels:read": "see which these are, and who is in them",
    "chat:write": "post what somebody chose to post, and write to people who asked",
    "commands": "be called by /mimic",
    "files:write": "send the loss curve to the admin who asked for a training",
    "users:read": "know names, so that they can be taken out of what is stored",
}
PRIVATE_SCOPES = {
    "groups:history": "read the private channels that the bot was invited to",
    "groups:read": "see which these are, and who is in them",
}
EVENTS = {  # each with the scope that Slack wants for it, "" for none
    "app_home_opened": "",
    "app_uninstalled": "",
    "channel_archive": "channels:read",
    "channel_created": "channels:read",
    "channel_deleted": "channels:read",
    "channel_left": "channels:read",
    "channel_rename": "channels:read",
    "channel_shared": "channels:read",
    "channel_unarchive": "channels:read",
    "channel_unshared": "channels:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "message.channels": "channels:history",
    "team_join": "users:read",
    "tokens_revoked": "",
    "user_change": "users:read",
}
PRIVATE_EVENTS = {
    "channel_id_changed": "groups:read",  # of private channels that come to be shared
    "group_archive": "groups:read",
    "group_deleted": "groups:read",
    "group_left": "groups:read",
    "group_rename": "groups:read",
    "group_unarchive": "groups:read",
    "message.groups": "groups:history",
}

_DESCRIPTION = "Writes in the style of teammates who have agreed to it."
_LONG_DESCRIPTION = (  # Slack wants 174 characters at least
    "Mimic learns how people who have agreed to it write, and makes new messages in their style. "
    "Everything runs on your own machine: names, links and numbers are taken out before anything "
    "is stored, nobody is learned without having said yes, and everybody can leave at any time. "
    "Every message says that it was generated, in whose style, and who asked for it."
)
_USAGE = "@teammate what to write about | help | optin"


def list_scopes(*, is_private: bool = False) -> tuple[str, ...]:
    """The bot's scopes, in order."""
    return tuple(sorted(SCOPES | (PRIVATE_SCOPES if is_private else {})))


def build_manifest(*, url: str = "", is_private: bool = False) -> Manifest:
    """Build the manifest of an app for Socket Mode, or for HTTP at a public address.

    Args:
        url: Where the internet reaches `mimic serve --http`, beginning with `https://`; "" for
            Socket Mode.
        is_private: Also for private channels that the bot is invited to.

    Raises:
        Misused: The address is none that Slack would send to.
    """
    request_url = _find_request_url(url) if url else ""
    address = {"request_url": request_url} if request_url else {}
    events = EVENTS | (PRIVATE_EVENTS if is_private else {})
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "Mimic",
            "description": _DESCRIPTION,
            "long_description": _LONG_DESCRIPTION,
            "background_color": "#37474f",
        },
        "features": _build_features(request_url),
        "oauth_config": {"scopes": {"bot": list(list_scopes(is_private=is_private))}},
        "settings": {
            "event_subscriptions": {**address, "bot_events": sorted(events)},
            "interactivity": {"is_enabled": True, **address},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not request_url,
            "token_rotation_enabled": False,
        },
    }


def write_manifest(manifest: Manifest) -> str:
    """Give the manifest as the JSON that Slack's page takes."""
    return json.dumps(manifest, indent=2)


def link_new_app(manifest: Manifest) -> str:
    """Give the address of Slack's page for a new app with the manifest filled in."""
    text = json.dumps(manifest, separators=(",", ":"))
    return f"{NEW_APP}&manifest_json={quote(text, safe='')}"


def _build_features(request_url: str) -> Manifest:
    command = {
        "command": COMMAND,
        "description": _DESCRIPTION,
        "usage_hint": _USAGE,
        "should_escape": True,  # without it @ada comes as a bare name, which may be anybody's
    }
    return {
        "app_home": {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": True,
        },
        "bot_user": {"display_name": "mimic", "always_online": True},
        "slash_commands": [command | ({"url": request_url} if request_url else {})],
    }


def _find_request_url(url: str) -> str:
    parts = urlsplit(url.strip())
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise Misused(
            "--url must be the public address of this machine, as in https://mimic.example.org."
        )
    path = parts.path.rstrip("/").removesuffix(EVENTS_PATH)
    return f"https://{parts.netloc}{path}{EVENTS_PATH}"
