"""How long it takes until somebody new can be mimicked."""

import json
import subprocess
import time
from typing import Any

from benchmarks.contest import Spread
from benchmarks.machine import Neighbors
from benchmarks.newcomer import MESSAGES, NAME, joined
from benchmarks.report import Table
from benchmarks.workshop import Workshop

_TEXT = """`mimic train @{name}` from its start to its end, in a new process each time: {messages:,}
messages of somebody who came after the base was trained ({tokens:,} tokens were read of them and
what they answer). *Fitting* is what the run itself notes; all else is TensorFlow's import, reading,
tokens, n-grams, the copy guard and files. Bits per byte are of the newest tenth."""
_HEAD = ("what", "Mimic", "reach")


def measure_voicing(workshop: Workshop, *, runs: int) -> Table:
    """Train the newcomer's voice, each time in a home where it has none."""
    neighbors = Neighbors()
    with joined(workshop) as home:
        done = [_train(home) for _ in range(runs)]
    report = done[-1][1]
    fitting = [report["seconds"] for _, report in done]
    rows = [
        ("seconds in all", f"{Spread.of([seconds for seconds, _ in done])}", "≤ 20"),
        ("seconds of fitting", f"{Spread.of(fitting)}", ""),
        ("bits per byte", f"{report['bits_per_byte']:.3f}", ""),
        ("bits per byte of the base", f"{report['base_bits_per_byte']:.3f}", ""),
    ]
    text = _TEXT.format(name=NAME, messages=MESSAGES, tokens=report["tokens"])
    return Table("A new voice", text, _HEAD, rows, neighbors.describe())


def _train(home: Workshop) -> tuple[float, dict[str, Any]]:
    """Return the seconds that the command took, and its report; the voice is removed again."""
    started = time.perf_counter()
    done = subprocess.run(  # noqa: S603
        home.command("train", f"@{NAME}", "--json"),
        env=home.environment(),
        cwd=home.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - started
    home.run("voices", "remove", f"@{NAME}", "--yes")
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return seconds, report
