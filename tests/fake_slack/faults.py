"""What goes wrong on purpose: the n-th call of a method fails in a way that Slack's do."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tests.fake_slack.paging import encode

Kind = Literal[
    "500", "503", "html", "reset", "truncated", "hang", "ratelimited", "error",
    "empty", "doubled", "overlap",
]  # fmt: skip
Arguments = Mapping[str, Any]
Body = dict[str, Any]

_LISTS = ("messages", "members", "channels")


@dataclass
class Fault:
    """One planned failure.

    `kind` "hang" answers after `seconds`; "ratelimited" asks to wait for `seconds`; "error" answers
    `{"ok": false, "error": error}`. What "html", "reset", "truncated" and "hang" spoil is only the
    answer: the call itself was done, as it may be at Slack's. Pages of lists may be "empty" (their
    items are on the next page), "doubled" (each item twice), or "overlap" the one before.
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
    """The failures planned for one test.

    Attributes:
        weather: Is asked at every call that no planned fault strikes, and may strike by itself.
    """

    def __init__(self) -> None:
        self.weather: Callable[[str, Arguments], Fault | None] = lambda *_: None
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
            return struck[0] if struck else self.weather(method, arguments)


def prepare(fault: Fault | None, arguments: Body) -> Body:
    """Return what a call asks for once a fault has spoiled it."""
    return {**arguments, "inclusive": "1"} if fault and fault.kind == "overlap" else arguments


def spoil(fault: Fault | None, body: Body) -> Body:
    """Return the page as a fault leaves it."""
    name = next((name for name in _LISTS if body.get(name)), "")
    if fault is None or not name:
        return body
    items = body[name]
    if fault.kind == "doubled":
        return body | {name: [item for item in items for _ in range(2)]}
    if fault.kind != "empty":
        return body
    is_thread = name == "messages" and "pin_count" not in body  # whose root is on every page
    kept, later = (items[:1], items[1:]) if is_thread else ([], items)
    if not later:
        return body
    cursor = encode(str(later[0].get("ts") or later[0].get("id")))
    page = {name: kept, "response_metadata": {"next_cursor": cursor}}
    return body | page | ({"has_more": True} if name == "messages" else {})
