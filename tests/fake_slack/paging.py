"""Pages by cursor as Slack gives them: opaque, with `=` in them, and sometimes short or empty."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fake_slack.refusal import Refusal

Item = Any


def encode(position: str) -> str:
    """Make a cursor; it always ends in `=`, so that it must be escaped in a URL."""
    text = f"next:{position}"
    return base64.b64encode((text + " " * (1 - len(text) % 3 + 3)).encode()).decode()


def decode(cursor: str) -> str:
    """Read a cursor.

    Raises:
        Refusal: It is none of ours.
    """
    try:
        text = base64.b64decode(cursor, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise Refusal("invalid_cursor") from None
    if not text.startswith("next:"):
        raise Refusal("invalid_cursor")
    return text.removeprefix("next:").rstrip()


@dataclass
class Pages:
    """How lists are cut.

    `is_ragged` gives a short page, then an empty one, then two whole ones, and so on: what Slack's
    filters do, and what no reader may take for the end.
    """

    is_ragged: bool = False
    served: int = field(default=0)

    def length(self, limit: int) -> int:
        """How many items the next page shall have."""
        self.served += 1
        if not self.is_ragged:
            return limit
        return {1: max(1, limit // 2), 2: 0}.get(self.served % 4, limit)

    def cut(
        self, items: Sequence[Item], limit: int, key: Callable[[Item], str], cursor: str
    ) -> tuple[list[Item], str]:
        """Cut one page out of items in their order; the cursor is the key of the next item.

        Returns:
            The page, and the next cursor, "" at the end.
        """
        start = self._find(items, key, decode(cursor)) if cursor else 0
        end = start + self.length(limit)
        page = list(items[start:end])
        return page, encode(key(items[end])) if end < len(items) else ""

    def _find(self, items: Sequence[Item], key: Callable[[Item], str], position: str) -> int:
        for index, item in enumerate(items):
            if key(item) == position:
                return index
        raise Refusal("invalid_cursor")


def read_limit(arguments: dict[str, Any], *, default: int, most: int) -> int:
    """Read the argument `limit`.

    Raises:
        Refusal: It is no number of what Slack gives.
    """
    text = str(arguments.get("limit") or default)
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise Refusal("invalid_limit")
    return int(text)
