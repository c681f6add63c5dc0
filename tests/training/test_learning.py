import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from storage.keys import Keyring
from storage.store import Store
from tests.training.tiny_artifacts import add_base
from training.artifacts import NGRAMS, WEIGHTS
from training.config import Level, SamplingConfig
from training.errors import TooLittleText, UnknownVoice
from training.generation import Request, generate
from training.learning import FAR_APART, LearnReport, learn
from training.pipeline import train
from training.supervision import Supervision
from training.voices import VoiceRegistry

pytestmark = pytest.mark.slow

QUIET = Supervision(lambda event: None)
QUICK = 0.1  # minutes


def _compose(lines: int = 400) -> str:
    rng = np.random.default_rng(0)
    winds = ["north", "south", "east", "west"]
    return "\n".join(
        f"the {rng.choice(winds)} wind carries the ferry to {rng.choice(winds)} harbor"
        for _ in range(lines)
    )


TEXT = _compose()


@pytest.fixture
def registry(store: Store, tmp_path: Path) -> VoiceRegistry:
    return VoiceRegistry(store, tmp_path / "voices")


@pytest.fixture(scope="module")
def with_base(tmp_path_factory, fill) -> Iterator[VoiceRegistry]:
    """A workspace with a base."""
    folder = tmp_path_factory.mktemp("workspace")
    store = Store.open(f"sqlite:///{folder}/mimic.db", Keyring(bytes(range(32))))
    fill(store, 300)
    registry = VoiceRegistry(store, folder / "voices")
    assert [report.voice for report in train(registry, [], QUIET, minutes=QUICK)] == ["base"]
    yield registry
    store.close()


def _learn(
    registry: VoiceRegistry, text: str = TEXT, *, level: Level = "char", minutes: float = QUICK
) -> LearnReport:
    return learn(registry, text, QUIET, name="ferry", level=level, minutes=minutes)


def _say(registry: VoiceRegistry) -> str:
    loaded = registry.load(registry.store.voices.find("text", name="ferry"))
    rng = np.random.default_rng(0)
    return generate([(loaded, 1.0)], Request(), SamplingConfig(), rng=rng, candidates=4).text


@pytest.mark.parametrize("level", ["char", "subword", "word"])
def test_a_text_alone_becomes_a_voice_at_every_level(registry: VoiceRegistry, level: str):
    report = _learn(registry, level=level)
    assert (report.version, report.promoted) == (1, True)
    assert 0 < report.bits_per_byte < 8
    assert report.nats_per_char == pytest.approx(report.bits_per_byte * np.log(2))  # it is ASCII
    assert report.bits_per_byte <= report.network_bits_per_byte
    assert _say(registry).strip()
    assert [run.target for run in registry.store.runs.list()] == ["text:ferry"]


def test_ngrams_of_the_text_speak_along(registry: VoiceRegistry):
    report = _learn(registry)
    loaded = registry.load(registry.store.voices.find("text", name="ferry"))
    ((ngrams, share),) = loaded.companions
    assert (ngrams.step.order, 0 < share < 1) == (6, True)
    assert report.bits_per_byte < report.network_bits_per_byte


def test_ngrams_that_help_too_little_are_left_out(registry: VoiceRegistry, monkeypatch):
    monkeypatch.setattr("training.raw_text.LEAST_GAIN", 1.0)
    report = _learn(registry)
    voice = registry.store.voices.find("text", name="ferry")
    assert not registry.load(voice).companions
    assert not registry.artifact(registry.promoted(voice)).has(NGRAMS)
    assert report.bits_per_byte == report.network_bits_per_byte


@pytest.mark.parametrize("level", ["subword", "word", "char"])
def test_a_text_on_a_base_starts_from_it_unless_it_is_of_characters(with_base, level: str):
    _learn(with_base, level=level)
    voice = with_base.store.voices.find("text", name="ferry")
    loaded, version = with_base.load(voice), with_base.promoted(voice)
    assert (version.base is None) == (level == "char")
    assert (loaded.base is None) == (level != "subword")
    assert _say(with_base).strip()
    with_base.remove(voice)


def test_a_text_without_line_breaks_is_learned_in_subwords(registry: VoiceRegistry):
    assert _learn(registry, TEXT.replace("\n", " "), level="subword").promoted


def test_learning_the_same_again_for_too_short_a_time_changes_nothing(registry: VoiceRegistry):
    _learn(registry, minutes=0.4)
    stop = threading.Event()
    stop.set()
    again = learn(registry, TEXT, Supervision(lambda event: None, stop), name="ferry", level="char")
    assert (again.version, again.promoted) == (2, False)
    assert "worse" in again.reason
    assert registry.load(registry.store.voices.find("text", name="ferry")).version == 1
    assert registry.store.runs.list()[0].state == "cancelled"


@pytest.mark.parametrize("level", ["char", "subword", "word"])
def test_embeddings_of_a_text_alone_begin_far_apart(registry: VoiceRegistry, level: str):
    stop = threading.Event()
    stop.set()
    learn(registry, TEXT, Supervision(lambda event: None, stop), name="ferry", level=level)
    version = registry.promoted(registry.store.voices.find("text", name="ferry"))
    embedding = registry.artifact(version).arrays(WEIGHTS)["embedding"]
    assert embedding.std() == pytest.approx(FAR_APART[level], rel=0.01)


def test_another_text_under_the_name_is_not_compared(registry: VoiceRegistry):
    _learn(registry, minutes=0.2)
    other = "".join(chr(97 + n) for n in np.random.default_rng(0).integers(0, 26, 6_000))
    assert _learn(registry, other).promoted


def test_nothing_new_stands_on_a_base_that_learned_from_somebody_who_left(
    registry: VoiceRegistry, fill
):
    fill(registry.store, 10)
    member = registry.store.members.list()[0].id
    add_base(registry, members=frozenset({member}))
    registry.store.forget(member, state="left")
    _learn(registry, level="subword")
    voice = registry.store.voices.find("text", name="ferry")
    assert registry.promoted(voice).base is None


@pytest.mark.parametrize("name", ["base", "Ferry", "a b", "", "../ferry"])
def test_a_name_that_cannot_be_a_texts_is_refused(registry: VoiceRegistry, name: str):
    with pytest.raises(UnknownVoice, match="cannot name a text voice"):
        learn(registry, TEXT, QUIET, name=name)


def test_a_short_text_is_refused_with_its_length(registry: VoiceRegistry):
    with pytest.raises(TooLittleText, match=r"5,000 characters; this text has 11\."):
        _learn(registry, "hello ferry")
    assert registry.store.voices.list() == ()
