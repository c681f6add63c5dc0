"""Messages that are kept here and gone from Slack: deleted by somebody, or by Slack's rules."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable

from bot.windows import Message, Stretch
from storage.ingestion import RawMessage

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

    def keeps_replies(self, root: Message) -> bool:
        """Say whether any reply to a message is kept, so that it may be gone by now."""
        return bool(self._replies.get(str(root["ts"])))

    def find_gone(self, channel_id: str, stretch: Stretch) -> list[RawMessage]:
        """Return a deletion for each message that ought to be in a stretch.

        Before the oldest message that Slack shows nothing counts as gone: a plan may hide it.
        """
        if not stretch.shown:
            return []
        start = bisect_left(self._tops, min(stretch.shown))
        end = bisect_left(self._tops, stretch.before_ts or _AFTER_ALL)
        gone = [ts for ts in self._tops[start:end] if ts not in stretch.shown]
        for root, replies in stretch.shown.items():
            if replies is not None:
                gone += self._replies.get(root, set()) - replies
        return [RawMessage(channel_id, _delete(ts)) for ts in gone]


def _delete(ts: str) -> dict[str, str]:
    return {"type": "message", "subtype": "message_deleted", "deleted_ts": ts}
