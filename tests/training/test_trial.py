"""Trials of the small workspace: what they judge by, and that nothing of them is kept."""

import threading
from collections import Counter

import pytest

from storage.records import VoiceRow
from storage.store import Store
from training.corpus import TESTING, Part, build_corpus
from training.errors import TooLittleText, TrainingFailed
from training.evaluation import EvaluationRow
from training.leaks import measure_leaks
from training.matrix import Matrix
from training.scarcity import measure_scarcity
from training.supervision import Supervision, TrainingEvent
from training.testing import Learning, run_test
from training.trial import Trial
from training.voices import VoiceRegistry

pytestmark = pytest.mark.slow

QUICK = 0.1  # minutes


@pytest.fixture
def registry(filled: Store, tmp_path) -> VoiceRegistry:
    return VoiceRegistry(filled, tmp_path / "voices")


@pytest.fixture
def trial(registry) -> Trial:
    return Trial(registry, Supervision(lambda event: None))


def propose(store: Store) -> list[VoiceRow]:
    """Voices of both people, of which nothing is stored."""
    return [VoiceRow(0, "person", member.id, None) for member in store.members.list()]


def read_texts(store: Store) -> Counter[str]:
    return Counter(message.text for message in store.messages.read())


def test_a_test_judges_by_text_that_stopped_nothing(registry):
    events: list[TrainingEvent] = []
    trial = Trial(registry, Supervision(events.append))
    findings = list(run_test(trial, propose(registry.store), minutes=QUICK, seed=1))
    rows = [each for each in findings if isinstance(each, EvaluationRow)]
    assert [(row.voice, row.part, row.messages) for row in rows] == [
        ("@shouter", "test", 30),
        ("@whisperer", "test", 30),
    ]
    curves = [each for each in findings if isinstance(each, Learning)]
    assert [curve.voice for curve in curves] == ["base", "@shouter", "@whisperer"]
    assert all(point["bits_per_byte"] > 0 for curve in curves for point in curve.history)
    (matrix,) = [each for each in findings if isinstance(each, Matrix)]
    assert [matrix.bits_per_byte[place][place] for place in (0, 1)] == pytest.approx(
        [row.voice_bits for row in rows]
    )
    assert matrix.recognition[-1].share == 1  # one shouts, the other whispers
    assert not registry.store.voices.list()
    assert not list(registry.folder.iterdir())
    assert [event.fraction for event in events if event.voice == "matrix"] == [0, 0.5, 1]


def test_what_is_taught_can_speak_until_the_trial_is_over(trial, registry):
    corpus = build_corpus(registry.store.messages.read(), TESTING)
    pupils = trial.enroll(corpus, propose(registry.store)[:1])
    with trial.teach(corpus, pupils, minutes=QUICK) as examinees:
        (examinee,) = examinees
        assert len(examinee.texts(Part.TEST)) == 30
        assert examinee.voice.member == examinee.subject.author
        assert examinee.history
        assert examinee.base_history
        assert list(registry.folder.iterdir())
    assert not list(registry.folder.iterdir())


def test_with_little_consent_fewer_people_and_messages_are_learned(trial, registry):
    before = read_texts(registry.store)
    cases = list(measure_scarcity(trial, minutes=QUICK))
    assert [(case.people, case.messages, case.voices) for case in cases] == [
        (1, 100, 1),
        (2, 100, 2),
    ]
    assert all(0 < case.voice_bits < 8 and case.own_6gram > 0 for case in cases)
    assert read_texts(registry.store) == before
    assert not list(registry.folder.iterdir())


def test_planted_secrets_never_come_into_the_store(trial, registry):
    before = read_texts(registry.store)
    (leaks,) = measure_leaks(trial, minutes=QUICK, seed=1, draws=1)
    assert (leaks.planted, leaks.copies, leaks.draws) == (100, 5, 1)
    assert leaks.found_guarded == 0
    assert read_texts(registry.store) == before
    assert not registry.store.voices.list()
    assert not list(registry.folder.iterdir())


def test_a_trial_that_is_stopped_before_its_first_voice_has_no_figures(registry):
    stop = threading.Event()
    trial = Trial(registry, Supervision(lambda event: stop.set(), stop))
    with pytest.raises(TrainingFailed, match="before it had any figures"):
        list(run_test(trial, propose(registry.store), minutes=QUICK, seed=1))
    assert not list(registry.folder.iterdir())


def test_too_few_messages_are_counted_not_tried(store: Store, fill, tmp_path):
    fill(store, 90)
    trial = Trial(VoiceRegistry(store, tmp_path / "voices"), Supervision(lambda event: None))
    with pytest.raises(TooLittleText, match=r"200 messages.* 90 are stored"):
        next(run_test(trial, propose(store), minutes=None, seed=1))


def test_a_person_with_too_few_messages_is_named(store: Store, fill, tmp_path):
    fill(store, 300)
    trial = Trial(VoiceRegistry(store, tmp_path / "voices"), Supervision(lambda event: None))
    with pytest.raises(TooLittleText, match=r"@shouter cannot be tried: 50 more messages"):
        next(run_test(trial, propose(store), minutes=None, seed=1))
