"""Readings of Slack's history take turns, in one process and among all on one database."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from weakref import WeakKeyDictionary

from bot.errors import BotError
from bot.headway import Headway
from storage.errors import StorageError
from storage.leases import BACKFILL
from storage.store import Store
from training.duty import hold_lease
from training.errors import TrainerBusy

LOOKING_SECONDS = 1.0
WAITING = (
    "Another Mimic process reads Slack's history: this one waits for its turn, and goes on where "
    "that one ends (or a minute after it, if it was killed on another machine)."
)

_log = logging.getLogger(__name__)

Tell = Callable[[Headway], None]


class TurnLost(Exception):
    """The turn ran out while this process was held up, and another took it."""


class Turn:
    """The turn while one has it."""

    def __init__(self) -> None:
        self.lost = threading.Event()

    def check(self) -> None:
        """Go on only with the turn.

        Raises:
            TurnLost: It is another's by now.
        """
        if self.lost.is_set():
            raise TurnLost


class Line:
    """Who waits for a turn in this process; all of them hear of whoever has it.

    Two at once would ask Slack for the same, and slow each other down.

    Attributes:
        lock: Held by whoever has the turn.
        current: That turn; `None` while nobody has it.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.current: Turn | None = None
        self._waiting: list[Tell] = []
        self._list = threading.Lock()

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits while another has the turn."""
        return len(self._waiting) > 1

    def leave(self) -> None:
        """Let the next have the turn."""
        self.current = None
        self.lock.release()

    @contextmanager
    def hear(self, tell: Tell) -> Iterator[None]:
        """Let somebody hear how far the reading is that goes before theirs."""
        with self._list:
            self._waiting.append(tell)
        try:
            yield
        finally:
            with self._list:
                self._waiting.remove(tell)

    def tell_others(self, headway: Headway, own: Tell) -> None:
        """Tell those who wait."""
        with self._list:
            others = [each for each in self._waiting if each is not own]
        for tell in others:
            try:
                tell(headway)
            except (BotError, StorageError) as error:
                _log.warning("Progress could not be told: %s", type(error).__name__)


_LINES: WeakKeyDictionary[Store, Line] = WeakKeyDictionary()
_LOCK = threading.Lock()


def find_line(store: Store) -> Line:
    """Return the line of all who read into a store."""
    with _LOCK:
        return _LINES.setdefault(store, Line())


@contextmanager
def take_turn(store: Store, stop: threading.Event, say: Callable[[str], None]) -> Iterator[Turn]:
    """Wait for the turn, or for the end: what is to stop needs none.

    Args:
        say: Told once if another process has to be waited for.
    """
    turn, line = Turn(), find_line(store)
    with ExitStack() as stack:
        while not (is_mine := line.lock.acquire(timeout=0.1)) and not stop.is_set():
            pass
        if is_mine:
            stack.callback(line.leave)
            _take_lease(stack, store, turn, stop, say)
            line.current = turn
        yield turn


def _take_lease(
    stack: ExitStack, store: Store, turn: Turn, stop: threading.Event, say: Callable[[str], None]
) -> None:
    is_said = False
    while not stop.is_set():
        lease = hold_lease(store, BACKFILL, on_lost=turn.lost.set, patience_seconds=0)
        try:
            stack.enter_context(lease)
        except TrainerBusy:
            if not is_said:
                say(WAITING)
            is_said = True
            stop.wait(LOOKING_SECONDS)
        else:
            return
