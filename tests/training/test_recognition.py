import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from tests.training.tiny_examinees import gather_examinees
from tests.training.tiny_voices import build_voice
from training.corpus import Part
from training.errors import TooLittleText
from training.examinees import Examinee
from training.recognition import compare_attributors, find_people, gather
from training.sequence_classifier import SequenceClassifier
from training.subject import Subject
from training.tokenizer import SubwordTokenizer

TEXTS = ["one two three", "drei zwei eins"] * 40


@pytest.fixture
def examinees() -> list[Examinee]:
    tokenizer = SubwordTokenizer.train(TEXTS, vocab_size=300)
    return gather_examinees([replace(build_voice(seed), tokenizer=tokenizer) for seed in (1, 2)])


@pytest.mark.slow
def test_both_attributors_know_people_of_different_manners(examinees):
    progress: list[float] = []
    figures = compare_attributors(examinees, seed=1, on_progress=progress.append)
    assert [each.attributor for each in figures] == ["linear", "lstm"]
    for each in figures:
        assert each.singles.low > 0.9
        assert each.tens.value == each.fifties.value == 1
        tested = [len(examinee.texts(Part.TEST)) for examinee in examinees]
        assert np.sum(each.confusion, axis=1).tolist() == tested
    assert progress == sorted(progress)
    assert json.loads(json.dumps([asdict(each) for each in figures]))


def test_one_person_cannot_be_told_from_nobody(examinees):
    with pytest.raises(TooLittleText, match="Two people"):
        compare_attributors(examinees[:1], seed=1, on_progress=lambda _: None)


def test_voices_of_channels_are_passed_over(examinees):
    channel = replace(examinees[0], subject=Subject(channel=1))
    assert find_people([channel, *examinees]) == examinees


def test_messages_are_gathered_with_the_place_of_their_author(examinees):
    texts, owners = gather(examinees, Part.TEST)
    assert texts == [*examinees[0].texts(Part.TEST), *examinees[1].texts(Part.TEST)]
    assert owners == [0] * 20 + [1] * 20


@pytest.mark.slow
def test_a_sequence_classifier_learns_the_same_from_the_same_seed():
    owners = [0, 1] * 40
    tokenizer = SubwordTokenizer.train(TEXTS, vocab_size=300)
    found = []
    for _ in range(2):
        classifier = SequenceClassifier(tokenizer, 2, seed=3)
        classifier.fit((TEXTS, owners), (TEXTS, owners), lambda _: None)
        found.append(classifier.log_chances(["one two", "zwei eins"]))
    np.testing.assert_allclose(*found, atol=1e-5)
    assert found[0].argmax(axis=1).tolist() == [0, 1]
    np.testing.assert_allclose(np.exp(found[0]).sum(axis=1), 1)
