"""How soon Mimic is there: the bot, and one message from a new shell."""

import subprocess
import time
from functools import partial

from benchmarks.contest import RUNS, Spread, alternate
from benchmarks.crowd import VOICES, Crowd, name_person
from benchmarks.machine import Neighbors
from benchmarks.memory import PROMPT
from benchmarks.report import Table
from benchmarks.scene import serving
from benchmarks.workshop import Workshop

_TEXT = """Each time a new process, {voices:,} voices in its database; the disk has lately been
read. The bot is ready when it is connected by Socket Mode and `/readyz` says so; `mimic say`
is over when its message is out."""


def measure_starting(workshop: Workshop, *, runs: int = RUNS) -> Table:
    """Start everything by turns."""
    crowd = Crowd(workshop.folder / "crowd", workshop)
    crowd.gather()
    say, neighbors = partial(_say, crowd), Neighbors()
    ways = {
        "`mimic serve` until it is ready": partial(_serve, crowd),
        "`mimic say @someone`": say,
        "the same with an unknown word in the prompt": partial(say, "--prompt", PROMPT),
        "`mimic --help`": partial(_time, crowd, "--help"),
    }
    reach = ("≤ 1.5 s", "≤ 1.5 s", "≤ 1.5 s", "")
    found = alternate(ways, runs)
    rows = [
        (what, f"{Spread.of(seconds)} s", most)
        for (what, seconds), most in zip(found.items(), reach, strict=True)
    ]
    text = _TEXT.format(voices=VOICES)
    return Table("Starting", text, ("what", "Mimic", "reach"), rows, neighbors.describe())


def _serve(crowd: Crowd) -> float:
    with serving(crowd, uses_http=False, options=()) as scene:
        return scene.start_seconds


def _say(crowd: Crowd, *options: str) -> float:
    return _time(crowd, "say", name_person(0), *options)


def _time(crowd: Crowd, *arguments: str) -> float:
    """Return how many seconds a command takes; what it says is dropped."""
    command, start = crowd.command(*arguments), time.monotonic()
    subprocess.run(  # noqa: S603
        command, env=crowd.environment(), cwd=crowd.folder, check=True, stdout=subprocess.DEVNULL
    )
    return time.monotonic() - start
