"""One channel's history, newest first, in stretches that are whole with their threads.

Source: https://docs.slack.dev/reference/methods/conversations.history
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.errors import SlackError
from bot.pacing import HISTORY, PAGE, REPLIES, Pacing, Stopped
from bot.paging import EXPIRED, CallFailed, Page, Reader, read_cursor, read_items
from storage.ingestion import TS, RawMessage

_BEGINNING = "0"
_BROADCAST = "thread_broadcast"
_AFTER_ALL = "~"

Message = Mapping[str, Any]
Choice = Callable[[Message], bool]


@dataclass(frozen=True)
class Stretch:
    """Messages of one channel without a gap.

    Args:
        before_ts: Where it begins, going back; "" is now.
        reached_ts: How far back all is there, wanted replies included.
        is_complete: There is nothing before it that was asked for.
        shown: What Slack shows in the channel itself, and the replies to each; `None` where it
            did not give them, or was not asked.
    """

    messages: tuple[RawMessage, ...]
    before_ts: str
    reached_ts: str
    is_complete: bool
    shown: Mapping[str, frozenset[str] | None]


@dataclass(frozen=True)
class Late:
    """What there is of an old thread after a moment.

    Args:
        messages: Its root, and the replies since then.
        shown: The keys of these replies.
    """

    messages: tuple[RawMessage, ...]
    shown: frozenset[str]


@dataclass
class _Thread:
    """A message and the replies to it, as they come: any of them may be on several pages."""

    root: Message
    found: dict[str, Message] = field(default_factory=dict)
    is_whole: bool = True

    @property
    def ts(self) -> str:
        return str(self.root["ts"])

    @property
    def messages(self) -> list[Message]:
        """All but what history shows, too."""
        return [self.root] + [
            each
            for ts, each in self.found.items()
            if ts != self.ts and each.get("subtype") != _BROADCAST
        ]

    @property
    def shown(self) -> frozenset[str] | None:
        """The keys of all replies, if they are all here."""
        return frozenset(self.found) if self.is_whole else None

    def add(self, page: Page) -> None:
        """Take in what is on a page."""
        self.found.update((str(each["ts"]), each) for each in _sort(read_items(page, "messages")))


class Listener(Protocol):
    """Who wants to hear of every page."""

    def note_page(self, messages: int) -> None:
        """A page of a channel came."""

    def note_thread(self) -> None:
        """A page of a thread came."""


class Windows:
    """Reads channels back in time.

    The next window begins where the last one ended, by `ts`: cursors do not live as long as a
    slow reading, and none is kept.

    Args:
        reader: Asks Slack.
        pacing: Learns from the pages.
        listener: Hears of them.
        page: How many messages to ask for at once.

    Attributes:
        threads_skipped: How many threads Slack did not give, by its short code.
    """

    def __init__(
        self, reader: Reader, pacing: Pacing, listener: Listener, *, page: int = PAGE
    ) -> None:
        self.threads_skipped: Counter[str] = Counter()
        self._page = page
        self._reader = reader
        self._pacing = pacing
        self._listener = listener

    def read(
        self, channel_id: str, *, since_ts: str, latest_ts: str, has_wanted: Choice
    ) -> Iterator[Stretch]:
        """Yield what was said before `latest_ts` ("": now) and after `since_ts` ("": ever).

        Where it ends early, what has come of the window at hand is yielded first.

        Args:
            has_wanted: Says of a message whether the replies to it are to be read.

        Raises:
            CallFailed: Slack does not give this channel.
            SlackError: Slack does not answer.
            Stopped: It is to stop.
        """
        latest, cursor, has_more = latest_ts, "", True
        while has_more:
            page = self._read_page(channel_id, since_ts, latest, cursor)
            messages, cursor = _sort(read_items(page, "messages"), latest), read_cursor(page)
            has_more = bool(page.get("has_more") or cursor)
            self._pacing.note_page(len(messages), has_more=has_more)
            self._listener.note_page(len(messages))
            threads, interruption = self._read_threads(channel_id, messages, has_wanted)
            reached = threads[-1].ts if threads else ""
            if not has_more and not interruption:
                yield _join(channel_id, threads, latest, since_ts, is_complete=True)
            elif threads:
                yield _join(channel_id, threads, latest, reached, is_complete=False)
            if interruption:
                raise interruption
            self._pacing.check()
            if reached and (reached < latest or not latest):
                latest, cursor = reached, ""
            elif has_more and not cursor:
                raise CallFailed("no_progress")

    def is_empty(self, channel_id: str, *, since_ts: str, before_ts: str) -> bool:
        """Ask once more whether there is nothing between two moments, to be sure of it.

        Raises:
            CallFailed: Slack does not give this channel.
            SlackError: Slack does not answer.
            Stopped: It is to stop.
        """
        page = self._read_page(channel_id, since_ts, before_ts, "")
        self._listener.note_page(0)
        is_cut = bool(page.get("is_limited") or page.get("has_more") or read_cursor(page))
        return not is_cut and not _sort(read_items(page, "messages"), before_ts)

    def read_late(self, channel_id: str, root_ts: str, *, since_ts: str) -> Late | None:
        """Read what a thread has got since a moment; `None`, and counted, where Slack refuses.

        Raises:
            SlackError: Slack does not answer.
            Stopped: It is to stop.
        """
        thread = self._read_thread(channel_id, {"ts": root_ts}, since_ts=since_ts)
        if thread.shown is None:
            return None
        messages = tuple(RawMessage(channel_id, each) for each in thread.found.values())
        return Late(messages, thread.shown - {root_ts})

    def _read_page(self, channel_id: str, since_ts: str, latest: str, cursor: str) -> Page:
        asked = {"oldest": since_ts or _BEGINNING, "latest": latest, "limit": self._page}
        try:
            return self._reader.call(HISTORY, channel=channel_id, cursor=cursor, **asked)
        except CallFailed as failure:
            if not cursor or failure.code != EXPIRED:
                raise
        return self._reader.call(HISTORY, channel=channel_id, **asked)

    def _read_threads(
        self, channel_id: str, messages: Sequence[Message], has_wanted: Choice
    ) -> tuple[list[_Thread], Exception | None]:
        """Read the replies to messages, as many as can be; and return what kept from the rest."""
        threads: list[_Thread] = []
        for message in messages:
            has_replies = bool(message.get("reply_count"))
            if not has_replies or not has_wanted(message):
                threads.append(_Thread(message, is_whole=not has_replies))
                continue
            try:
                threads.append(self._read_thread(channel_id, message))
            except (SlackError, Stopped) as interruption:
                return threads, interruption
        return threads, None

    def _read_thread(self, channel_id: str, root: Message, *, since_ts: str = "") -> _Thread:
        """Read the replies to a message; a thread that Slack does not give is counted."""
        thread = _Thread(root)
        asked = {"channel": channel_id, "ts": thread.ts, "oldest": since_ts, "limit": PAGE}
        try:
            for page in self._reader.pages(REPLIES, **asked):
                self._listener.note_thread()
                thread.add(page)
        except CallFailed as failure:
            self.threads_skipped[failure.code] += 1
            thread.is_whole = False
        return thread


def may_hold(root: Message, authors: Collection[str] | None) -> bool:
    """Say whether some authors (`None`: everybody) may be among those who replied to a message.

    Slack lists five of them at most, and counts them all.
    """
    users, number = root.get("reply_users"), root.get("reply_users_count")
    if authors is None or not isinstance(users, list) or not isinstance(number, int):
        return True
    return not 0 < number <= len(users) or any(str(user) in authors for user in users)


def _sort(messages: Sequence[Message], before_ts: str = "") -> list[Message]:
    """Return messages newest first, each once; what has no ts is no message."""
    found = {
        str(message["ts"]): message for message in messages if TS.fullmatch(str(message.get("ts")))
    }
    last = before_ts or _AFTER_ALL
    return [found[ts] for ts in sorted(found, reverse=True) if ts < last]


def _join(
    channel_id: str,
    threads: Sequence[_Thread],
    before_ts: str,
    reached_ts: str,
    *,
    is_complete: bool,
) -> Stretch:
    messages = [message for thread in threads for message in thread.messages]
    return Stretch(
        tuple(RawMessage(channel_id, message) for message in messages),
        before_ts,
        reached_ts,
        is_complete,
        {thread.ts: thread.shown for thread in threads},
    )
