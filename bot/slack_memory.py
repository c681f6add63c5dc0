"""What Slack has said of members and conversations: kept for a while, let go of when it changes.

None of it is anybody's text: that of topics, purposes and profiles is left out.
"""

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from bot.memory import Memory, Now

Facts = Mapping[str, Any]

MEMBERS_SECONDS = 60.0  # that Slack's word on a conversation and its members is remembered
MOVE_SECONDS = 2 * MEMBERS_SECONDS  # that somebody has left: longer than any list without it
FACTS_SECONDS = 300.0  # that its word on a member is remembered
_REMEMBERED = 2_000
_WORDS = ("topic", "purpose", "latest", "properties")  # people's text in the word on a conversation
_NAMES = ("real_name", "display_name")  # all that is used of a profile


class _Move(NamedTuple):
    """Somebody came or left, and when."""

    at: str
    has_left: bool


class SlackMemory:
    """Remembers; safe to use from several threads.

    Args:
        now: Says how many seconds have passed since some moment.
    """

    def __init__(self, *, now: Now = time.monotonic) -> None:
        self._users: Memory[Facts] = Memory(_REMEMBERED, now=now)
        self._channels: Memory[Facts] = Memory(_REMEMBERED, now=now)
        self._members: Memory[frozenset[str]] = Memory(_REMEMBERED, now=now)
        self._moves: Memory[_Move] = Memory(_REMEMBERED, now=now)  # by channel and member

    def keep_user(self, user_id: str, user: Facts) -> None:
        """Remember what a member is, and what they are called."""
        profile = user.get("profile") or {}
        names = {name: profile[name] for name in _NAMES if name in profile}
        self._users.keep(user_id, {**user, "profile": names}, seconds=FACTS_SECONDS)

    def recall_user(self, user_id: str) -> Facts | None:
        """Return what is remembered of a member."""
        return self._users.recall(user_id)

    def forget_user(self, user_id: str) -> None:
        """Have Slack asked anew about a member."""
        self._users.forget(user_id)

    def keep_channel(self, channel_id: str, channel: Facts) -> None:
        """Remember what a conversation is."""
        facts = {name: fact for name, fact in channel.items() if name not in _WORDS}
        self._channels.keep(channel_id, facts, seconds=MEMBERS_SECONDS)

    def recall_channel(self, channel_id: str) -> Facts | None:
        """Return what is remembered of a conversation."""
        return self._channels.recall(channel_id)

    def forget_channel(self, channel_id: str) -> None:
        """Have Slack asked anew about a conversation and who is in it."""
        self._channels.forget(channel_id)
        self._members.forget(channel_id)

    def keep_members(self, channel_id: str, members: frozenset[str]) -> None:
        """Remember who is in a conversation."""
        self._members.keep(channel_id, members, seconds=MEMBERS_SECONDS)

    def recall_members(self, channel_id: str) -> frozenset[str] | None:
        """Return who was in a conversation."""
        return self._members.recall(channel_id)

    def note_move(self, user_id: str, channel_id: str, *, at: str, has_left: bool) -> None:
        """Hear that somebody has left a conversation or come into it.

        Args:
            at: Slack's ts of the event: of two, the later counts, whichever came first.
        """
        self._members.forget(channel_id)
        key = _tie(user_id, channel_id)
        known = self._moves.recall(key)
        if known is None or known.at <= at:
            self._moves.keep(key, _Move(at, has_left), seconds=MOVE_SECONDS)

    def has_left(self, user_id: str, channel_id: str) -> bool:
        """Say whether somebody has just left: a list of members on its way may not know it."""
        move = self._moves.recall(_tie(user_id, channel_id))
        return move is not None and move.has_left


def _tie(user_id: str, channel_id: str) -> str:
    return f"{channel_id} {user_id}"
