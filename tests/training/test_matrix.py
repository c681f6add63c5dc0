import numpy as np
import pytest

from storage.messages import StoredMessage
from tests.training.tiny_voices import build_voice
from training.corpus import TESTING, Part, build_corpus
from training.examinees import Examinee
from training.matrix import MOST_MESSAGES, measure_matrix
from training.registration import judge
from training.subject import Subject
from training.voice import LoadedVoice

LETTERS = ("a", "e", "i")


def write(letter: str, number: int) -> str:
    """Compose a message that is full of one letter."""
    return letter * (1 + number % 5) + " "


def gather(voices: list[LoadedVoice], count: int = 300) -> list[Examinee]:
    """Three people's messages by turns, of which each tenth is judged; a voice for each."""
    messages = []
    for number in range(3 * count):
        text, ts = write(LETTERS[number % 3], number), f"{1_700_000_000 + number}.000100"
        messages.append(StoredMessage(number % 3 + 1, 1, ts, None, text))
    corpus = build_corpus(messages, TESTING)
    return [Examinee(voice, Subject(number), corpus) for number, voice in enumerate(voices, 1)]


@pytest.fixture
def fitting() -> list[Examinee]:
    """People whose voices love their letters."""
    return gather([build_voice(seed, bias={LETTERS[seed - 1]: 4.0}) for seed in (1, 2, 3)])


def measure(examinees: list[Examinee]):
    return measure_matrix(examinees, seed=1, on_progress=lambda done: None)


def test_every_cell_is_a_voice_reading_an_authors_messages(fitting):
    matrix = measure(fitting)
    assert matrix.messages == (30, 30, 30)
    for author, row in zip(fitting, matrix.bits_per_byte, strict=True):
        for reader, bits in zip(fitting, row, strict=True):
            assert bits == pytest.approx(judge(reader.voice, author.texts(Part.TEST)), rel=1e-4)


def test_an_author_whose_voice_fits_is_recognized_by_it(fitting):
    found = {each.messages: each for each in measure(fitting).recognition}
    assert list(found) == [1, 10, 50]
    assert found[1].share > 0.8
    assert found[50].share == 1
    assert found[50].chance == pytest.approx(1 / 3)


def test_voices_that_are_exchanged_recognize_nobody(fitting):
    voices = [fitting[place].voice for place in (1, 2, 0)]
    found = {each.messages: each.share for each in measure(gather(voices)).recognition}
    assert found[1] < 0.2
    assert found[50] == 0


def test_many_messages_are_thinned_out(fitting):
    matrix = measure(gather([each.voice for each in fitting], count=15 * MOST_MESSAGES))
    assert matrix.messages == (MOST_MESSAGES,) * 3


def test_one_seed_draws_the_same_bundles(fitting):
    assert measure(fitting) == measure(fitting)


def test_progress_goes_from_nothing_to_all(fitting):
    seen: list[float] = []
    measure_matrix(fitting, seed=1, on_progress=seen.append)
    assert seen == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert np.all(np.diff(seen) > 0)
