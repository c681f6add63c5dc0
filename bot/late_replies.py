"""Late replies to threads that began before what a reading looks at again."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from bot.coverage import LOOK_BACK_SECONDS
from bot.crawling import Task
from bot.headway import Meter
from bot.pacing import Pacing
from bot.paging import CallFailed
from bot.places import Place
from bot.vanished import Outline
from bot.windows import Message, Windows, may_hold
from storage.ingestion import RawMessage
from storage.store import Store
from storage.threads import OldThread

ACTIVE_SECONDS = 30 * 24 * 3600.0  # before the gap: what was alive then is looked at again
MOST, MOST_RESTRICTED = 250, 60  # of one reading: five minutes, or an hour
TOO_MANY = "late_limit"


@dataclass(frozen=True)
class _Due:
    """A thread to ask again."""

    place: Place
    thread: OldThread


class LateReplies:
    """Finds what was said, edited or deleted since a gap began in what is older than a look back.

    History shows no replies, and a look back shows no roots that are older than itself. So the
    weeks before it are read once more, and of their threads those that have news. Threads that
    began even earlier are asked one by one, and so are all of them where Slack is slow: those
    first that were alive last. What is too much for one reading is counted and left out.

    Args:
        store: Knows the threads, and takes what comes.
        windows: Where it comes from, in large pages.
        meter: Is told of it.
        pacing: Knows whether Slack is slow with this app.
        check: Is called before anything is stored, and may end it.
        is_awaited: Says whether somebody waits for what goes before this.

    Attributes:
        asked: How many threads were asked.
    """

    def __init__(
        self,
        store: Store,
        windows: Windows,
        meter: Meter,
        pacing: Pacing,
        *,
        check: Callable[[], None],
        is_awaited: Callable[[], bool],
    ) -> None:
        self.asked = 0
        self._store = store
        self._windows = windows
        self._meter = meter
        self._pacing = pacing
        self._check = check
        self._is_awaited = is_awaited

    def read(self, task: Task, places: Sequence[Place]) -> None:
        """Look further back in some channels; nothing to do where they are read as a whole.

        Raises:
            SlackError: Slack does not answer.
            Stopped: It is to stop.
        """
        old = [place for place in places if task.starts[place.channel]]
        due = [each for place in old for each in self._find_due(task, place)]
        due.sort(key=lambda each: each.thread.last_ts, reverse=True)
        outlines = {each.place.channel: self._outline(task, each.place) for each in due}
        for number, each in enumerate(due):
            most = MOST_RESTRICTED if self._pacing.is_restricted else MOST
            if number >= most or self._is_awaited():
                self._windows.threads_skipped[TOO_MANY] += len(due) - number
                return
            self._ask(task, each, outlines[each.place.channel])

    def _find_due(self, task: Task, place: Place) -> list[_Due]:
        """Read the weeks before a look back; return the threads that are still to be asked."""
        active = float(task.starts[place.channel]) + LOOK_BACK_SECONDS - ACTIVE_SECONDS
        active_ts = f"{active:017.6f}"
        since_ts = max(active_ts, self._store.retention.oldest_ts)
        reached_ts = self._read_weeks(task, place, since_ts)
        found = self._store.threads.list_old(
            place.channel, before_ts=reached_ts, active_since_ts=active_ts
        )
        return [_Due(place, thread) for thread in found]

    def _read_weeks(self, task: Task, place: Place, since_ts: str) -> str:
        """Read what is older than a look back, and its threads with news; say how far it came.

        What is older than a day that somebody named may never have been read, and is not now.
        """
        start_ts = reached_ts = task.starts[place.channel]
        if since_ts >= start_ts or task.crawl.since_ts or self._has_to_hurry():
            return start_ts
        outline = Outline.draw(self._store, place.channel, since_ts=since_ts)
        stretches = self._windows.read(
            place.channel_id,
            since_ts=since_ts,
            latest_ts=start_ts,
            has_wanted=lambda root: self._has_news(task, root, outline, start_ts),
        )
        with suppress(CallFailed):  # then its threads are asked one by one
            for stretch in stretches:
                gone = outline.find_gone(place.channel_id, stretch)
                self._keep(task, (*stretch.messages, *gone))
                reached_ts = stretch.reached_ts
                if self._has_to_hurry():
                    break
        return reached_ts

    def _has_to_hurry(self) -> bool:
        return self._pacing.is_restricted or self._is_awaited()

    def _has_news(self, task: Task, root: Message, outline: Outline, since_ts: str) -> bool:
        """Say whether a thread has got a reply since a moment, or may have lost one from then."""
        last_ts = outline.find_last_reply(root)
        is_wanted = bool(last_ts) or may_hold(root, task.purpose.authors)
        has_news = is_wanted and max(str(root.get("latest_reply") or ""), last_ts) > since_ts
        self.asked += has_news
        return has_news

    def _outline(self, task: Task, place: Place) -> Outline:
        since_ts = task.look_backs[place.channel]
        return Outline.draw(self._store, place.channel, since_ts=since_ts)

    def _ask(self, task: Task, due: _Due, outline: Outline) -> None:
        channel_id, root_ts = due.place.channel_id, due.thread.root_ts
        self.asked += 1
        late = self._windows.read_late(channel_id, root_ts, since_ts=task.starts[due.place.channel])
        if late is not None:
            gone = outline.find_gone_late(channel_id, root_ts, late)
            self._keep(task, (*late.messages, *gone))

    def _keep(self, task: Task, messages: Sequence[RawMessage]) -> None:
        self._check()
        self._meter.note_report(self._store.ingest(messages, policy=task.policy))
