"""Processes of their own that scrub texts, so that an import has more than one core.

Each is a `storage.scrubbing`, which answers one line of JSON after the other and ends when nobody
holds its input any more: however this process ends, none is left behind.
"""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Self, cast

from storage.anonymization import Scrubber
from storage.errors import ScrubbingEnded

COMMAND = (sys.executable, "-m", "storage.scrubbing")
_ROOT = Path(__file__).parents[1]
_WORTH_BYTES = 4 * 2**20  # of raw messages: before that a process has hardly begun
_MOST = 2  # they have more to do than whoever asks them, who takes over what none has begun


class _Hand:
    """One of the processes, and the scrubber whose names it knows."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603
            COMMAND,
            cwd=_ROOT,  # where this program lies, and nobody's own modules
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what it would say there might quote a message
            process_group=0,  # Ctrl-C is for the import, which ends it
        )
        self._questions = cast(IO[bytes], self.process.stdin)
        self._answers = cast(IO[bytes], self.process.stdout)
        self._scrubber: Scrubber | None = None

    def scrub(self, scrubber: Scrubber, texts: Sequence[str]) -> list[str]:
        """Have texts scrubbed as a scrubber here would."""
        if self._scrubber is not scrubber:
            self._ask({"names": sorted(scrubber.name_forms)})
            self._scrubber = scrubber
        return self._ask({"texts": texts})

    def _ask(self, question: Mapping[str, Sequence[str]]) -> list[str]:
        try:
            self._questions.write(json.dumps(question).encode() + b"\n")
            self._questions.flush()
            line = self._answers.readline()
        except OSError as error:
            raise _tell_end() from error
        if not line.endswith(b"\n"):
            raise _tell_end()
        answer: list[str] | dict[str, str] = json.loads(line)
        if isinstance(answer, dict):
            raise _tell_end(answer["error"])
        return answer

    def end(self) -> None:
        """Stop at once; who waits for an answer gets none."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """Let go of the pipes, once nobody waits for an answer."""
        with contextlib.suppress(OSError):  # it has left something unread
            self._questions.close()
        self._answers.close()


class Crew:
    """Several processes; use it in a `with` statement.

    Args:
        size: How many; they start when there is something to do.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._hands: list[_Hand] = []
        self._idle: SimpleQueue[_Hand] = SimpleQueue()
        self._threads = ThreadPoolExecutor(size)  # each waits for one of the processes

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def scrub(self, scrubber: Scrubber, texts: Sequence[str]) -> Future[list[str]]:
        """Have texts scrubbed, in their order, by whoever is idle next.

        Args:
            scrubber: One without a name model: only its names are handed over.
            texts: Raw mrkdwn.

        Returns:
            What the texts will be; it raises `ScrubbingEnded` where the process ends before.

        Raises:
            ScrubbingEnded: A process cannot be started.
        """
        while texts and len(self._hands) < self.size:
            self._hands.append(_start())
            self._idle.put(self._hands[-1])
        return self._threads.submit(self._scrub, scrubber, texts)

    def _scrub(self, scrubber: Scrubber, texts: Sequence[str]) -> list[str]:
        if not texts:
            return []
        hand = self._idle.get()
        try:
            return hand.scrub(scrubber, texts)
        finally:
            self._idle.put(hand)

    def close(self) -> None:
        """End all, whatever they are at."""
        for hand in self._hands:
            hand.end()
        self._threads.shutdown(cancel_futures=True)
        for hand in self._hands:
            hand.close()


def choose_size(total_bytes: int) -> int:
    """Say how many processes an import of so many bytes is worth, on this machine."""
    has_affinity = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
    return min(cores - 1, _MOST) if total_bytes >= _WORTH_BYTES else 0


def _start() -> _Hand:
    try:
        return _Hand()
    except OSError as error:
        raise _tell_end(type(error).__name__) from error


def _tell_end(cause: str = "") -> ScrubbingEnded:
    return ScrubbingEnded(
        f"A process that anonymizes messages has ended{cause and f' ({cause})'}. What was stored "
        "before is whole: start the import again."
    )
