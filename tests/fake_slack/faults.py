"""What goes wrong on purpose: the n-th call of a method fails in a way that Slack's do."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["500", "503", "html", "reset", "truncated", "hang", "ratelimited", "error"]
Arguments = Mapping[str, Any]


@dataclass
class Fault:
    """One planned failure.

    `kind` "hang" answers after `seconds`; "ratelimited" asks to wait for `seconds`; "error" answers
    `{"ok": false, "error": error}`. What "html", "reset", "truncated" and "hang" spoil is only the
    answer: the call itself was done, as it may be at Slack's.
    """

    method: str
    kind: Kind
    nth: int
    times: int
    error: str
    seconds: float
    when: Callable[[Arguments], bool] | None
    seen: int = 0

    def strikes(self, method: str, arguments: Arguments) -> bool:
        """Count a call that the fault is meant for, and say whether it fails."""
        if method != self.method or (self.when and not self.when(arguments)):
            return False
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times


class Faults:
    """The failures planned for one test."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def fail(
        self,
        method: str,
        kind: Kind = "500",
        *,
        nth: int = 1,
        times: int = 1,
        error: str = "internal_error",
        seconds: float = 30,
        when: Callable[[Arguments], bool] | None = None,
    ) -> None:
        """Let the `nth` call from now on fail, and `times` calls from there.

        Args:
            method: A Web API method, or "response_url".
            when: Counts only calls whose arguments it accepts.
        """
        self._faults.append(Fault(method, kind, nth, times, error, seconds, when))

    def strike(self, method: str, arguments: Arguments) -> Fault | None:
        """Return what must go wrong with this call, if anything."""
        with self._lock:
            struck = [fault for fault in self._faults if fault.strikes(method, arguments)]
        return struck[0] if struck else None
