"""The workspace behind the fake: its members, channels and messages, as Slack would give them."""

import threading
import time
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fake_slack.export import read_export

Record = dict[str, Any]

TEAM = "T0FAKETEAM"
BOT, BOT_ID, APP_ID = "U0FAKEMIMIC", "B0FAKEMIMIC", "A0FAKEMIMIC"
ADA, BRAM, CARMEN = "U0FAKEADA", "U0FAKEBRAM", "U0FAKECARM"
DOV, GUEST, ROBOT = "U0FAKEDOV", "U0FAKEGUST", "U0FAKEROBO"
GENERAL, RANDOM = "C0FAKEGENE", "C0FAKERAND"
OFFICE, PARTNERS = "G0FAKEOFFI", "C0FAKEPART"

MOST_REPLY_USERS = 5  # that a thread's root lists; `reply_users_count` counts them all

_OF_EXPORTS = ("user_profile", "user_team", "source_team", "replies")
_PEOPLE: dict[str, tuple[str, str, Record]] = {
    ADA: ("ada", "Ada Lindqvist", {}),
    BRAM: ("bram", "Bram Kessem", {}),
    CARMEN: ("carmen", "Carmen Villaro", {"is_admin": True}),
    DOV: ("dov", "Dov Harrane", {"deleted": True}),
    GUEST: ("gus", "Gus Host", {"is_restricted": True}),
    ROBOT: ("deploybot", "Deploy Bot", {"is_bot": True}),
}


@dataclass
class Conversation:
    """A channel or DM: what Slack tells of it, who is in it, and what was said."""

    facts: Record
    members: list[str]
    messages: dict[str, Record] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)  # the ts that history shows, in order
    threads: dict[str, list[str]] = field(default_factory=dict)  # root: its replies, in order

    @property
    def is_private(self) -> bool:
        return bool(self.facts.get("is_private") or self.facts.get("is_im"))


class FakeWorkspace:
    """One team. Change it at any time, from any thread.

    Attributes:
        seconds_ago: How long ago is written what is written now without a ts.
    """

    def __init__(self, team_id: str = TEAM, name: str = "fake") -> None:
        self.team_id = team_id
        self.name = name
        self.users: dict[str, Record] = {}
        self.conversations: dict[str, Conversation] = {}
        self.lock = threading.RLock()
        self.seconds_ago = 0.0
        self._last_micros = 0
        self.add_user(BOT, "mimic", "Mimic", is_bot=True, bot_id=BOT_ID, api_app_id=APP_ID)

    @classmethod
    def small(cls) -> "FakeWorkspace":
        """Six members, two public channels, a private one and a Slack Connect one; no messages.

        The bot is in all but #random. Carmen is an admin, Dov has been deactivated.
        """
        workspace = cls()
        for user_id, (name, real_name, more) in _PEOPLE.items():
            workspace.add_user(user_id, name, real_name, **more)
        people = [ADA, BRAM, CARMEN]
        workspace.add_channel(GENERAL, "general", [*people, DOV, GUEST, ROBOT, BOT])
        workspace.add_channel(RANDOM, "random", people)
        workspace.add_channel(OFFICE, "office", [ADA, CARMEN, BOT], is_private=True)
        workspace.add_channel(PARTNERS, "partners", [*people, BOT], is_ext_shared=True)
        return workspace

    @classmethod
    def from_export(cls, path: Path, *, team_id: str = TEAM) -> "FakeWorkspace":
        """Read an export's folder or zip; the bot is in every channel."""
        export = read_export(path)
        found = (user["team_id"] for user in export.users if user.get("team_id"))
        workspace = cls(next(found, team_id))
        for user in export.users:
            workspace.users[user["id"]] = user
        for channel, messages in export.channels:
            members = [*channel.get("members", ()), BOT]
            facts = {key: value for key, value in channel.items() if key != "members"}
            conversation = workspace.add_channel(facts.pop("id"), facts.pop("name"), members)
            conversation.facts |= facts
            for message in messages:
                workspace.add(conversation.facts["id"], message)
        return workspace

    # --- members and channels

    def add_user(self, user_id: str, name: str, real_name: str, **more: Any) -> Record:
        profile = {"real_name": real_name, "display_name": name, "team": self.team_id}
        profile |= {key: more.pop(key) for key in ("bot_id", "api_app_id") if key in more}
        user = {"id": user_id, "team_id": self.team_id, "name": name, "real_name": real_name}
        flags = ("deleted", "is_admin", "is_owner", "is_primary_owner", "is_restricted")
        flags += ("is_ultra_restricted", "is_bot", "is_app_user")
        user |= {**dict.fromkeys(flags, False), "tz": "UTC", "updated": 1_700_000_000, **more}
        self.users[user_id] = user | {"profile": profile}
        return self.users[user_id]

    def add_channel(
        self, channel_id: str, name: str, members: Iterable[str], **more: Any
    ) -> Conversation:
        facts: Record = {"id": channel_id, "name": name, "name_normalized": name}
        flags = ("is_group", "is_im", "is_mpim", "is_private", "is_archived", "is_ext_shared")
        facts |= {"is_channel": True, **dict.fromkeys((*flags, "is_shared", "is_general"), False)}
        facts |= {"created": 1_700_000_000, "creator": CARMEN, "context_team_id": self.team_id}
        conversation = Conversation(facts | more, list(members))
        self.conversations[channel_id] = conversation
        return conversation

    def open_dm(self, user_id: str) -> str:
        """Return the DM between the bot and a member, opening it if need be."""
        channel_id = "D" + user_id[1:]
        if channel_id not in self.conversations:
            is_dm = {"is_channel": False, "is_im": True, "user": user_id}
            self.add_channel(channel_id, "", [user_id, BOT], **is_dm)
        return channel_id

    def channel(self, channel_id: str) -> Conversation:
        return self.conversations[channel_id]

    def is_member(self, user_id: str, channel_id: str) -> bool:
        return user_id in self.conversations[channel_id].members

    # --- messages

    def next_ts(self) -> str:
        """A ts of now that nothing else has."""
        with self.lock:
            now = time.time_ns() // 1000 - int(1_000_000 * self.seconds_ago)
            self._last_micros = max(self._last_micros + 1, now)
            seconds, micros = divmod(self._last_micros, 1_000_000)
        return f"{seconds}.{micros:06d}"

    def say(self, user_id: str, channel_id: str, text: str, **more: Any) -> Record:
        """Let a member write; `ts` and `thread_ts` may be given."""
        message = {"type": "message", "user": user_id, "text": text, "team": self.team_id}
        message |= {"ts": more.pop("ts", None) or self.next_ts(), **more}
        return self.add(channel_id, message)

    def add(self, channel_id: str, message: Record) -> Record:
        """Put a message in its place; one whose `thread_ts` is another's is that one's reply."""
        message = {key: value for key, value in message.items() if key not in _OF_EXPORTS}
        conversation, ts = self.conversations[channel_id], str(message["ts"])
        with self.lock:
            conversation.messages[ts] = message
            root = message.get("thread_ts", ts)
            if root == ts or message.get("subtype") == "thread_broadcast":
                insort(conversation.shown, ts)
            if root != ts:
                insort(conversation.threads.setdefault(root, []), ts)
                self._count_replies(conversation, root)
        return message

    def edit(self, channel_id: str, ts: str, **changes: Any) -> tuple[Record, Record]:
        """Change a message; return how it was and how it is."""
        with self.lock:
            conversation = self.conversations[channel_id]
            old = conversation.messages[ts]
            edited = {"user": old.get("user", BOT), "ts": self.next_ts()}
            new = {**old, "edited": edited, **changes}
            conversation.messages[ts] = new
        return old, new

    def remove(self, channel_id: str, ts: str) -> Record:
        """Delete a message; a root with replies stays as a tombstone. Return how it was."""
        with self.lock:
            conversation = self.conversations[channel_id]
            old = conversation.messages[ts]
            if conversation.threads.get(ts):
                grave = {"subtype": "tombstone", "text": "This message was deleted."}
                conversation.messages[ts] = {**old, **grave, "user": "USLACKBOT", "hidden": True}
                return old
            del conversation.messages[ts]
            self._hide(conversation, ts, old.get("thread_ts", ts))
        return old

    def timeline(self, channel_id: str, oldest: str = "", latest: str = "") -> list[Record]:
        """What history shows from `oldest` to `latest`, both included, oldest first."""
        with self.lock:
            conversation = self.conversations[channel_id]
            shown = conversation.shown
            start = bisect_left(shown, oldest)
            end = len(shown) if not latest else bisect_left(shown, latest + "~")
            return [conversation.messages[ts] for ts in shown[start:end]]

    def replies(self, channel_id: str, root: str) -> list[Record]:
        """The replies to a message, oldest first."""
        with self.lock:
            conversation = self.conversations[channel_id]
            return [conversation.messages[ts] for ts in conversation.threads.get(root, ())]

    def everything(self) -> Iterator[tuple[str, Record]]:
        """Every message with its channel."""
        for channel_id, conversation in self.conversations.items():
            for message in conversation.messages.values():
                yield channel_id, message

    def _hide(self, conversation: Conversation, ts: str, root: str) -> None:
        if ts in conversation.shown:
            conversation.shown.remove(ts)
        if root != ts and ts in conversation.threads.get(root, ()):
            conversation.threads[root].remove(ts)
            self._count_replies(conversation, root)

    def _count_replies(self, conversation: Conversation, root: str) -> None:
        if root not in conversation.messages:
            return
        replies = conversation.threads[root]
        users = list(dict.fromkeys(conversation.messages[ts].get("user", BOT) for ts in replies))
        shown = users[:MOST_REPLY_USERS]
        facts = {"reply_count": len(replies), "reply_users": shown, "thread_ts": root}
        facts |= {"reply_users_count": len(users), "latest_reply": max(replies, default="")}
        conversation.messages[root] = conversation.messages[root] | facts
