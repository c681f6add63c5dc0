"""A home of its own for every test, and the program as the shell calls it."""

import io
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bot.cli import main
from bot.importing import ImportRequest, import_archive
from bot.sample import write_sample_workspace
from bot.session import Session, open_session
from bot.settings import Settings
from storage.archive import Archive
from tests.bot.slack_bench import build_workspace, open_bench
from tests.fake_slack import FakeSlack
from training.artifacts import (
    CONDITIONING,
    GUARD,
    STEP_GRAPH,
    TOKENIZER,
    WEIGHTS,
    Artifact,
    commit,
    staging,
)
from training.guard import build_guard
from training.step import build_step_graph, fold
from training.tokenizer import SubwordTokenizer

EMBEDDING, HIDDEN, AUTHOR, RANK = 8, 16, 4, 2


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "home"
    monkeypatch.setenv("MIMIC_HOME", str(home))
    return home


@pytest.fixture
def mimic(capsys, monkeypatch):
    """Run `mimic …` in this process, with `stdin` as its standard input."""

    def run(*arguments: object, stdin: str = "") -> Outcome:
        stream = SimpleNamespace(buffer=io.BytesIO(stdin.encode()), isatty=lambda: False)
        monkeypatch.setattr("sys.stdin", stream)
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def sample(tmp_path_factory) -> Path:
    """The sample workspace as a zip."""
    file = tmp_path_factory.mktemp("sample") / "export.zip"
    write_sample_workspace(file)
    return file


@pytest.fixture(scope="session")
def _filled(tmp_path_factory, sample) -> Path:
    home = tmp_path_factory.mktemp("filled")
    with open_session(Settings.alone(home)) as session, Archive.open(sample) as archive:
        everybody = ImportRequest(consent=("all",))
        import_archive(session.store, archive, everybody, on_problem=pytest.fail)
    return home


@pytest.fixture
def filled(_filled, home) -> Path:
    """Make the home one with the sample workspace, where everybody agreed."""
    shutil.copytree(_filled, home)
    return home


@pytest.fixture(scope="session")
def _speaking(tmp_path_factory, _filled) -> Path:
    home = tmp_path_factory.mktemp("speaking") / "home"
    shutil.copytree(_filled, home)
    with open_session(Settings.alone(home)) as session:
        _build_voices(session, "@ada", "@bram")
    return home


@pytest.fixture
def speaking(_speaking, home) -> Path:
    """Make the home one with the sample workspace, a base, and untrained voices of two people."""
    shutil.copytree(_speaking, home)
    return home


def _build_voices(session: Session, *handles: str) -> None:
    """Register voices of random weights: what they say makes no sense, but all else is real."""
    store, rng = session.store, np.random.default_rng(1)
    messages = list(store.messages.read())
    tokenizer = SubwordTokenizer.train([message.text for message in messages], vocab_size=400)
    weights = _draw(rng, _base_shapes(tokenizer.vocab_size))
    base_row = store.voices.ensure("base")
    writers = frozenset(message.author for message in messages)
    with staging(session.registry.folder) as staged:
        staged.write_arrays(WEIGHTS, weights)
        staged.write_arrays(CONDITIONING, asdict(fold(weights)))
        staged.write(STEP_GRAPH, build_step_graph(weights, quantize=False))
        staged.write(TOKENIZER, store.keyring.seal(tokenizer.to_bytes(), identity=TOKENIZER))
        guard = build_guard([(each.author, each.text) for each in messages], store.keyring)
        staged.write_arrays(GUARD, guard)
        artifact = commit(staged, {"is_delta": False, "kind": "base"})
    base = _add_version(session, base_row.id, artifact, None, writers)
    for handle in handles:
        member = store.members.find(handle)
        row = store.voices.ensure("person", subject=member.id)
        delta = _draw(rng, _delta_shapes(tokenizer.vocab_size))
        for _ in range(2):
            with staging(session.registry.folder) as staged:
                staged.write_arrays(WEIGHTS, delta)
                staged.write_arrays(CONDITIONING, asdict(fold(weights, delta=delta)))
                facts = {"is_delta": True, "kind": "person", "base_folder": artifact.folder}
                own = commit(staged, facts)
            _add_version(session, row.id, own, base, frozenset({member.id}))


def _add_version(
    session: Session, voice: int, artifact: Artifact, base: int | None, learned_from: frozenset[int]
) -> int:
    version = session.store.voices.add_version(
        voice,
        folder=artifact.folder,
        base=base,
        messages=660,
        bits_per_byte=2.5,
        base_bits_per_byte=2.75,
        tokens=1000,
        seconds=1.5,
        learned_from=learned_from,
    )
    session.store.voices.promote([version.id])
    return version.id


def _base_shapes(vocab_size: int) -> dict[str, tuple[int, ...]]:
    return {
        "embedding": (vocab_size, EMBEDDING),
        "author/embedding": (3, AUTHOR),
        "author/layer_1": (AUTHOR, 4 * HIDDEN),
        "author/layer_2": (AUTHOR, 4 * HIDDEN),
        "author/projection": (AUTHOR, EMBEDDING),
        "layer_1/kernel": (EMBEDDING, 4 * HIDDEN),
        "layer_1/recurrent_kernel": (HIDDEN, 4 * HIDDEN),
        "layer_1/bias": (4 * HIDDEN,),
        "layer_2/kernel": (HIDDEN, 4 * HIDDEN),
        "layer_2/recurrent_kernel": (HIDDEN, 4 * HIDDEN),
        "layer_2/bias": (4 * HIDDEN,),
        "projection/kernel": (HIDDEN, EMBEDDING),
        "projection/bias": (EMBEDDING,),
        "output_bias": (vocab_size,),
    }


def _delta_shapes(vocab_size: int) -> dict[str, tuple[int, ...]]:
    return {
        "author_vector": (AUTHOR,),
        "layer_1/bias": (4 * HIDDEN,),
        "layer_2/bias": (4 * HIDDEN,),
        "output_bias": (vocab_size,),
        "layer_1/down": (EMBEDDING + HIDDEN, RANK),
        "layer_1/up": (RANK, 4 * HIDDEN),
        "layer_2/down": (2 * HIDDEN, RANK),
        "layer_2/up": (RANK, 4 * HIDDEN),
    }


def _draw(rng: np.random.Generator, shapes: dict[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    return {name: rng.normal(0, 0.4, shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.fixture
def fake_slack(sample):
    """A Slack with the sample workspace."""
    with FakeSlack(build_workspace(sample)) as slack:
        yield slack
        assert slack.violations == []


@pytest.fixture
def bench(speaking, fake_slack):
    """The bot with two voices, at work in that Slack."""
    with open_bench(speaking, fake_slack) as bench:
        yield bench
