"""How much memory the bot takes: at first, and with many voices loaded that people talk to."""

from collections.abc import Iterator, Sequence
from functools import partial

from benchmarks.contest import RUNS, Spread
from benchmarks.crowd import TALES, VOICES, Crowd, name_person, name_tale
from benchmarks.machine import Neighbors
from benchmarks.processes import measure_tree
from benchmarks.report import Table
from benchmarks.scene import ANSWER_SECONDS, Scene, serving
from benchmarks.workshop import Workshop

HOT, ROUNDS = 50, 3
PROMPT = "the gribbles had lunch"  # for an unknown word, all the names of the world are read
_READY, _FIRST, _DELTAS, _HOT, _LATER = (
    "ready, before the first voice",
    "one voice",
    f"{HOT - TALES} voices on one base",
    f"{HOT} voices, {TALES} of them full models",
    f"the same after {ROUNDS} more rounds",
)
_REACH = {_READY: "≤ 250 MB", _HOT: "≤ 400 MB", _LATER: "≤ 400 MB"}
_TEXT = """A real `mimic serve` by Socket Mode that knows {voices:,} voices, with its scheduler and
its trainer's watch, seen from outside: all that it and its children hold, the files that they map
included. People ask for one voice after the other, with an unknown word in the prompt; a voice
that was asked for stays loaded. {tales} of them are texts with models of their own, each as large
as the base that the others stand on."""


def measure_memory(workshop: Workshop, *, runs: int = RUNS) -> Table:
    """Start a bot that knows a thousand voices, as often as asked, and have people talk to it."""
    crowd = Crowd(workshop.folder / "crowd", workshop)
    crowd.gather()
    found: dict[str, list[float]] = {}
    neighbors = Neighbors()
    for _ in range(runs):
        with serving(crowd, uses_http=False, options=()) as scene:
            for what in _talk(scene):
                found.setdefault(what, []).append(measure_tree(scene.process.pid))
    rows = [
        (what, f"{Spread.of(figures)} MB", _REACH.get(what, "")) for what, figures in found.items()
    ]
    text = _TEXT.format(voices=VOICES, tales=TALES)
    return Table("Memory", text, ("what", "Mimic", "reach"), rows, neighbors.describe())


def _talk(scene: Scene) -> Iterator[str]:
    """Yield what there is to be measured, whenever it is there."""
    people = [f"<@{name_person(number)}>" for number in range(HOT - TALES)]
    tales = [name_tale(number) for number in range(TALES)]
    yield _READY
    _ask(scene, people[:1])
    yield _FIRST
    _ask(scene, people[1:])
    yield _DELTAS
    _ask(scene, tales)
    yield _HOT
    for _ in range(ROUNDS):
        _ask(scene, [*people, *tales])
    yield _LATER


def _ask(scene: Scene, voices: Sequence[str]) -> None:
    """Ask for voices, each after the one before has answered."""
    for voice in voices:
        typist, _ = scene.next_command()
        answer = scene.type(typist, f"{voice} {PROMPT}")
        scene.slack.wait_for(partial(scene.slack.shown_for, answer), ANSWER_SECONDS)
