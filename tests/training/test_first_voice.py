import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from storage.ingestion import IngestPolicy, RawMessage
from storage.keys import Keyring
from storage.records import VoiceRow
from storage.store import Store
from tests.training.tiny_artifacts import add_base, add_delta
from training.artifacts import COMMON_NGRAMS, NGRAMS, TOKENIZER
from training.companions import OwnText, frame
from training.config import SamplingConfig
from training.corpus import build_corpus
from training.errors import TrainingFailed, UnblendableVoices, UnknownVoice
from training.evaluation import evaluate
from training.first_voice import make_first_voice
from training.generation import Request, Utterance, generate
from training.parcels import export_voice, import_voice
from training.promotion import Exam, Gate
from training.subject import Subject
from training.token_ngram import TokenNGram
from training.tokenizer import SubwordTokenizer
from training.voices import VoiceRegistry


@pytest.fixture
def registry(filled: Store, tmp_path: Path) -> VoiceRegistry:
    """Both people with 300 messages each, and no voice."""
    return VoiceRegistry(filled, tmp_path / "voices")


def _person(registry: VoiceRegistry, number: int = 0) -> VoiceRow:
    member = registry.store.members.list()[number]
    return registry.store.voices.ensure("person", subject=member.id)


def _add_base(registry: VoiceRegistry, *, has_common: bool = False):
    """Add a base of random weights over subwords of all text, that knows nobody."""
    texts = [message.text for message in registry.store.messages.read()]
    members = frozenset(member.id for member in registry.store.members.list())
    tokenizer = SubwordTokenizer.train(texts, vocab_size=400)
    counted = TokenNGram.train(frame(tokenizer, texts), vocab_size=tokenizer.vocab_size, order=2)
    common = counted if has_common else None
    return add_base(registry, members=members, tokenizer=tokenizer, common=common)


def _say(registry: VoiceRegistry, voice: VoiceRow, count: int = 8) -> Iterator[Utterance]:
    parts, rng = [(registry.load(voice), 1.0)], np.random.default_rng(0)
    for _ in range(count):
        yield generate(parts, Request(), SamplingConfig(), rng=rng, candidates=8)


@pytest.fixture(scope="module", params=["on a base", "alone"])
def made(request: pytest.FixtureRequest, tmp_path_factory, fill) -> Path:
    """A folder in which the shouter has a first voice."""
    folder = tmp_path_factory.mktemp("made")
    store = Store.open(f"sqlite:///{folder}/mimic.db", Keyring(bytes(range(32))))
    fill(store)
    registry = VoiceRegistry(store, folder / "voices")
    if request.param == "on a base":
        _add_base(registry)
    assert make_first_voice(registry, _person(registry)) is not None
    store.close()
    return folder


@pytest.fixture
def first(made: Path, tmp_path: Path) -> Iterator[VoiceRegistry]:
    """The same, to be changed at will."""
    shutil.copytree(made, tmp_path / "copy")
    store = Store.open(f"sqlite:///{tmp_path}/copy/mimic.db", Keyring(bytes(range(32))))
    yield VoiceRegistry(store, tmp_path / "copy" / "voices")
    store.close()


def test_a_first_voice_knows_what_is_deleted_afterwards_and_the_next_one_does_not(
    first: VoiceRegistry, write_messages
):
    store, voice = first.store, _person(first)
    version = first.promoted(voice)
    assert version.read_at < version.created_at
    assert not store.removals.carried(version.id, with_base=True)
    event = {"subtype": "message_deleted", "deleted_ts": "1700001000.000100"}
    store.ingest([RawMessage("C0TEA", event)], policy=IngestPolicy(team_id="T0TEA"))
    assert store.removals.carried(version.id).deleted == 1
    store.ingest(write_messages(600, seed=2), policy=IngestPolicy(team_id="T0TEA"))
    newer = make_first_voice(first, voice)
    assert newer.number == 2
    assert not store.removals.carried(newer.id)


def test_a_first_voice_speaks_as_its_person_writes(registry: VoiceRegistry):
    version = make_first_voice(registry, _person(registry))
    said = list(_say(registry, _person(registry)))
    assert version == registry.promoted(_person(registry))
    assert (version.number, version.state, version.messages) == (1, "promoted", 300)
    assert np.mean([each.text == each.text.upper() for each in said]) >= 0.75


def test_its_figure_is_of_the_newest_tenth(first: VoiceRegistry):
    (row,) = evaluate(first, [_person(first)])
    assert row.messages == 30
    assert row.voice_bits == pytest.approx(first.promoted(_person(first)).bits_per_byte)
    assert row.base is None or row.voice_bits < row.base / 2


def test_a_first_voice_repeats_nobody(first: VoiceRegistry):
    for said in _say(first, _person(first)):
        assert not said.is_refused


def test_on_a_base_its_own_ngrams_and_its_vocabulary_speak_along(registry: VoiceRegistry):
    base = _add_base(registry)
    version = make_first_voice(registry, _person(registry))
    assert version.base == base.id
    assert version.bits_per_byte < version.base_bits_per_byte
    assert version.learned_from == {_person(registry).subject}
    loaded = registry.load(_person(registry))
    ((companion, share),) = loaded.companions
    assert 0 < share < 1
    assert companion.step.order in (2, 3)
    assert loaded.base is registry.load(registry.store.voices.ensure("base")).network
    added = loaded.network.conditioning.output_bias - loaded.base.conditioning.output_bias
    (loud,), (quiet,) = (loaded.tokenizer.encode(letter) for letter in ("H", "h"))
    assert added[loud] > added[quiet]


def test_ngrams_of_its_base_speak_along_and_are_loaded_once(registry: VoiceRegistry):
    base = _add_base(registry, has_common=True)
    version = make_first_voice(registry, _person(registry))
    loaded, alone = (
        registry.load(_person(registry)),
        registry.load(registry.store.voices.ensure("base")),
    )
    (common, share), *_ = loaded.companions
    assert common is loaded.common is alone.common
    assert 0 < share < 1
    assert not alone.companions
    kept = registry.artifact(base).read(COMMON_NGRAMS)
    assert b"kettle" not in kept
    assert registry.store.keyring.unseal(kept, identity=COMMON_NGRAMS) == common.step.to_bytes()
    assert registry.artifact(version).metadata["common_share"] == share


def test_alone_it_has_subwords_of_all_the_public_text_and_says_so(registry: VoiceRegistry):
    version = make_first_voice(registry, _person(registry))
    assert version.base is None
    assert version.base_bits_per_byte is None
    assert version.learned_from == {member.id for member in registry.store.members.list()}


def test_whatever_holds_text_is_sealed(first: VoiceRegistry):
    artifact = first.artifact(first.promoted(_person(first)))
    assert artifact.metadata["is_first"]
    assert artifact.has(NGRAMS)
    assert artifact.has(TOKENIZER) == (artifact.metadata["is_delta"] is False)
    for file in artifact.path.iterdir():
        assert b"kettle" not in file.read_bytes().lower()
    for name in {NGRAMS, TOKENIZER} & set(artifact.metadata["checksums"]):
        first.store.keyring.unseal(artifact.read(name), identity=name)


@pytest.mark.parametrize("count", [390, 400])
def test_it_needs_as_many_messages_as_any_voice(store: Store, fill, tmp_path: Path, count: int):
    fill(store, count)
    registry = VoiceRegistry(store, tmp_path / "voices")
    assert (make_first_voice(registry, _person(registry)) is None) == (count < 400)


def test_who_has_a_version_gets_no_first_one(first: VoiceRegistry):
    assert make_first_voice(first, _person(first)) is None


@pytest.mark.parametrize("seed", [0, 2], ids=["of before", "of later"])
def test_a_first_voice_is_followed_by_one_of_far_more_text(first: VoiceRegistry, fill, seed: int):
    fill(first.store, 280, seed=seed)
    assert make_first_voice(first, _person(first)) is None
    fill(first.store, 320, seed=seed)
    version = make_first_voice(first, _person(first))
    assert (version.number, version.messages, version.state) == (2, 460, "promoted")


def test_a_trained_voice_is_not_followed_by_a_first_one(first: VoiceRegistry, fill):
    base = first.store.voices.find("base")
    add_delta(first, _person(first), first.promoted(base) if base else add_base(first))
    fill(first.store, seed=2)
    assert make_first_voice(first, _person(first)) is None


def test_only_people_have_first_voices(registry: VoiceRegistry):
    channel = registry.store.voices.ensure("channel", subject=registry.store.channels.list()[0].id)
    assert make_first_voice(registry, channel) is None


def test_nothing_new_stands_on_a_base_that_somebody_has_left(registry: VoiceRegistry):
    _add_base(registry)
    registry.store.forget(_person(registry, 1).subject, state="left")
    version = make_first_voice(registry, _person(registry))
    assert version.base is None


def test_a_damaged_base_is_done_without(registry: VoiceRegistry):
    base = _add_base(registry)
    (registry.folder / base.folder / TOKENIZER).write_bytes(b"torn")
    assert make_first_voice(registry, _person(registry)).base is None


def test_who_leaves_takes_the_first_voice_along(first: VoiceRegistry):
    voice, folder = _person(first), first.promoted(_person(first)).folder
    receipt = first.store.forget(voice.subject, state="left")
    first.remove_folders(receipt.folders)
    assert not (first.folder / folder).exists()
    assert first.store.voices.find("person", subject=voice.subject) is None


def test_a_first_voice_is_rolled_back_to(first: VoiceRegistry):
    voice, base = _person(first), first.store.voices.find("base")
    before = next(_say(first, voice)).text
    ground = first.promoted(base) if base else add_base(first)
    add_delta(first, voice, ground)
    assert first.load(voice).version == 2
    assert first.rollback(voice).number == 1
    assert next(_say(first, voice)).text == before


def test_a_first_voice_travels(first: VoiceRegistry, open_new, fill, tmp_path: Path):
    export_voice(first, _person(first), tmp_path / "shouter.mimic")
    other = open_new("other.db")
    fill(other, 10)
    there = VoiceRegistry(other, tmp_path / "there")
    imported = import_voice(there, tmp_path / "shouter.mimic")
    assert next(_say(there, imported)).text == next(_say(first, _person(first))).text
    other.close()


def test_two_first_voices_on_one_base_blend(registry: VoiceRegistry):
    _add_base(registry)
    people = [_person(registry, number) for number in (0, 1)]
    for voice in people:
        make_first_voice(registry, voice)
    parts = [(registry.load(voice), 1.0) for voice in people]
    rng = np.random.default_rng(0)
    assert generate(parts, Request("who"), SamplingConfig(intensity=1.5), rng=rng).text


def test_two_first_voices_without_a_base_do_not_blend(registry: VoiceRegistry):
    people = [_person(registry, number) for number in (0, 1)]
    for voice in people:
        make_first_voice(registry, voice)
    parts = [(registry.load(voice), 1.0) for voice in people]
    with pytest.raises(UnblendableVoices, match="train both"):
        generate(parts, Request(), SamplingConfig(), rng=np.random.default_rng(0))


def test_a_version_is_not_judged_by_what_the_one_that_speaks_knows_by_heart(
    first: VoiceRegistry, write_messages
):
    voice, store = _person(first), first.store
    version = first.promoted(voice)
    own = OwnText.select(
        build_corpus(store.messages.read(author=voice.subject)), Subject(author=voice.subject)
    )
    gate = Gate(first, since=datetime.now(UTC))
    learned = Exam(own.trained, [own.until] * len(own.trained))
    assert gate.judge(voice, version, learned).promoted is None
    texts = [*own.trained, *own.held_out]
    times = [own.until] * len(own.trained) + [own.until + 1] * len(own.held_out)
    figures = gate.judge(voice, version, Exam(texts, times))
    assert figures.new == figures.promoted == pytest.approx(version.bits_per_byte)


def test_the_newest_messages_are_held_out(registry: VoiceRegistry):
    payload = {"type": "message", "user": "U0SHOUT", "text": "QUINCE", "ts": "1800000000.000100"}
    policy = IngestPolicy(team_id="T0TEA")
    registry.store.ingest([RawMessage("C0TEA", payload)], policy=policy)
    make_first_voice(registry, _person(registry))
    loaded = registry.load(_person(registry))
    assert any(guard.check("QUINCE").is_refused for guard in loaded.guards)
    assert loaded.tokenizer.encode("QUINCE") != loaded.tokenizer.encode("KETTLE")
    artifact = registry.artifact(registry.promoted(_person(registry)))
    assert artifact.metadata["learned_until"] < 1_800_000_000


def test_a_broken_seal_silences_only_this_version(first: VoiceRegistry):
    voice = _person(first)
    (first.folder / first.promoted(voice).folder / NGRAMS).write_bytes(b"torn")
    with pytest.raises(UnknownVoice, match="is damaged"):
        first.load(voice)


class Interrupted(VoiceRegistry):
    """Everybody leaves as soon as a folder is looked at."""

    def artifact(self, version):
        for member in self.store.members.list():
            self.store.forget(member.id, state="left")
        return super().artifact(version)


def test_nobody_speaks_who_left_while_being_learned(registry: VoiceRegistry):
    _add_base(registry)
    voice = _person(registry)
    with pytest.raises(TrainingFailed, match="left while their messages were being learned"):
        make_first_voice(Interrupted(registry.store, registry.folder), voice)
    assert registry.store.voices.find("person", subject=voice.subject) is None
