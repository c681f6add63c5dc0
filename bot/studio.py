"""The studio: one thread draws what many people ask for, those who wait at once in one batch."""

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass

import numpy as np

from bot.errors import Busy
from bot.mimicry import Line, Mimicry, Said, say_together
from bot.realization import Surroundings
from bot.targets import Target
from training.generation import CANDIDATES, Request

CAPACITY = 256
PATIENCE_SECONDS = 10.0  # an order that has waited longer is refused: nobody looks any more
LARGEST_BATCH = 16
MOST_PROMPT, MOST_REPLY = 500, 1_000  # characters; a page of them would hold everybody up
ANSWERING_THREADS = 8
SWITCH_SECONDS = 0.001  # a thread that computes lets others go on: drawing goes out and in a lot
_DRAWING_SHARE = 0.7  # of the time that closing has; the rest is for the last answers
MOST_CANDIDATES, FEWEST_CANDIDATES = CANDIDATES, 4
_LOADS = ((4, MOST_CANDIDATES), (16, 6))  # up to so many waiting, so many candidates

_log = logging.getLogger(__name__)

Then = Callable[[Said | Exception], None]


@dataclass(frozen=True)
class Order:
    """One message that somebody asks for; texts are raw.

    Attributes:
        here: Whom and what it may mention; None for what the voices know.
        seed: The same number says the same again.
    """

    target: Target
    prompt: str = ""
    reply_to: str = ""
    here: Surroundings | None = None
    seed: int | None = None


@dataclass(frozen=True, eq=False)
class _Ticket:
    """An order that is to be answered once."""

    order: Order
    then: Then
    deadline: float  # of the monotonic clock


class Studio:
    """Draws on one thread, answers on a few others.

    Args:
        mimicry: Used on the studio's thread alone.
        capacity: How many orders may be without their answer at a time.
        patience_seconds: How long an order may wait.
    """

    def __init__(
        self,
        mimicry: Mimicry,
        *,
        capacity: int = CAPACITY,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._mimicry = mimicry
        self._capacity, self._patience = capacity, patience_seconds
        self._news = threading.Condition()  # guards all below
        self._queue: deque[_Ticket] = deque()
        self._open: set[_Ticket] = set()  # nobody has answered them yet
        self._answers: set[Future[None]] = set()
        self._is_closing = False
        self._pool = ThreadPoolExecutor(ANSWERING_THREADS, thread_name_prefix="answer")
        self._thread = threading.Thread(target=self._work, name="studio", daemon=True)

    def start(self) -> None:
        """Begin to draw."""
        sys.setswitchinterval(SWITCH_SECONDS)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many orders wait to be drawn."""
        return len(self._queue)

    def submit(self, order: Order, then: Then) -> None:
        """Take an order and return at once; `then` gets the message, or why there is none.

        Raises:
            Busy: Too many are without an answer already, or the studio closes.
        """
        ticket = _Ticket(order, then, time.monotonic() + self._patience)
        with self._news:
            if self._is_closing or len(self._open) + len(self._answers) >= self._capacity:
                raise _busy()
            self._open.add(ticket)
            self._queue.append(ticket)
            self._news.notify()

    def close(self, timeout_seconds: float) -> None:
        """Take no more orders, draw and answer what waits; what is left in the end is refused."""
        end = time.monotonic() + timeout_seconds
        with self._news:
            self._is_closing = True
            self._news.notify()
        if self._thread.is_alive():
            self._thread.join(_DRAWING_SHARE * timeout_seconds)
        with self._news:
            self._queue.clear()
            left = list(self._open)
        for ticket in left:
            self._answer(ticket, _busy())
        with self._news:
            answers = set(self._answers)
        _, late = wait_for(answers, timeout=max(0.0, end - time.monotonic()))
        if late:
            _log.warning("%d answers were not given in time.", len(late))
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _work(self) -> None:
        while tickets := self._take():
            self._draw(tickets)

    def _take(self) -> list[_Ticket]:
        """Wait for orders; none come back when the studio closes and nobody waits any more."""
        with self._news:
            self._news.wait_for(lambda: self._queue or self._is_closing)
            size = min(len(self._queue), LARGEST_BATCH)
            return [self._queue.popleft() for _ in range(size)]

    def _draw(self, tickets: Sequence[_Ticket]) -> None:
        """Draw in one batch; where that breaks, one by one, so that only the culprit suffers."""
        candidates = choose_candidates(len(tickets) + self.waiting)
        lines: dict[_Ticket, Line] = {}
        for ticket in tickets:
            try:
                lines[ticket] = self._open_line(ticket, candidates)
            except Exception as error:  # noqa: BLE001 - whatever it is, whoever asked is told
                self._answer(ticket, error)
        asking = list(lines)
        try:
            for number, outcome in say_together(list(lines.values())):
                self._answer(asking[number], outcome)
        except Exception as error:  # noqa: BLE001 - likewise
            if len(asking) == 1:
                self._answer(asking[0], error)
                return
            _log.warning("A batch broke (%s): drawn one by one.", type(error).__name__)
            for ticket in asking:
                if ticket in self._open:
                    self._draw([ticket])

    def _open_line(self, ticket: _Ticket, candidates: int) -> Line:
        order = ticket.order
        if time.monotonic() > ticket.deadline:
            raise _busy()
        if order.seed is not None:  # or it would not say the same again
            candidates = MOST_CANDIDATES
        speaker = self._mimicry.open(order.target)
        return Line(
            speaker,
            Request(_cut(order.prompt, MOST_PROMPT), _cut(order.reply_to, MOST_REPLY)),
            speaker.sampling,
            np.random.default_rng(order.seed),
            here=order.here,
            candidates=candidates,
            is_hurried=candidates < MOST_CANDIDATES,
        )

    def _answer(self, ticket: _Ticket, outcome: Said | Exception) -> None:
        with self._news:
            if ticket not in self._open:  # refused already, by closing
                return
            self._open.remove(ticket)
            answer = self._pool.submit(_tell, ticket.then, outcome)
            self._answers.add(answer)
        answer.add_done_callback(self._forget)

    def _forget(self, answer: Future[None]) -> None:
        with self._news:
            self._answers.discard(answer)


def _tell(then: Then, outcome: Said | Exception) -> None:
    try:
        then(outcome)
    except Exception as error:  # noqa: BLE001 - one answer that cannot be given harms no other
        _log.error("An answer could not be given (%s).", type(error).__name__)


def choose_candidates(waiting: int) -> int:
    """Return among how many texts to choose: fewer the more orders wait, so that all are quick."""
    return next((count for most, count in _LOADS if waiting <= most), FEWEST_CANDIDATES)


def _cut(text: str, most: int) -> str:
    """Return the first words of a text, never half of a mention."""
    return text if len(text) <= most else text[:most].rsplit(maxsplit=1)[0]


def _busy() -> Busy:
    return Busy("Too much is asked for at once: try again in a few seconds.")
