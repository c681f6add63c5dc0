import json
from dataclasses import asdict, replace

import pytest

from storage.keys import Keyring
from tests.training.tiny_examinees import gather_examinees
from tests.training.tiny_voices import build_voice
from training.corpus import Part
from training.errors import TooLittleText
from training.examinees import Examinee
from training.guard import CopyGuard, build_guard
from training.imitation import ImitationReport, judge_messages, measure_generated, write_messages
from training.lexicon import Lexicon
from training.subject import Subject


@pytest.fixture(scope="module")
def examinees() -> list[Examinee]:
    """People whose voices love their letters."""
    biases = ({"e": 3.0, " ": 2.0, "end": 1.0}, {"o": 3.0, " ": 2.0, "end": 1.0})
    voices = [build_voice(seed, bias=bias) for seed, bias in enumerate(biases, 1)]
    labels = ("@ada", "@bob")
    return gather_examinees(
        [replace(voice, label=label) for voice, label in zip(voices, labels, strict=True)]
    )


@pytest.fixture(scope="module")
def report(examinees) -> ImitationReport:
    return measure_generated(examinees, seed=1, on_progress=lambda _: None)


@pytest.mark.slow
def test_as_many_messages_are_written_as_are_real(report, examinees):
    assert [row.kind for row in report.rows] == ["real", "ranked", "unranked"]
    assert {row.messages for row in report.rows} == {40}
    assert {len(texts) for texts in report.messages.values()} == {20}


@pytest.mark.slow
def test_people_are_known_by_their_own_messages_and_by_their_voices(report):
    real, ranked, _ = report.rows
    assert real.tens.value == 1
    assert ranked.singles.low > 0.6
    assert ranked.tens.value > 0.9


@pytest.mark.slow
def test_voices_that_have_learned_nothing_are_told_from_people(report):
    real, ranked, unranked = report.rows
    assert real.detected is None
    for row in (ranked, unranked):
        assert row.detected is not None
        assert row.detected.low > 0.7
        assert row.length_distance > real.length_distance


@pytest.mark.slow
def test_what_people_repeat_is_what_they_have_said_before(report):
    real, ranked, _ = report.rows
    assert real.copies.exact > 0.1
    assert ranked.copies.exact == 0
    assert real.wordy_share > 0.1


@pytest.mark.slow
def test_voices_without_a_lexicon_invent_words_and_others_do_not(report, examinees):
    real, ranked, _ = report.rows
    learned = Lexicon.of(examinees[0].corpus.texts)
    knowing = [
        replace(each, voice=replace(each.voice, lexicons=(learned, Lexicon.of("eo"))))
        for each in examinees
    ]
    strict = measure_generated(knowing, seed=1, on_progress=lambda _: None).rows[1]
    assert real.new_word_share < 0.1
    assert strict.new_word_share < ranked.new_word_share / 2


@pytest.mark.slow
def test_the_same_seed_gives_the_same_report_and_it_fits_into_json(report, examinees):
    progress: list[float] = []
    again = measure_generated(examinees, seed=1, on_progress=progress.append)
    assert again == report
    assert json.loads(json.dumps(asdict(again)))["rows"][0]["kind"] == "real"
    assert progress == sorted(progress)
    assert progress[-1] == 1


@pytest.mark.slow
def test_messages_of_something_else_are_judged_as_those_of_voices_are(report, examinees):
    _, ranked, _ = report.rows
    assert judge_messages(examinees, "ranked", report.messages, seed=1) == ranked
    swapped = dict(zip(report.messages, reversed(report.messages.values()), strict=True))
    assert judge_messages(examinees, "else", swapped, seed=1).tens.value < 0.1


def test_copies_are_not_written_while_there_is_anything_else():
    keyring = Keyring(bytes(range(32)))
    voice = build_voice(bias={"e": 3.0, "end": 2.0})
    free = write_messages(voice, 12, candidates=1, seed=(1,))
    known = [(1, text) for text in free]
    guarded = replace(voice, guards=(CopyGuard(build_guard(known, keyring), keyring),))
    assert not set(free) & set(write_messages(guarded, 12, candidates=4, seed=(1,)))


@pytest.mark.slow
def test_a_voice_that_only_repeats_is_judged_but_not_quoted(examinees):
    keyring = Keyring(bytes(range(32)))
    parrot = build_voice(bias={"e": 40.0, "end": 60.0})
    guards = (CopyGuard(build_guard([(1, "e")], keyring), keyring),)
    first = replace(examinees[0], voice=replace(parrot, label="@ada", guards=guards))
    report = measure_generated([first, examinees[1]], seed=1, on_progress=lambda _: None)
    assert report.messages["@ada"] == []
    assert len(report.messages["@bob"]) == 20
    assert {row.messages for row in report.rows} == {40}


def test_one_voice_has_nobody_to_be_taken_for(examinees):
    with pytest.raises(TooLittleText, match="Two people"):
        measure_generated(examinees[:1], seed=1, on_progress=lambda _: None)


def test_channels_do_not_count_as_people(examinees):
    channel = replace(examinees[0], subject=Subject(channel=1))
    assert channel.texts(Part.TEST)
    with pytest.raises(TooLittleText, match="Two people"):
        measure_generated([examinees[0], channel], seed=1, on_progress=lambda _: None)
