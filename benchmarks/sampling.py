"""Tokens a second while texts are drawn, beside loops that do nothing else; and one `/mimic`."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

import numpy as np

from benchmarks.contest import (
    NOT_INSTALLED,
    RUNS,
    Peer,
    Spread,
    alternate,
    is_installed,
    peer,
    ratios,
)
from benchmarks.drawing import Meter
from benchmarks.machine import Neighbors
from benchmarks.report import Table
from benchmarks.workshop import Workshop
from bot.session import Session
from storage.records import VoiceRow
from training.artifacts import WEIGHTS, open_artifact
from training.companions import frame
from training.config import SamplingConfig
from training.corpus import Part, build_corpus
from training.generation import Request, generate
from training.registration import judge_network, pick_evenly
from training.step import StepModel, build_step_graph, fold
from training.token_ngram import UNCONDITIONED, TokenNGram
from training.voice import LoadedVoice, Network

STEPS = 30
_ORDER, _SHARE = 3, 0.3  # of n-grams, as most people of a real workspace have them
BATCHES = (1, 16)
STORY: Final = SamplingConfig(max_tokens=STEPS // 5)  # a story has the tokens of five messages
PEERS: Final[Mapping[str, tuple[str, ...]]] = {
    "PyTorch": ("torch_step",),
    "bare ONNX Runtime, int8": ("onnx_step", "int8"),
    "bare ONNX Runtime, float32": ("onnx_step", "float32"),
}
_PACKAGES = {name: "torch" if name == "PyTorch" else "onnx" for name in PEERS}
_REACH = {("PyTorch", 1): "≥ 8", ("PyTorch", 16): "≥ 4"}
_REACH |= {("bare ONNX Runtime, int8", batch): "≥ 0.9" for batch in BATCHES}
_CORES = {1: "≤ 100 ms", 2: "≤ 60 ms"}
_TEXT = """Two layers of 512, vocabulary {vocab:,}, on {cores} cores. *Mimic* writes texts of 24 to
{steps} tokens with everything on: n-grams, ranking against the base, copy guard; one thread draws.
The others do a step, a softmax and a draw, and nothing else, with the threads that they choose
themselves: PyTorch's `nn.LSTM` in float32, and ONNX Runtime with the same products, without
deltas. A token counts once it has been read, so that the last one of each text does not. One
`/mimic` is 16 such texts, of which one is chosen."""


def measure_sampling(workshop: Workshop, *, runs: int = RUNS) -> Table:
    """Draw with all voices by turns, and let the others draw between."""
    neighbors = Neighbors()
    with workshop.opened() as session:
        people = workshop.find_voices(session)
        voices = [_accompany(session, person) for person in people]
        bits = _compare_bits(session, people[0])
    desk = _Desk(voices)
    text = _TEXT.format(vocab=voices[0].tokenizer.vocab_size, cores=os.cpu_count(), steps=STEPS)
    head = ("what", "Mimic", "peer", "ratio (lowest to highest)", "reach")
    rates = [_compare_rate(desk, name, batch, runs) for batch in BATCHES for name in PEERS]
    times = [_time_one(desk, cores, runs) for cores in _CORES]
    return Table("Sampling", text, head, [*rates, *times, bits], neighbors.describe())


def _accompany(session: Session, person: VoiceRow) -> LoadedVoice:
    """Load a voice; n-grams speak along, also where the invented text needs none."""
    voice, read = session.registry.load(person), session.store.messages.read
    if voice.companions:
        return voice
    texts = [message.text for message in read(author=person.subject)]
    framed = frame(voice.tokenizer, texts)
    ngrams = TokenNGram.train(framed, vocab_size=voice.tokenizer.vocab_size, order=_ORDER)
    return replace(voice, companions=((Network(ngrams, UNCONDITIONED), _SHARE),))


@dataclass
class _Desk:
    """Where texts are written, a voice after the other."""

    voices: Sequence[LoadedVoice]
    meter: Meter = field(default_factory=Meter)
    written: int = 0

    def __post_init__(self) -> None:
        self.meter.watch(self.voices[0].network.step)

    def write(self, candidates: int) -> tuple[float, int]:
        """Write a text; return the seconds that it took, and how many tokens were read."""
        voice = self.voices[self.written % len(self.voices)]
        rng = np.random.default_rng(self.written)
        self.written, self.meter.rows, start = self.written + 1, 0, time.perf_counter()
        request = Request(length="story")
        generate([(voice, 1.0)], request, STORY, rng=rng, candidates=candidates)
        return time.perf_counter() - start, self.meter.rows - 2  # begin tokens

    def rate(self, candidates: int) -> float:
        """Return tokens a second, of all voices together."""
        written = [self.write(candidates) for _ in self.voices]
        return sum(tokens for _, tokens in written) / sum(seconds for seconds, _ in written)


def _compare_rate(desk: _Desk, name: str, batch: int, runs: int) -> Sequence[str]:
    """Draw by turns with one peer; others' idle threads would disturb it."""
    what, reach = f"batch {batch}, tokens/s; {name}", _REACH.get((name, batch), "")
    own = partial(desk.rate, batch)
    if not is_installed(_PACKAGES[name]):
        return (what, str(Spread.of([own() for _ in range(runs)])), NOT_INSTALLED, "", reach)
    with peer(*PEERS[name], *_measure_sizes(desk.voices[0])) as asked:
        found = alternate({"Mimic": own, name: partial(_ask, asked, batch)}, runs)
    ratio = ratios(found["Mimic"], found[name])
    return (what, *(str(Spread.of(figures)) for figures in found.values()), str(ratio), reach)


def _ask(asked: Peer, batch: int) -> float:
    settings = {"temperature": STORY.temperature, "min_p": STORY.min_p}
    return float(asked.ask(batch=batch, steps=4 * STEPS, **settings)["rate"])


def _measure_sizes(voice: LoadedVoice) -> list[str]:
    """Return vocabulary, embedding and hidden size."""
    own = voice.network.conditioning
    hidden_size = len(own.down_2) // 2
    return [str(len(own.output_bias)), str(len(own.down_1) - hidden_size), str(hidden_size)]


def _time_one(desk: _Desk, cores: int, runs: int) -> Sequence[str]:
    """Write with so many cores, as often as there are voices in each run."""
    with _on_cores(cores):
        found = alternate({"Mimic": lambda: 1e3 * _median_time(desk)}, runs)
    times = Spread.of(found["Mimic"])
    return (f"one `/mimic`, {cores} cores", f"{times} ms", "", "", _CORES[cores])


def _median_time(desk: _Desk) -> float:
    return float(np.median([desk.write(BATCHES[-1])[0] for _ in desk.voices]))


@contextmanager
def _on_cores(count: int) -> Iterator[None]:
    """Let this process have only so many."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _compare_bits(session: Session, person: VoiceRow) -> Sequence[str]:
    """Judge the base on held-out text, by integer products and by float ones."""
    registry = session.registry
    voice, version = registry.load(person), registry.artifact(registry.promoted(person))
    weights = open_artifact(registry.folder, version.metadata["base_folder"]).arrays(WEIGHTS)
    corpus = build_corpus(session.store.messages.read())
    texts = pick_evenly(corpus.texts_of(corpus.select(Part.HELD_OUT)))
    integer, exact = (
        judge_network(
            voice.tokenizer,
            Network(StepModel(build_step_graph(weights, quantize=quantize)), fold(weights)),
            texts,
        )
        for quantize in (True, False)
    )
    what = "held-out bits per byte; the same graph in float32"
    return (what, f"{integer:.4f}", f"{exact:.4f}", f"{integer / exact:.4f}", "≤ 1.005")
