"""From a person's first voice to a trained one, by the gate's own rule."""

import threading
from pathlib import Path

import pytest

from storage.ingestion import IngestPolicy, RawMessage
from storage.records import VoiceRow
from storage.store import Store
from training.corpus import build_corpus
from training.due import is_voice_due
from training.first_voice import make_first_voice
from training.pipeline import train
from training.supervision import Supervision, TrainingEvent
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


def test_what_is_deleted_while_it_is_learned_is_known_and_forgotten_at_the_next_run(
    registry: VoiceRegistry,
):
    store, voice = registry.store, _shouter(registry)
    is_deleted = threading.Event()

    def delete_one(_event: TrainingEvent) -> None:
        if not is_deleted.is_set():
            is_deleted.set()
            event = {"subtype": "message_deleted", "deleted_ts": "1700001000.000100"}
            store.ingest([RawMessage("C0TEA", event)], policy=IngestPolicy(team_id="T0TEA"))

    train(registry, [voice], Supervision(delete_one), minutes=0.4)
    first = registry.promoted(voice)
    base = registry.promoted(store.voices.find("base"))
    assert first.read_at == base.read_at < first.created_at
    assert store.removals.carried(first.id).deleted == 1
    assert store.removals.carried(base.id).deleted == 1
    assert is_voice_due(registry, build_corpus(store.messages.read()), voice)
    told = _train(registry, voice, minutes=0.2)
    assert [report.reason for report in told] == [
        "up to date",
        "the version before still knows messages that are gone",
    ]
    assert not store.removals.carried(registry.promoted(voice).id)
    assert store.removals.carried(registry.promoted(voice).id, with_base=True).deleted == 1
    base_told, voice_told = _train(registry, store.voices.find("base"), voice, minutes=0.4)
    assert base_told.reason == "the version before still knows messages that are gone"
    assert voice_told.promoted
    assert not store.removals.carried(registry.promoted(voice).id, with_base=True)
