"""An import reads a few batches ahead, so that others can scrub them while it stores the first."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future

from storage.anonymization import Scrubber
from storage.crew import Crew
from storage.ingestion import RawMessage
from storage.intake import Batch, Foreseen, Intake

_BATCHES_EACH = 2  # one that a process is at, and one that waits for it


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

    def read(self, raw: Iterator[Sequence[RawMessage]]) -> Iterator[tuple[Batch, Foreseen]]:
        """Yield batches in their order, with what is scrubbed of each; to be taken in at once.

        Raises:
            ScrubbingEnded: A process that scrubs has ended.
        """
        yield self._intake.read(next(raw, ())), Foreseen()  # with it the workspace is known
        waiting: deque[_Waiting] = deque()
        for batch in map(self._intake.read, raw):
            waiting.append(self._begin(batch))
            # what comes after a batch without news has none, either, so nobody need look ahead
            depth = _BATCHES_EACH * self._crew.size if self._intake.has_news else 0
            while len(waiting) > depth:
                yield _end(waiting.popleft())
        yield from map(_end, waiting)

    def _begin(self, batch: Batch) -> "_Waiting":
        scrubber = self._scrubber()
        texts = self._intake.foresee(batch) if self._intake.has_news else ()
        return batch, scrubber, texts, self._crew.scrub(scrubber, texts)


_Waiting = tuple[Batch, Scrubber, Sequence[str], Future[list[str]]]


def _end(waiting: _Waiting) -> tuple[Batch, Foreseen]:
    """Wait for what is being scrubbed."""
    batch, scrubber, texts, scrubbed = waiting
    return batch, Foreseen(scrubber, dict(zip(texts, scrubbed.result(), strict=True)))
