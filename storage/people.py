"""What a member list (`users.json`, `users.list`) says of one person: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from storage.ingestion import SLACKBOT

FLAGS = ("is_bot", "is_guest", "is_deactivated")

Names = Mapping[str, str]


@dataclass(frozen=True)
class Person:
    """One entry of a member list."""

    user_id: str
    names: Names
    is_bot: bool
    is_guest: bool
    is_deactivated: bool


def read_person(raw: Mapping[str, Any]) -> Person | None:
    """Read an entry; `None` if it does not say whom it is about."""
    user_id = raw.get("id")
    if not isinstance(user_id, str) or not user_id:
        return None
    profile = raw.get("profile")
    if not isinstance(profile, Mapping):
        profile = {}
    forms = {
        "username": raw.get("name"),
        "real": profile.get("real_name") or raw.get("real_name"),
        "display": profile.get("display_name"),
        "first": profile.get("first_name"),
        "last": profile.get("last_name"),
    }
    return Person(
        user_id=user_id,
        names={
            form: name for form, name in forms.items() if isinstance(name, str) and name.strip()
        },
        is_bot=bool(raw.get("is_bot")) or user_id == SLACKBOT,
        is_guest=bool(raw.get("is_restricted") or raw.get("is_ultra_restricted")),
        is_deactivated=bool(raw.get("deleted")),
    )


def choose_display_name(names: Names) -> str:
    """Return the name that others see, "" where none is known."""
    return names.get("display") or names.get("real") or ""
