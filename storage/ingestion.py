"""What comes in from Slack, and which of it is a person's own words: pure decisions.

Source: Slack's message subtypes, https://docs.slack.dev/reference/events/message
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeGuard

DropReason = Literal[
    "no_consent", "bot", "subtype", "empty", "malformed", "private", "deleted", "expired"
]

KEPT_SUBTYPES = (None, "thread_broadcast", "me_message", "file_share")
SLACKBOT = "USLACKBOT"
COMMAND = re.compile(r"\s*/mimic(?!\S)")

MOST_CHARACTERS = 100_000  # Slack cuts a message off after 40,000

TS = re.compile(r"[0-9]{10}\.[0-9]{6}")


class RawMessage(NamedTuple):
    """One message as Slack gives it: never stored, never logged.

    This and what it is read as are tuples: a frozen dataclass takes three times as long to make,
    and an import makes millions.
    """

    channel_id: str
    payload: Mapping[str, Any]

    def peek(self, name: str) -> str:
        """Read a text of the payload, "" where there is none: a file may hold anything."""
        value = self.payload.get(name) if hasattr(self.payload, "get") else None
        return value if isinstance(value, str) else ""


class RawFile(NamedTuple):
    """Messages that lie in one file, read when they are asked for.

    Args:
        identify: Gives bytes that stand for the whole content, so that a file can be known again
            without being read; b"" where it cannot be known.
        read: Gives the messages; None where there are none to be had, of which somebody was told.
    """

    identify: Callable[[], bytes]
    read: Callable[[], Sequence[RawMessage] | None]


class RawFolder(NamedTuple):
    """Some files of one conversation."""

    channel_id: str
    files: Sequence[RawFile]


@dataclass(frozen=True)
class IngestPolicy:
    """What an import may bring in.

    Args:
        team_id: The workspace; `None` means the one that the database already has, else the
            messages' own, else `T0`.
        include: Any of `private` `dms` `connect` `guests`, which are left out otherwise.
        grant_authors: Authors who have said neither yes nor no count as agreed when a message of
            theirs comes (`--consent all`).
        oldest_ts: What was written before is dropped as `expired`, like all that is
            too old for the store itself (`Store.retention`); "" adds nothing to that.
    """

    team_id: str | None = None
    include: frozenset[str] = frozenset()
    grant_authors: bool = False
    oldest_ts: str = ""


@dataclass(frozen=True)
class IngestReport:
    """What became of the messages: `read = stored + unchanged + Σ dropped`, always."""

    messages_read: int = 0
    messages_stored: int = 0
    messages_unchanged: int = 0
    messages_dropped: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: "IngestReport") -> "IngestReport":
        """Count two together."""
        return IngestReport(
            self.messages_read + other.messages_read,
            self.messages_stored + other.messages_stored,
            self.messages_unchanged + other.messages_unchanged,
            Counter(self.messages_dropped) + Counter(other.messages_dropped),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the counts by the names that other programs rely on."""
        return {
            "messages_read": self.messages_read,
            "messages_stored": self.messages_stored,
            "messages_unchanged": self.messages_unchanged,
            "messages_dropped": dict(self.messages_dropped),
        }


class Edition(NamedTuple):
    """A person's message as it was first written or as it was edited later.

    Args:
        edited_ts: When it was edited, "" for the first edition.
        void: Why this edition has nothing to store; it still ends the editions before it.
    """

    ts: str
    user_id: str
    text: str
    thread_ts: str
    edited_ts: str
    user_team_id: str | None
    void: DropReason | None = None


class Deletion(NamedTuple):
    """Somebody took the message back."""

    ts: str


def read_payload(payload: Any) -> Edition | Deletion | DropReason:
    """Say what a message means, whoever wrote it and wherever it stands.

    Events of change that stand in an export (`message_changed`, `message_deleted`) are read as
    what they did.

    Args:
        payload: Whatever stood in the place of a message.
    """
    if not isinstance(payload, Mapping):
        return "malformed"
    subtype = payload.get("subtype")
    if subtype == "message_deleted":
        return _read_deletion(payload.get("deleted_ts"))
    if subtype == "message_changed":
        payload = payload.get("message")
        if not isinstance(payload, Mapping):
            return "malformed"
        subtype = payload.get("subtype")
    if subtype == "tombstone":
        return _read_deletion(payload.get("ts"))
    return _find_reason_to_drop(payload) or _read_edition(payload)


def _read_deletion(ts: Any) -> Deletion | DropReason:
    return Deletion(ts) if _is_ts(ts) else "malformed"


def _find_reason_to_drop(payload: Mapping[str, Any]) -> DropReason | None:
    get = payload.get
    if get("type", "message") != "message" or not _is_ts(get("ts")):
        return "malformed"
    subtype = get("subtype")
    if get("bot_id") or get("app_id") or get("bot_profile") or subtype == "bot_message":
        return "bot"
    if subtype not in KEPT_SUBTYPES or get("hidden"):
        return "subtype"
    user = get("user")
    if not isinstance(user, str) or not user or not _is_text(get("text") or ""):
        return "malformed"
    return "bot" if user == SLACKBOT else None


def _read_edition(payload: Mapping[str, Any]) -> Edition:
    get = payload.get
    text, thread_ts, edited = get("text") or "", get("thread_ts"), get("edited")
    edited_ts = edited.get("ts") if isinstance(edited, Mapping) else None
    return Edition(
        payload["ts"],
        payload["user"],
        text,
        thread_ts if _is_ts(thread_ts) else "",
        edited_ts if _is_ts(edited_ts) else "",
        get("user_team"),
        _find_void(text),
    )


def _find_void(text: str) -> DropReason | None:
    if not text or text.isspace():
        return "empty"
    return "bot" if COMMAND.match(text) else None


def _is_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) <= MOST_CHARACTERS


def _is_ts(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and TS.fullmatch(value) is not None
