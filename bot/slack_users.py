"""What Slack's facts about a user mean: what they are called, and whether they are a stranger."""

from collections.abc import Mapping
from typing import Any


def name_user(user: Mapping[str, Any]) -> str:
    """Return what Slack shows as somebody's name."""
    profile = user.get("profile") or {}
    found = (profile.get("display_name"), profile.get("real_name"), user.get("name"))
    return next((str(name) for name in found if name), "")


def is_foreign(user: Mapping[str, Any], team_id: str) -> bool:
    """Say whether somebody is a member of another workspace that shares a channel with this."""
    organization = user.get("enterprise_user")
    teams = organization.get("teams", ()) if isinstance(organization, Mapping) else ()
    return bool(user.get("is_stranger")) or team_id not in (user.get("team_id", team_id), *teams)
