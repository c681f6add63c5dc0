"""What Mimic is measured against, each in a process of its own: `benchmarks.contest.peer`."""

import json
import os
import sys
from collections.abc import Callable
from typing import Any


def answer(handler: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Do a round for each line that comes, and say in a line how it went."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print is no reply
    for line in sys.stdin:
        replies.write(json.dumps(handler(json.loads(line))) + "\n")
        replies.flush()
