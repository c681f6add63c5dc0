"""From a person's first voice to a trained one, by the gate's own rule."""

from pathlib import Path

import pytest

from storage.records import VoiceRow
from storage.store import Store
from training.first_voice import make_first_voice
from training.pipeline import train
from training.supervision import Supervision
from training.voices import VoiceRegistry

pytestmark = pytest.mark.slow


@pytest.fixture
def registry(store: Store, fill, tmp_path: Path) -> VoiceRegistry:
    fill(store)
    return VoiceRegistry(store, tmp_path / "voices")


def _shouter(registry: VoiceRegistry) -> VoiceRow:
    return registry.store.voices.ensure("person", subject=registry.store.members.list()[0].id)


def _train(registry: VoiceRegistry, *voices: VoiceRow, minutes: float):
    return train(registry, voices, Supervision(lambda event: None), minutes=minutes)


def test_a_trained_version_wins_over_the_first_voice_on_its_base(registry: VoiceRegistry):
    _train(registry, minutes=0.8)
    voice = _shouter(registry)
    first = make_first_voice(registry, voice)
    assert first.base == registry.promoted(registry.store.voices.find("base")).id
    base, report = _train(registry, voice, minutes=0.5)
    assert base.reason == "up to date"
    assert report.reason.startswith("no worse than the version before")
    assert (report.promoted, registry.load(voice).version) == (True, 2)
    assert not registry.artifact(registry.promoted(voice)).metadata.get("is_first")
    assert registry.rollback(voice).id == first.id
    assert registry.load(voice).version == 1
