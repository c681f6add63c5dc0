"""Waiting for what another thread or process brings about."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE_SECONDS = 60.0  # nothing takes as long, even on a busy machine, unless something is wrong


def wait_until(look: Callable[[], Found], seconds: float = PATIENCE_SECONDS) -> Found:
    """Return what is found as soon as it is true.

    Raises:
        AssertionError: It was not in time; what was seen last is said.
    """
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain, saw {found!r}"
        time.sleep(0.01)
    return found
