from dataclasses import replace

import numpy as np
import pytest

from storage.messages import StoredMessage
from tests.training.tiny_voices import build_voice
from training.companions import frame
from training.corpus import TESTING, Corpus, Part, build_corpus, count_bytes
from training.errors import TooLittleText
from training.evaluation import FIGURES, NGRAM_ORDER, Yardstick, average
from training.examinees import Examinee
from training.ngram import CharNGram
from training.registration import judge
from training.subject import Subject
from training.token_ngram import UNCONDITIONED, TokenNGram
from training.voice import Network

WORDS = {
    1: ["warm", "kettle", "tea", "now", "please", "soon"],
    2: ["lost", "spoon", "again", "who", "took", "it"],
}


def write(author: int, rng: np.random.Generator) -> str:
    own, other = (WORDS[each] for each in (author, 3 - author))
    return " ".join([*rng.choice(own, 4), *rng.choice(other, 1)])


@pytest.fixture
def corpus() -> Corpus:
    rng = np.random.default_rng(1)
    return build_corpus(
        (
            StoredMessage(author, 1, f"{1_700_000_000 + number}.000100", None, write(author, rng))
            for number, author in enumerate([1, 2] * 100)
        ),
        TESTING,
    )


@pytest.fixture
def examinee(corpus) -> Examinee:
    return Examinee(build_voice(), Subject(author=1), corpus)


def test_every_baseline_reads_what_the_voice_is_judged_by_and_has_learned_the_rest(
    corpus, examinee
):
    row = Yardstick(corpus).measure(examinee)
    texts, own = examinee.texts(Part.TEST), examinee.texts(Part.TRAIN, Part.HELD_OUT)
    everybody = corpus.texts_of(np.flatnonzero(corpus.parts != Part.TEST))
    assert (row.messages, row.bytes) == (10, count_bytes(texts))
    assert row.voice_bits == pytest.approx(judge(examinee.voice, texts))
    alphabet = {character for text in corpus.texts for character in text}
    for learned, figure in ((own, row.own_6gram), (everybody, row.workspace_6gram)):
        ngrams = CharNGram.train(learned, order=NGRAM_ORDER, alphabet=alphabet)
        assert figure == pytest.approx(ngrams.bits(texts).sum() / row.bytes)


def test_placeholders_are_counted_as_a_share_of_the_bytes(corpus, examinee):
    texts = ["<user> <user>", *corpus.texts[1:]]
    first = int(corpus.select(Part.TEST, author=1)[0])
    marked = replace(corpus, texts=[*texts[:first], "<user> tea <code>", *texts[first + 1 :]])
    row = Yardstick(marked).measure(replace(examinee, corpus=marked))
    assert row.placeholder_share == pytest.approx(len("<user><code>") / row.bytes)


def test_a_mixture_of_ngrams_is_better_than_each_of_them(corpus, examinee):
    row = Yardstick(corpus).measure(examinee)
    assert row.mixed_ngrams < min(row.own_6gram, row.workspace_6gram)


def test_ngrams_that_speak_along_are_part_of_the_voice_and_not_of_its_network(corpus, examinee):
    tokenizer = examinee.voice.tokenizer
    learned = frame(tokenizer, examinee.texts(Part.TRAIN))
    ngrams = TokenNGram.train(learned, vocab_size=tokenizer.vocab_size, order=3)
    companions = ((Network(ngrams, UNCONDITIONED), 0.9),)
    mixed = replace(examinee, voice=replace(examinee.voice, companions=companions))
    alone, beside = (Yardstick(corpus).measure(each) for each in (examinee, mixed))
    assert alone.network == alone.voice_bits == beside.network
    assert beside.voice_bits < beside.network
    assert alone.base == beside.base != alone.network


def test_messages_come_oldest_first(examinee):
    whole = examinee.texts(*Part)
    parts = [examinee.texts(part) for part in Part]
    assert whole == [text for part in parts for text in part]
    assert list(map(len, parts)) == [80, 10, 10]


def test_the_mean_is_of_every_figure(corpus, examinee):
    yardstick = Yardstick(corpus)
    other = Examinee(build_voice(2), Subject(author=2), corpus)
    rows = [yardstick.measure(each) for each in (examinee, other)]
    means = average(rows)
    assert set(means) == set(FIGURES)
    assert means["base"] == pytest.approx((rows[0].base + rows[1].base) / 2)


def test_who_wrote_nothing_to_be_judged_by_is_named(corpus):
    with pytest.raises(TooLittleText, match="@ada has no held-out messages"):
        Yardstick(corpus).measure(Examinee(build_voice(), Subject(author=3), corpus))


def test_a_private_channels_voice_is_judged_where_nobody_wrote_in_public(examinee):
    row = Yardstick(build_corpus([], TESTING)).measure(examinee)
    assert row.own_6gram < row.workspace_6gram
    assert row.mixed_ngrams == pytest.approx(row.own_6gram, rel=0.05)
