"""A home of its own for every test, and the program as the shell calls it."""

import io
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.cli import main
from bot.importing import ImportRequest, import_archive
from bot.sample import write_sample_workspace
from bot.session import Session, open_session
from bot.settings import Settings
from storage.archive import Archive
from tests.bot.slack_bench import build_workspace, open_bench
from tests.bot.small_home import fill
from tests.fake_slack import FakeSlack
from tests.training.tiny_voices import draw_delta, draw_weights
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


@pytest.fixture(scope="session")
def _opened(build_once) -> Path:
    def make(home: Path) -> None:
        with open_session(Settings.alone(home)):
            pass

    return build_once("opened", make)


@pytest.fixture
def opened(_opened, home) -> Path:
    """Make the home one that was opened once; its tables take longer to make than to copy."""
    shutil.copytree(_opened, home)
    return home


@pytest.fixture(scope="session")
def _small(build_once) -> Path:
    return build_once("small", fill)


@pytest.fixture
def small(_small, home) -> Settings:
    """Make the home one with two people, a message and a tiny voice each."""
    shutil.copytree(_small, home)
    return Settings.alone(home)


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
def sample(build_once) -> Path:
    """The sample workspace as a zip."""

    def make(folder: Path) -> None:
        write_sample_workspace(folder / "export.zip")

    return build_once("sample", make) / "export.zip"


@pytest.fixture(scope="session")
def _filled(build_once, sample) -> Path:
    def make(home: Path) -> None:
        with open_session(Settings.alone(home)) as session, Archive.open(sample) as archive:
            everybody = ImportRequest(consent=("all",))
            import_archive(session.store, archive, everybody, on_problem=pytest.fail)

    return build_once("filled", make)


@pytest.fixture
def filled(_filled, home) -> Path:
    """Make the home one with the sample workspace, where everybody agreed."""
    shutil.copytree(_filled, home)
    return home


@pytest.fixture(scope="session")
def _speaking(build_once, _filled) -> Path:
    def make(home: Path) -> None:
        shutil.copytree(_filled, home, dirs_exist_ok=True)
        with open_session(Settings.alone(home)) as session:
            _build_voices(session, "@ada", "@bram")

    return build_once("speaking", make)


@pytest.fixture
def speaking(_speaking, home) -> Path:
    """Make the home one with the sample workspace, a base, and untrained voices of two people."""
    shutil.copytree(_speaking, home)
    return home


def _build_voices(session: Session, *handles: str) -> None:
    """Register voices of random weights: what they say makes no sense, but all else is real."""
    store = session.store
    messages = list(store.messages.read())
    tokenizer = SubwordTokenizer.train([message.text for message in messages], vocab_size=400)
    weights = draw_weights(vocab_size=tokenizer.vocab_size)
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
    for seed, handle in enumerate(handles, 1):
        member = store.members.find(handle)
        row = store.voices.ensure("person", subject=member.id)
        delta = draw_delta(seed, vocab_size=tokenizer.vocab_size)
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
