"""When the base and voices have to learn anew: real messages, versions that learned nothing."""

import shutil
import time
from pathlib import Path

import pytest

from storage.ingestion import IngestPolicy, RawMessage
from storage.keys import Keyring
from storage.records import VersionRow, VoiceRow
from storage.store import Store
from tests.storage.aging import let_days_pass
from tests.training import tiny_artifacts
from tests.training.tiny_artifacts import add_base, add_delta
from training.attribution import Attributor
from training.authorship import learn_authors
from training.corpus import Corpus, build_corpus, count_bytes
from training.due import find_candidates, is_base_due, is_voice_due
from training.voices import VoiceRegistry


@pytest.fixture
def registry(filled: Store, tmp_path: Path) -> VoiceRegistry:
    """Two people, 300 messages each, and no voice yet."""
    return VoiceRegistry(filled, tmp_path / "voices")


@pytest.fixture
def corpus(registry: VoiceRegistry) -> Corpus:
    return build_corpus(registry.store.messages.read())


@pytest.fixture
def shouter(registry: VoiceRegistry) -> VoiceRow:
    member = registry.store.members.find("shouter")
    return registry.store.voices.ensure("person", subject=member.id)


@pytest.fixture
def learned(monkeypatch):
    """Say what the versions added from now on have learned from."""

    def set_facts(**facts: object) -> None:
        monkeypatch.setattr(tiny_artifacts, "FACTS", {**tiny_artifacts.FACTS, **facts})

    return set_facts


@pytest.fixture(scope="module")
def attributor(_filled: Path, tmp_path_factory) -> Attributor | None:
    """What tells the two apart; it is learned once, for their messages are always the same."""
    file = shutil.copy(_filled, tmp_path_factory.mktemp("learned"))
    store = Store.open(f"sqlite:///{file}", Keyring(bytes(range(32))))
    learned = learn_authors(build_corpus(store.messages.read()))
    store.close()
    return learned


@pytest.fixture
def base(registry: VoiceRegistry, corpus: Corpus, learned, both, attributor) -> VersionRow:
    learned(bytes=count_bytes(corpus.texts))
    return add_base(registry, members=both, attributor=attributor)


def grow(registry: VoiceRegistry, write_messages, count: int) -> Corpus:
    registry.store.ingest(write_messages(count, seed=2), policy=IngestPolicy(team_id="T0TEA"))
    return build_corpus(registry.store.messages.read())


def test_a_base_is_due_where_there_is_none(registry, corpus):
    assert is_base_due(registry, corpus, None)


def test_a_base_that_cannot_tell_people_apart_is_due(registry, corpus, learned):
    learned(bytes=count_bytes(corpus.texts))
    assert is_base_due(registry, corpus, add_base(registry))
    one = build_corpus([each for each in registry.store.messages.read() if each.author == 1])
    assert not is_base_due(registry, one, add_base(registry))


def test_a_base_is_due_when_its_text_has_grown_by_a_fifth(registry, corpus, base, write_messages):
    assert not is_base_due(registry, corpus, base)
    assert not is_base_due(registry, grow(registry, write_messages, 90), base)
    assert is_base_due(registry, grow(registry, write_messages, 150), base)


def test_a_base_that_was_tried_on_the_same_text_in_vain_is_not_due(
    registry, corpus, base, learned, write_messages
):
    grown = grow(registry, write_messages, 150)
    learned(bytes=count_bytes(grown.texts))
    worse = add_base(registry)
    registry.store.voices.promote([base.id])
    registry.store.voices.set_state(worse.id, "retired")
    assert not is_base_due(registry, grown, registry.store.voices.promoted(base.voice))


def test_a_base_that_somebody_left_is_due(registry, corpus, learned, shouter):
    learned(bytes=count_bytes(corpus.texts))
    base = add_base(registry, members=frozenset({shouter.subject}))
    registry.store.forget(shouter.subject, state="left")
    current = registry.store.voices.promoted(base.voice)
    assert is_base_due(registry, build_corpus(registry.store.messages.read()), current)


def test_a_damaged_base_is_due(registry, corpus, base):
    (registry.folder / base.folder / "step.onnx").write_bytes(b"torn")
    assert is_base_due(registry, corpus, base)


def test_whoever_has_enough_text_and_no_voice_is_due(registry, corpus, base, shouter):
    assert {voice.kind for voice in find_candidates(registry, corpus)} == {"person"}
    assert len(find_candidates(registry, corpus)) == 2
    assert is_voice_due(registry, corpus, shouter)


def test_whoever_has_too_little_text_is_not_due(store: Store, fill, tmp_path):
    fill(store, 300)
    registry = VoiceRegistry(store, tmp_path / "voices")
    corpus = build_corpus(store.messages.read())
    voice = store.voices.ensure("person", subject=store.members.list()[0].id)
    assert not is_voice_due(registry, corpus, voice)
    assert find_candidates(registry, corpus) == []


@pytest.mark.parametrize(
    ("messages", "is_due"), [(300, False), (273, False), (272, False), (251, False), (250, True)]
)
def test_a_voice_is_due_with_fifty_new_messages(
    registry, corpus, base, shouter, learned, messages, is_due
):
    learned(messages=messages)
    add_delta(registry, shouter, base)
    assert is_voice_due(registry, corpus, shouter) == is_due


def test_fifty_new_messages_are_too_few_where_they_are_less_than_a_tenth(
    registry, base, shouter, learned, write_messages
):
    corpus = grow(registry, write_messages, 600)
    learned(messages=600 - 54)
    add_delta(registry, shouter, base)
    assert not is_voice_due(registry, corpus, shouter)
    learned(messages=600 - 55)
    add_delta(registry, shouter, base)
    assert is_voice_due(registry, corpus, shouter)


def test_a_voice_on_an_older_base_is_due(registry, corpus, base, shouter, learned):
    learned(messages=300)
    add_delta(registry, shouter, base)
    add_base(registry)
    assert is_voice_due(registry, corpus, shouter)


def test_a_voice_that_was_made_in_a_hurry_is_due(registry, corpus, base, shouter, learned):
    learned(messages=300, is_first=True)
    add_delta(registry, shouter, base)
    assert is_voice_due(registry, corpus, shouter)


def test_what_lost_against_the_voice_that_speaks_is_not_tried_again(
    registry, corpus, base, shouter, learned
):
    learned(messages=200)
    speaking = add_delta(registry, shouter, base)
    learned(messages=300)
    worse = add_delta(registry, shouter, base, seed=2)
    registry.store.voices.promote([speaking.id])
    registry.store.voices.set_state(worse.id, "retired")
    assert not is_voice_due(registry, corpus, shouter)


def test_a_voice_without_a_readable_folder_is_due(registry, corpus, base, shouter, learned):
    learned(messages=300)
    version = add_delta(registry, shouter, base)
    assert not is_voice_due(registry, corpus, shouter)
    (registry.folder / version.folder / "metadata.json").unlink()
    assert is_voice_due(registry, corpus, shouter)


def test_a_voice_whose_base_learned_from_somebody_who_left_is_due(
    registry, corpus, shouter, learned
):
    whisperer = registry.store.members.find("whisperer")
    learned(messages=300)
    base = add_base(registry, members=frozenset({whisperer.id}))
    add_delta(registry, shouter, base)
    assert not is_voice_due(registry, corpus, shouter)
    registry.store.forget(whisperer.id, state="left")
    assert is_voice_due(registry, corpus, shouter)


# --- messages that are gone


SHOUTED, WHISPERED = "1700001000.000100", "1700001001.000100"  # the first message of each


def delete_one(registry: VoiceRegistry, ts: str = SHOUTED) -> Corpus:
    """Take a message back; return what is left."""
    gone = RawMessage("C0TEA", {"subtype": "message_deleted", "deleted_ts": ts})
    report = registry.store.ingest([gone], policy=IngestPolicy(team_id="T0TEA"))
    assert report.messages_dropped == {"deleted": 1}
    return build_corpus(registry.store.messages.read())


def expire_some(registry: VoiceRegistry, seconds: int) -> Corpus:
    """Let messages be too old; return what is left."""
    registry.store.retention.days = (time.time() - 1_700_001_000 - seconds) / 86_400
    assert registry.store.retention.sweep()
    return build_corpus(registry.store.messages.read())


@pytest.fixture
def both(registry: VoiceRegistry) -> frozenset[int]:
    return frozenset(member.id for member in registry.store.members.list())


def test_a_voice_that_knows_a_deleted_message_is_due_at_the_next_run(
    registry, corpus, base, shouter, learned
):
    learned(messages=300)
    add_delta(registry, shouter, base)
    assert not is_voice_due(registry, corpus, shouter)
    left = delete_one(registry)
    assert is_voice_due(registry, left, shouter)
    add_delta(registry, shouter, base, seed=2)
    assert not is_voice_due(registry, left, shouter)


def test_a_voice_is_not_due_for_a_message_that_somebody_else_deleted(
    registry, base, shouter, learned
):
    learned(messages=300)
    add_delta(registry, shouter, base)
    assert not is_voice_due(registry, delete_one(registry, WHISPERED), shouter)


def test_a_base_that_knows_a_deleted_message_is_due_after_a_week(
    registry, corpus, learned, both, attributor
):
    learned(bytes=count_bytes(corpus.texts))
    base = add_base(registry, members=both, attributor=attributor)
    left = delete_one(registry)
    let_days_pass(registry.store, 6.9)
    assert not is_base_due(registry, left, base)
    let_days_pass(registry.store, 0.2)
    assert is_base_due(registry, left, base)
    assert not is_base_due(registry, left, add_base(registry, members=both, attributor=attributor))


def test_what_has_expired_makes_voice_and_base_due_after_a_week(
    registry, corpus, learned, both, shouter, attributor
):
    learned(bytes=count_bytes(corpus.texts), messages=300)
    base = add_base(registry, members=both, attributor=attributor)
    add_delta(registry, shouter, base)
    left = expire_some(registry, 100)
    let_days_pass(registry.store, 6.9)
    assert not is_voice_due(registry, left, shouter)
    assert not is_base_due(registry, left, base)
    let_days_pass(registry.store, 0.2)
    assert is_voice_due(registry, left, shouter)
    assert is_base_due(registry, left, base)


def test_a_voice_with_too_little_text_left_is_not_due_whatever_it_knows(
    registry, base, shouter, learned
):
    learned(messages=300)
    add_delta(registry, shouter, base)
    left = expire_some(registry, 300)
    let_days_pass(registry.store, 9)
    assert not is_voice_due(registry, left, shouter)
