from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.errors import DamagedArtifact
from training.token_ngram import AT_BEGIN, CAUTION, UNCONDITIONED, TokenNGram

BEGIN, END, VOCAB = 1, 2, 8
WORDS = st.lists(st.integers(3, VOCAB - 1), max_size=8)
MESSAGES = st.lists(WORDS.map(lambda words: [BEGIN, *words, END]), min_size=1, max_size=8)


def _count(learned: list[list[int]], authors: list[int] | None, *, order: int):
    """Count what followed each context, where there are authors only what two of them wrote."""
    followers: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
    writers = defaultdict(set)
    for author, message in zip(authors or [0] * len(learned), learned, strict=True):
        for place in range(1, len(message)):
            for length in range(min(order, place + 1)):
                context = tuple(message[place - length : place])
                followers[context][message[place]] += 1
                writers[context, message[place]].add(author)
    for (context, follower), who in writers.items():
        if authors and context and len(who) < 2:
            del followers[context][follower]
    return {context: counts for context, counts in followers.items() if counts}


def _compute(
    learned: list[list[int]],
    read: list[int],
    token: int,
    *,
    order: int,
    authors: list[int] | None = None,
) -> float:
    """Interpolated Witten-Bell, one token after the other."""
    followers = _count(learned, authors, order=order)
    seen = followers[()]
    p = (seen[token] + len(seen) / VOCAB) / (seen.total() + len(seen))
    for length in range(1, min(order, len(read) + 1)):
        context = tuple(read[-length:])
        if context not in followers:
            break
        seen = followers[context]
        kinds = len(seen) * CAUTION * (AT_BEGIN if context == (BEGIN,) else 1)
        p = (seen[token] + kinds * p) / (seen.total() + kinds)
    return p


@given(st.lists(st.tuples(MESSAGES, st.integers(1, 3)), min_size=1, max_size=8), WORDS)
def test_what_one_person_alone_wrote_is_not_common(said, words):
    learned = [message for messages, _ in said for message in messages]
    authors = [author for messages, author in said for _ in messages]
    read = [BEGIN, *words]
    ngrams = TokenNGram.train(learned, vocab_size=VOCAB, order=4, authors=authors)
    expected = [_compute(learned, read, token, order=4, authors=authors) for token in range(VOCAB)]
    assert _read(ngrams, read) == pytest.approx(expected, rel=1e-4, abs=1e-7)


def _read(ngrams: TokenNGram, tokens: list[int]):
    stepper = ngrams.start([UNCONDITIONED], [0])
    for token in tokens:
        chances = stepper.advance(np.array([token]))
    return chances[0]


@given(MESSAGES, WORDS, st.integers(2, 5))
def test_chances_are_those_of_the_formula_and_add_up_to_one(learned, words, order: int):
    ngrams = TokenNGram.train(learned, vocab_size=VOCAB, order=order)
    read = [BEGIN, *words]
    chances = _read(ngrams, read).astype(np.float64)
    expected = [_compute(learned, read, token, order=order) for token in range(VOCAB)]
    np.testing.assert_allclose(chances, expected, rtol=1e-4)
    assert chances.sum() == pytest.approx(1, rel=1e-4)


@given(MESSAGES)
def test_counts_survive_their_bytes(learned):
    ngrams = TokenNGram.train(learned, vocab_size=VOCAB, order=3)
    again = TokenNGram.from_bytes(ngrams.to_bytes())
    assert again.order == 3
    np.testing.assert_array_equal(_read(again, [BEGIN, 3, 4]), _read(ngrams, [BEGIN, 3, 4]))


def test_other_bytes_are_refused():
    ngrams = TokenNGram.train([[BEGIN, 3, END]], vocab_size=VOCAB, order=3)
    for data in (b"", b"other", ngrams.to_bytes()[:-3]):
        with pytest.raises(DamagedArtifact, match="n-grams cannot be read"):
            TokenNGram.from_bytes(data)


def test_nothing_reaches_back_over_the_beginning_of_a_message():
    ngrams = TokenNGram.train([[BEGIN, 3, 4, END], [BEGIN, 5, END]], vocab_size=VOCAB, order=4)
    after_another = _read(ngrams, [BEGIN, 3, 4, END, BEGIN])
    np.testing.assert_array_equal(after_another, _read(ngrams, [BEGIN]))


def test_rows_go_on_from_those_that_are_chosen():
    ngrams = TokenNGram.train([[BEGIN, 3, 4, 5, END]], vocab_size=VOCAB, order=3)
    stepper = ngrams.start([UNCONDITIONED], [0, 0])
    stepper.advance(np.array([BEGIN, BEGIN]))
    stepper.advance(np.array([3, 5]))
    chances = stepper.select(np.array([1, 0, 0])).advance(np.array([4, 4, 3]))
    for row, tokens in zip(chances, ([5, 4], [3, 4], [3, 3]), strict=True):
        np.testing.assert_allclose(row, _read(ngrams, [BEGIN, *tokens]), rtol=1e-6)
    assert chances[1, 5] > chances[0, 5]


@given(MESSAGES, st.lists(st.integers(BEGIN, VOCAB - 1), min_size=6, max_size=18))
def test_no_row_depends_on_the_others_of_its_batch(learned, drawn):
    ngrams = TokenNGram.train(learned, vocab_size=VOCAB, order=4)
    rows = np.array(drawn[: len(drawn) // 3 * 3]).reshape(-1, 3)
    stepper = ngrams.start([UNCONDITIONED], [0] * len(rows))
    for column in rows.T:
        chances = stepper.advance(column)
    for row, tokens in zip(chances, rows.tolist(), strict=True):
        np.testing.assert_allclose(row, _read(ngrams, tokens), rtol=1e-6)
