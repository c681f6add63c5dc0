"""Late replies to threads that began before what a reading looks at again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.coverage import LOOK_BACK_SECONDS
from bot.crawling import Task
from bot.headway import Meter
from bot.pacing import Pacing
from bot.places import Place
from bot.vanished import Outline
from bot.windows import Windows
from storage.store import Store
from storage.threads import OldThread

ACTIVE_SECONDS = 30 * 24 * 3600.0  # before the gap: a thread that was alive then is asked again
MOST, MOST_RESTRICTED = 250, 60  # of one reading: five minutes, or an hour
TOO_MANY = "late_limit"


@dataclass(frozen=True)
class _Due:
    """A thread to ask again."""

    place: Place
    thread: OldThread


class LateReplies:
    """Asks old threads for what was said, edited or deleted in them since a gap began.

    History shows no replies, and a look back shows no roots that are older than itself. Those
    threads come first that were alive last; what is too much for one reading is counted, and the
    next one looks back far enough to find the same.

    Args:
        store: Knows the threads, and takes what comes.
        windows: Where it comes from.
        meter: Is told of it.
        pacing: Knows whether Slack is slow with this app.
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
        is_awaited: Callable[[], bool],
    ) -> None:
        self.asked = 0
        self._store = store
        self._windows = windows
        self._meter = meter
        self._pacing = pacing
        self._is_awaited = is_awaited

    def read(self, task: Task, places: Sequence[Place]) -> None:
        """Ask the threads of some channels; nothing to do where channels are read as a whole.

        Raises:
            SlackError: Slack does not answer.
            Stopped: It is to stop.
        """
        due = [each for place in places for each in self._find_due(task, place)]
        due.sort(key=lambda each: each.thread.last_ts, reverse=True)
        outlines = {each.place.channel: self._outline(task, each.place) for each in due}
        for number, each in enumerate(due):
            most = MOST_RESTRICTED if self._pacing.is_restricted else MOST
            if number >= most or self._is_awaited():
                self._windows.threads_skipped[TOO_MANY] += len(due) - number
                return
            self._ask(task, each, outlines[each.place.channel])

    def _find_due(self, task: Task, place: Place) -> list[_Due]:
        start_ts = task.starts[place.channel]
        if not start_ts:
            return []
        active = float(start_ts) + LOOK_BACK_SECONDS - ACTIVE_SECONDS
        found = self._store.threads.list_old(
            place.channel, before_ts=start_ts, active_since_ts=f"{active:017.6f}"
        )
        return [_Due(place, thread) for thread in found]

    def _outline(self, task: Task, place: Place) -> Outline:
        since_ts = task.look_backs[place.channel]
        return Outline(self._store.messages.outline(place.channel, since_ts=since_ts))

    def _ask(self, task: Task, due: _Due, outline: Outline) -> None:
        channel_id, root_ts = due.place.channel_id, due.thread.root_ts
        self.asked += 1
        late = self._windows.read_late(channel_id, root_ts, since_ts=task.starts[due.place.channel])
        if late is None:
            return
        gone = outline.find_gone_late(channel_id, root_ts, late)
        self._meter.note_report(self._store.ingest((*late.messages, *gone), policy=task.policy))
