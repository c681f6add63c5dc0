"""Messages that are kept here and gone from Slack: deleted by somebody, or by Slack's rules."""

import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Self

from bot.windows import Late, Message, Stretch
from storage.ingestion import RawMessage
from storage.store import Store

SETTLED_SECONDS = 300.0  # what is younger Slack's history may not show yet
_AFTER_ALL = "~"


class Outline:
    """What is kept of a channel, listed before Slack is asked: nothing newer can look as if gone.

    Args:
        kept: Each message's ts and its thread's.
    """

    def __init__(self, kept: Iterable[tuple[str, str | None]]) -> None:
        self._tops: list[str] = []
        self._replies: dict[str, set[str]] = defaultdict(set)
        for ts, thread_ts in kept:
            if thread_ts is None or thread_ts == ts:
                self._tops.append(ts)
            else:
                self._replies[thread_ts].add(ts)
        self._tops.sort()
        self._roots = sorted(self._replies)
        self._last = {root: max(replies) for root, replies in self._replies.items()}

    @classmethod
    def draw(cls, store: Store, channel: int, *, since_ts: str) -> Self:
        """List what is kept of a channel after a moment, and has been written some minutes ago.

        A deletion beats every edition: a message that Slack only shows a little late would be
        gone for good.
        """
        before_ts = f"{time.time() - SETTLED_SECONDS:.6f}"
        return cls(store.messages.outline(channel, since_ts=since_ts, before_ts=before_ts))

    def keeps_replies(self, root: Message) -> bool:
        """Say whether any reply to a message is kept, so that it may be gone by now."""
        return str(root["ts"]) in self._last

    def find_last_reply(self, root: Message) -> str:
        """Return the ts of the newest reply to a message that is kept, "" if none is."""
        return self._last.get(str(root["ts"]), "")

    def find_gone(self, channel_id: str, stretch: Stretch) -> list[RawMessage]:
        """Return a deletion for each message that ought to be in a stretch.

        Before the oldest message that Slack shows nothing counts as gone yet: see `find_hidden`.
        """
        if not stretch.shown:
            return []
        tops = self._between(self._tops, min(stretch.shown), stretch.before_ts)
        gone = {ts for ts in tops if ts not in stretch.shown}
        for root in self._between(self._roots, min(stretch.shown), stretch.before_ts):
            replies = stretch.shown.get(root, frozenset())  # no root, no replies
            gone |= set() if replies is None else self._replies[root] - replies
        return build_deletions(channel_id, gone)

    def find_gone_late(self, channel_id: str, root_ts: str, late: Late) -> list[RawMessage]:
        """Return a deletion for each reply that ought to be in a part of an old thread."""
        return build_deletions(channel_id, self._replies.get(root_ts, set()) - late.shown)

    def find_hidden(self, channel_id: str, stretch: Stretch, *, since_ts: str) -> list[RawMessage]:
        """Return a deletion for each message before the oldest that Slack shows.

        They are gone if Slack shows nothing there when it is asked once more, and if they are
        not so old that a plan may hide them.
        """
        before_ts = min(stretch.shown, default=stretch.before_ts)
        gone = set(self._between(self._tops, since_ts, before_ts))
        for root in self._between(self._roots, since_ts, before_ts):
            gone |= self._replies[root]
        return build_deletions(channel_id, gone)

    @staticmethod
    def _between(found: Sequence[str], since_ts: str, before_ts: str) -> Sequence[str]:
        start = bisect_left(found, since_ts)
        return found[start : bisect_left(found, before_ts or _AFTER_ALL)]


def build_deletions(channel_id: str, gone: Iterable[str]) -> list[RawMessage]:
    """Return a deletion for each ts of a channel, as Slack would have told of it."""
    deletion = {"type": "message", "subtype": "message_deleted"}
    return [RawMessage(channel_id, {**deletion, "deleted_ts": ts}) for ts in sorted(gone)]
