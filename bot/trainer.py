"""The trainer of a serving process: a child that is started when a run waits, never two."""

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import IO

from bot.settings import Settings
from storage.errors import StorageError
from storage.leases import TRAINER
from storage.store import Store
from training.duty import is_free

WORKER = (sys.executable, "-P", "-m", "bot", "worker", "--until-idle", "0")
LOOKING_SECONDS = 2.0
LEAVING_SECONDS = 8.0
MOST_BREAKS = 3  # of one child after another, until the run they worked on counts as failed
LONGEST_BACKOFF = 300.0
_HASTE = 5  # looks at the queue that lie at least between the starts of two children
_OURS = ("bot.", "training.", "storage.")

_log = logging.getLogger(__name__)


class Trainer:
    """Starts the child, starts it again if it breaks off, and ends it.

    Args:
        command: What the child runs.
        looking_seconds: Between two looks at the queue.
        leaving_seconds: From SIGTERM to SIGKILL.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        *,
        command: Sequence[str] = WORKER,
        looking_seconds: float = LOOKING_SECONDS,
        leaving_seconds: float = LEAVING_SECONDS,
    ) -> None:
        self._store, self._command = store, list(command)
        self._environment = find_itself({**settings.environment(), "LOG_FORMAT": "json"})
        self._looking_seconds, self._leaving_seconds = looking_seconds, leaving_seconds
        self._child: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._breaks, self._began, self._not_before = 0, 0.0, 0.0
        self._over = threading.Event()
        self._looker = threading.Thread(target=self._keep_looking, name="trainer", daemon=True)

    def start(self) -> None:
        """Begin to look at the queue; where nothing can be trained, it is left to others."""
        if can_train():
            self._looker.start()
        else:
            _log.warning("What trains is not installed here: runs wait for a `mimic worker`.")

    def close(self) -> None:
        """End the child: a run that is under way goes on the next time."""
        self._over.set()
        if self._looker.is_alive():
            self._looker.join()
        if self._child is None:
            return
        self._child.terminate()
        try:
            self._child.wait(self._leaving_seconds)
        except subprocess.TimeoutExpired:
            _log.warning("The trainer did not end in time and was killed.")
            self._child.kill()
        self._bury(self._child)

    def _keep_looking(self) -> None:
        while not self._over.wait(self._looking_seconds):
            try:
                self._look()
            except (OSError, StorageError) as error:
                _log.warning("The trainer cannot be started: %s", type(error).__name__)

    def _look(self) -> None:
        if self._child is not None:
            if self._child.poll() is None:
                return
            self._judge(self._bury(self._child))
        if monotonic() >= self._not_before and self._has_work():
            self._spawn()

    def _has_work(self) -> bool:
        """Say whether a run waits that no other trainer keeps from being taken."""
        return self._store.runs.has_work() and is_free(self._store, TRAINER)

    def _spawn(self) -> None:
        self._child = subprocess.Popen(  # noqa: S603 - this program itself
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._began = monotonic()
        _log.info("A trainer is started.")
        self._reader = threading.Thread(
            target=_relay, args=(self._child.stderr,), name="trainer's log", daemon=True
        )
        self._reader.start()

    def _bury(self, child: subprocess.Popen[str]) -> int:
        """Return the exit code of a child that has ended."""
        code = child.wait()
        if self._reader:
            self._reader.join()
        self._child = self._reader = None
        return code

    def _judge(self, code: int) -> None:
        """Wait before the next child, longer each time that one breaks off."""
        pause = _HASTE * self._looking_seconds
        if code == 0:
            self._breaks = 0
            self._not_before = self._began + pause  # whatever it leaves undone may not be doable
            return
        self._breaks += 1
        _log.error("The trainer broke off with exit code %d.", code)
        if self._breaks >= MOST_BREAKS:
            self._give_up()
        self._not_before = monotonic() + min(pause * 2 ** (self._breaks - 1), LONGEST_BACKOFF)

    def _give_up(self) -> None:
        """Let the run fail that breaks every trainer, so that the others are not held up."""
        if not is_free(self._store, TRAINER):
            return
        for run in self._store.runs.list():
            if run.state == "running":
                reason = f"The trainer broke off {self._breaks} times: see its log."
                self._store.runs.finish(run.id, "failed", reason=reason)
        self._breaks = 0


def find_itself(environment: Mapping[str, str]) -> dict[str, str]:
    """Let a child find this program, and with `-P` nothing that happens to lie where it starts."""
    places = filter(None, [str(Path(__file__).parents[1]), environment.get("PYTHONPATH")])
    return {**environment, "PYTHONPATH": os.pathsep.join(places)}


def can_train() -> bool:
    """Say whether TensorFlow is installed here."""
    return find_spec("tensorflow") is not None


def _relay(stream: IO[str] | None) -> None:
    """Pass on what the child logged itself; what else it wrote may hold text, and is counted."""
    if stream is None:
        return
    others = 0
    with stream:
        for line in stream:
            record = _read_record(line)
            if record is None:
                others += 1
            else:
                _log.log(record[0], "%s", record[1])
    if others:
        _log.info("The trainer wrote %d lines that are no log.", others)


def _read_record(line: str) -> tuple[int, str] | None:
    with suppress(ValueError, KeyError):
        record = json.loads(line)
        if isinstance(record, dict) and str(record.get("logger")).startswith(_OURS):
            levels = logging.getLevelNamesMapping()
            return levels.get(str(record.get("level")).upper(), logging.INFO), str(record["event"])
    return None
