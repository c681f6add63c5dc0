"""How many tokens a second are learned from, beside models of the same size in other libraries."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.contest import NOT_INSTALLED, Peer, Spread, alternate, is_installed, peer, ratios
from benchmarks.machine import Neighbors
from benchmarks.report import Table
from benchmarks.workshop import Workshop
from training.corpus import Part, build_corpus, encode_corpus

RATE = 2e-3
_STEPS = 4  # a run, of 64 x 64 tokens
_SEED = 1
_AVX2 = {
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "TF_ENABLE_ONEDNN_OPTS": "0",  # as TensorFlow chooses by itself on such a processor
    "XLA_FLAGS": "--xla_cpu_max_isa=AVX2",
}
_TEXT = """Tokens that a model of two LSTM layers of 512 learns from in a second: embedding 256,
tied to the softmax over {vocab:,} subwords; windows of 64 tokens of the workshop's text, 64 side by
side; AdamW with clipping; no dropout; {tokens:,} tokens a run. *Stock Keras* is
`keras.layers.LSTM` under `model.fit`; PyTorch is `nn.LSTM`, both layers in one call. *AVX2 only* is
a processor without AVX-512 and products of bfloat16, as far as the libraries can be told so."""
_HEAD = ("batch 64 x 64", "Mimic, tokens/s", "peer, tokens/s", "ratio", "reach")


@dataclass(frozen=True)
class Contestant:
    """A peer that learns.

    Attributes:
        program: In `benchmarks.peers`.
        package: That it needs.
        arguments: After the file and the batch.
    """

    label: str
    program: str
    package: str
    arguments: tuple[str, ...] = ()

    @contextmanager
    def started(self, file: Path, batch: int, **environment: str) -> Iterator[Peer]:
        """Start it on a lesson, so many rows side by side."""
        with peer(self.program, str(file), str(batch), *self.arguments, **environment) as begun:
            begun.ask(do="begin", seed=_SEED)
            yield begun


MIMIC = Contestant("Mimic", "training_mimic", "tensorflow")
KERAS = Contestant("stock Keras", "training_keras", "tensorflow")
TORCH = Contestant("PyTorch, float32", "training_torch", "torch", ("float32",))
TORCH_LOW = Contestant("PyTorch, bfloat16 autocast", "training_torch", "torch", ("bfloat16",))


def measure_training(workshop: Workshop, *, runs: int) -> Table:
    """Let all train by turns, on all that the processor can and on less."""
    neighbors = Neighbors()
    with lesson_of(workshop) as (file, vocab_size):
        rivals = {KERAS: "≥ 3", TORCH: "", TORCH_LOW: "≥ 1"}
        rows = _race(file, rivals, runs, {})
        rows += _race(file, {KERAS: "≥ 1"}, runs, _AVX2, note=", AVX2 only")
    text = _TEXT.format(vocab=vocab_size, tokens=_STEPS * 64 * 64)
    return Table("Training", text, _HEAD, rows, neighbors.describe())


@contextmanager
def lesson_of(workshop: Workshop) -> Iterator[tuple[Path, int]]:
    """Keep the workshop's text in a file for as long as it is learned; also, how many subwords."""
    with workshop.opened() as session:
        tokenizer = session.registry.load(session.store.voices.ensure("base")).tokenizer
        encoded = encode_corpus(build_corpus(session.store.messages.read()), tokenizer)
    trained, held_out = (
        np.concatenate([encoded.message(int(at)) for at in encoded.corpus.select(part)])
        for part in (Part.TRAIN, Part.HELD_OUT)
    )
    with TemporaryDirectory(dir=workshop.folder) as folder:
        file = Path(folder) / "lesson.npz"
        np.savez(file, trained=trained, held_out=held_out, vocab_size=tokenizer.vocab_size)
        yield file, tokenizer.vocab_size


def _race(
    file: Path,
    rivals: Mapping[Contestant, str],
    runs: int,
    environment: Mapping[str, str],
    note: str = "",
) -> list[Sequence[str]]:
    """Measure Mimic beside others; return a row for each, with what is to be reached."""
    present = [each for each in (MIMIC, *rivals) if is_installed(each.package)]
    with ExitStack() as stack:
        ways = {
            each.label: _make_way(stack.enter_context(each.started(file, 64, **environment)))
            for each in present
        }
        rates = alternate(ways, runs)
    return [
        _describe(rates[MIMIC.label], rates.get(rival.label), (f"{rival.label}{note}", reach))
        for rival, reach in rivals.items()
    ]


def _make_way(pupil: Peer) -> Callable[[], float]:
    def run() -> float:
        done = pupil.ask(do="train", steps=_STEPS, rate=RATE)
        return float(done["tokens"] / done["seconds"])

    return run


def _describe(
    own: Sequence[float], other: Sequence[float] | None, about: tuple[str, str]
) -> Sequence[str]:
    label, reach = about
    if other is None:
        return label, f"{Spread.of(own)}", NOT_INSTALLED, "", reach
    return label, f"{Spread.of(own)}", f"{Spread.of(other)}", f"{ratios(own, other)}", reach
