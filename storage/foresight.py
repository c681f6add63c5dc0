"""An import reads a few batches ahead, so that others can scrub them while it stores the first."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import NamedTuple

from storage.anonymization import Scrubber
from storage.batches import Load
from storage.crew import Crew
from storage.intake import Foreseen, Intake
from storage.readings import Batch

_BATCHES_EACH = 2  # one that a process is at, and one that waits for it
_TEXTS_AT_A_TIME = 200  # a few milliseconds: nobody waits longer for another's last ones


class _Errand(NamedTuple):
    """Texts that somebody is to scrub."""

    texts: Sequence[str]
    answer: Future[list[str]]


class _Waiting(NamedTuple):
    """A batch that was read ahead."""

    batch: Batch
    scrubber: Scrubber
    errands: Sequence[_Errand]


class Foresight:
    """Looks ahead for one import.

    Args:
        intake: Reads batches, and tells which texts they will bring.
        crew: Scrubs these.
        scrubber: Gives one that knows the members' names as they are now.
    """

    def __init__(self, intake: Intake, crew: Crew, scrubber: Callable[[], Scrubber]) -> None:
        self._intake = intake
        self._crew = crew
        self._scrubber = scrubber

    def read(self, loads: Iterator[Load]) -> Iterator[tuple[Batch, Foreseen]]:
        """Yield batches in their order, with what is scrubbed of each; to be taken in at once.

        Raises:
            ScrubbingEnded: A process that scrubs has ended.
        """
        if not self._intake.find_team():  # with the first load it is
            yield self._intake.read(next(loads)), Foreseen()
        waiting: deque[_Waiting] = deque()
        for batch in map(self._intake.read, loads):
            waiting.append(self._begin(batch))
            # what comes after a batch without news has none, either, so nobody need look ahead
            depth = _BATCHES_EACH * self._crew.size if self._intake.has_news else 0
            while len(waiting) > depth:
                yield _end(waiting.popleft())
        yield from map(_end, waiting)

    def _begin(self, batch: Batch) -> _Waiting:
        scrubber = self._scrubber()
        texts = self._intake.foresee(batch) if self._intake.has_news else []
        # the few that are left over are scrubbed when they are stored: they are not worth a process
        starts = range(0, len(texts) - _TEXTS_AT_A_TIME + 1, _TEXTS_AT_A_TIME)
        pieces = [texts[start : start + _TEXTS_AT_A_TIME] for start in starts]
        errands = [_Errand(piece, self._crew.scrub(scrubber, piece)) for piece in pieces]
        return _Waiting(batch, scrubber, errands)


def _end(waiting: _Waiting) -> tuple[Batch, Foreseen]:
    """Have all texts scrubbed: the last ones here, as long as nobody has begun with them."""
    found: dict[str, str] = {}
    for errand in reversed(waiting.errands):
        if errand.answer.cancel():
            scrubbed = [waiting.scrubber.scrub(text).text for text in errand.texts]
        else:
            scrubbed = errand.answer.result()
        found.update(zip(errand.texts, scrubbed, strict=True))
    return waiting.batch, Foreseen(waiting.scrubber, found)
