"""What the fake has seen and shown: calls, messages, answers to response URLs, homes and files."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, TypeVar

Value = dict[str, Any]
Found = TypeVar("Found")


@dataclass(frozen=True)
class Call:
    """One call of a Web API method; `at` is the fake's scaled clock."""

    method: str
    arguments: Value
    status: int
    error: str
    at: float


@dataclass
class Shown:
    """A message somebody sees: in a channel or DM, or as an ephemeral one `user_id` alone.

    `via` is "chat.postMessage", "chat.postEphemeral", "response_url", "ack" or "file".
    """

    channel_id: str
    ts: str
    text: str
    blocks: list[Value]
    via: str
    user_id: str | None = None
    interactions: list[str] = field(default_factory=list)  # the commands and clicks it answers
    thread_ts: str = ""
    is_deleted: bool = False
    earlier: list[Value] = field(default_factory=list)  # what it said before it was replaced

    @property
    def is_ephemeral(self) -> bool:
        return self.user_id is not None

    @property
    def words(self) -> str:
        """All its text: the notification's and that of every block."""
        return "\n".join([self.text, *find_texts(self.blocks)])

    @property
    def elements(self) -> list[Value]:
        """What can be clicked: every element with an `action_id`, its `block_id` beside it."""
        return find_elements(self.blocks)

    def replace(self, text: str, blocks: list[Value]) -> None:
        self.earlier.append({"text": self.text, "blocks": self.blocks})
        self.text, self.blocks = text, blocks


@dataclass(frozen=True)
class Home:
    """A Home tab as it was published."""

    user_id: str
    view: Value

    @property
    def words(self) -> str:
        return "\n".join(find_texts(self.view["blocks"]))

    @property
    def elements(self) -> list[Value]:
        return find_elements(self.view["blocks"])


@dataclass(frozen=True)
class Response:
    """One use of a response URL, as it came; `error` if it was refused."""

    interaction: str
    user_id: str
    channel_id: str
    payload: Value
    error: str = ""


@dataclass
class File:
    """An uploaded file; `channel_id` is set when the upload was completed."""

    id: str
    name: str
    alt_text: str
    length: int
    content: bytes = b""
    title: str = ""
    channel_id: str = ""


class Record:
    """Everything that happened, safe to read from the test's thread."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.shown: list[Shown] = []
        self.responses: list[Response] = []
        self.homes: list[Home] = []
        self.files: dict[str, File] = {}
        self.violations: list[str] = []
        self._changed = threading.Condition()

    def add(self, place: list[Found], item: Found) -> Found:
        """Append to one of the lists and wake whoever waits."""
        with self._changed:
            place.append(item)
            self._changed.notify_all()
        return item

    def at_once(self) -> AbstractContextManager[bool]:
        """Let several changes be seen together by whoever waits."""
        return self._changed

    def notify(self) -> None:
        """Wake whoever waits: something was changed in place."""
        with self._changed:
            self._changed.notify_all()

    def wait_for(self, look: Callable[[], Found], timeout_seconds: float) -> Found:
        """Wait until `look` returns something true, and return that.

        Raises:
            AssertionError: It did not in time.
        """
        deadline = time.monotonic() + timeout_seconds
        with self._changed:
            while not (found := look()):
                left = deadline - time.monotonic()
                assert left > 0, f"waited {timeout_seconds} s in vain"
                self._changed.wait(min(left, 0.05))
        return found

    def find_shown(self, channel_id: str, ts: str) -> Shown | None:
        """Return the message that has this ts."""
        for shown in reversed(self.shown):
            if (shown.channel_id, shown.ts) == (channel_id, ts):
                return shown
        return None


def find_texts(value: Any) -> Iterator[str]:
    """Give every text that blocks show, in order."""
    if isinstance(value, list):
        for item in value:
            yield from find_texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in ("text", "alt_text") and isinstance(item, str):
                yield item
            else:
                yield from find_texts(item)


def find_elements(blocks: list[Value]) -> list[Value]:
    """Give every interactive element of blocks."""
    found: list[Value] = []
    for block in blocks:
        elements = [*block.get("elements", ()), block.get("accessory") or {}]
        found += [
            {**element, "block_id": block.get("block_id", "")}
            for element in elements
            if isinstance(element, dict) and "action_id" in element
        ]
    return found
