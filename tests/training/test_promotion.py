"""Who may speak: judged on real held-out text by networks of random weights."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.ingestion import IngestPolicy, RawMessage
from storage.records import VersionRow, VoiceRow
from storage.store import Store
from tests.training import tiny_artifacts
from tests.training.tiny_artifacts import add_base, add_delta
from training.promotion import Exam, Gate
from training.voices import VoiceRegistry

EXAM = Exam(["the kettle is lost", "a spoon was found"])
FIRST_TS = "1700001000.000100"  # the shouter's first message


@pytest.fixture
def registry(filled: Store, tmp_path: Path) -> VoiceRegistry:
    return VoiceRegistry(filled, tmp_path / "voices")


@pytest.fixture
def shouter(registry: VoiceRegistry) -> VoiceRow:
    member = registry.store.members.find("shouter")
    return registry.store.voices.ensure("person", subject=member.id)


@pytest.fixture
def everybody(registry: VoiceRegistry) -> frozenset[int]:
    return frozenset(member.id for member in registry.store.members.list())


def add_candidate(
    registry: VoiceRegistry, voice: VoiceRow, base: VersionRow, seed: int
) -> VersionRow:
    """Register a version beside the one that speaks."""
    speaking = registry.store.voices.promoted(voice.id)
    version = add_delta(registry, voice, base, seed=seed)
    if speaking:
        registry.store.voices.promote([speaking.id])
    return version


def delete_first(registry: VoiceRegistry) -> None:
    event = {"subtype": "message_deleted", "deleted_ts": FIRST_TS}
    policy = IngestPolicy(team_id="T0TEA")
    report = registry.store.ingest([RawMessage("C0TEA", event)], policy=policy)
    assert report.messages_dropped == {"deleted": 1}


def find_worse(
    registry: VoiceRegistry, voice: VoiceRow, base: VersionRow
) -> tuple[VersionRow, int]:
    """Return a version that the gate holds back for its figures, and its seed."""
    for seed in range(2, 30):
        version = add_candidate(registry, voice, base, seed)
        if not Gate(registry, since=datetime.now(UTC)).judge(voice, version, EXAM).is_no_worse:
            return version, seed
    raise AssertionError("all are better")


def test_a_worse_version_is_retired_and_says_why(registry, shouter):
    base = add_base(registry)
    add_delta(registry, shouter, base)
    worse, _ = find_worse(registry, shouter, base)
    gate = Gate(registry, since=datetime.now(UTC))
    figures = gate.judge(shouter, worse, EXAM)
    assert gate.winners == []
    assert figures.reason.startswith("worse than the version before")


def test_what_knows_a_deleted_message_does_not_win_by_its_figures(registry, shouter):
    base = add_base(registry)
    speaking = add_delta(registry, shouter, base)
    _, seed = find_worse(registry, shouter, base)
    delete_first(registry)
    cleaner = add_candidate(registry, shouter, base, seed)  # as bad as the one that was held back
    gate = Gate(registry, since=datetime.now(UTC))
    figures = gate.judge(shouter, cleaner, EXAM)
    assert figures.reason == "the version before still knows messages that are gone"
    assert gate.winners == [cleaner]
    gate.promote()
    assert registry.promoted(shouter).id == cleaner.id != speaking.id


def test_a_version_that_knows_as_much_of_it_is_judged_by_its_figures(registry, shouter, everybody):
    base = add_base(registry, members=everybody)
    delete_first(registry)  # from now on the base knows it, and all that stands on it
    add_delta(registry, shouter, base)
    worse, _ = find_worse(registry, shouter, base)
    figures = Gate(registry, since=datetime.now(UTC)).judge(shouter, worse, EXAM)
    assert not figures.is_cleaner
    assert not figures.is_no_worse


def test_a_version_says_when_its_messages_were_read(registry, shouter, monkeypatch):
    read_at = datetime(2025, 5, 1, 12, tzinfo=UTC)
    facts = {**tiny_artifacts.FACTS, "read_at": read_at.isoformat()}
    base = add_base(registry)
    monkeypatch.setattr(tiny_artifacts, "FACTS", facts)
    assert add_delta(registry, shouter, base).read_at == read_at
    assert base.read_at is not None
