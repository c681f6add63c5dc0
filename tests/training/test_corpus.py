import numpy as np
import pytest

from storage.messages import StoredMessage
from training.corpus import (
    NO_CONTEXT,
    PRODUCTION,
    TESTING,
    Part,
    Split,
    build_corpus,
    count_bytes,
    encode_corpus,
    thin_out,
)
from training.tokenizer import SubwordTokenizer


def message(
    author: int, second: int, *, thread: int | None = None, channel: int = 1
) -> StoredMessage:
    thread_ts = None if thread is None else f"{thread}.000000"
    return StoredMessage(author, channel, f"{second}.000000", thread_ts, f"text {second}")


def test_the_newest_tenth_of_each_author_is_held_out():
    corpus = build_corpus([message(1 + n % 2, 100 + n) for n in range(40)])
    for author in (1, 2):
        newest = corpus.select(Part.HELD_OUT, author=author)
        oldest = corpus.select(Part.TRAIN, author=author)
        assert len(newest) == 2
        assert corpus.times[newest].min() > corpus.times[oldest].max()


def test_a_test_split_holds_out_two_tenths_the_newest_for_the_test():
    corpus = build_corpus([message(1, 100 + n) for n in range(50)], TESTING)
    counts = [len(corpus.select(part)) for part in Part]
    assert counts == [40, 5, 5]
    assert (
        corpus.times[corpus.select(Part.TEST)].min()
        > corpus.times[corpus.select(Part.HELD_OUT)].max()
    )


@pytest.mark.parametrize(("split", "held_out"), [(PRODUCTION, 25), (TESTING, 25)])
def test_authors_with_too_few_messages_are_split_together(split: Split, held_out: int):
    corpus = build_corpus([message(1 + n % 50, 100 + n) for n in range(250)], split)
    newest = corpus.select(Part.HELD_OUT)
    assert len(newest) == held_out
    assert corpus.times[newest].min() > corpus.times[corpus.select(Part.TRAIN)].max()


def test_a_message_answers_the_one_before_in_its_thread_else_in_its_channel():
    corpus = build_corpus(
        [
            message(1, 10),
            message(2, 11),
            message(3, 12, thread=10),
            message(1, 13),
            message(2, 14, thread=10),
            message(9, 15, channel=2),
        ]
    )
    assert corpus.contexts.tolist() == [NO_CONTEXT, 0, 0, 2, 2, NO_CONTEXT]


def test_selecting_by_channel_keeps_the_split_by_author():
    messages = [message(1, n, channel=1) for n in range(20)]
    messages += [message(1, 100 + n, channel=2) for n in range(20)]
    corpus = build_corpus(messages)
    assert len(corpus.select(Part.HELD_OUT, channel=1)) == 0
    assert len(corpus.select(Part.HELD_OUT, channel=2)) == 4


def test_no_messages_are_an_empty_corpus():
    corpus = build_corpus([])
    assert len(corpus) == 0
    assert len(corpus.select(Part.TRAIN)) == 0


@pytest.mark.parametrize(("texts", "size"), [([], 0), (["a"], 2), (["é", "ab"], 6)])
def test_bytes_are_utf8_plus_one_a_message(texts: list[str], size: int):
    assert count_bytes(texts) == size


def test_each_message_is_encoded_between_its_begin_and_its_end():
    corpus = build_corpus([message(1, 100 + n) for n in range(30)])
    tokenizer = SubwordTokenizer.train(corpus.texts, vocab_size=300)
    encoded = encode_corpus(corpus, tokenizer)
    for index, text in enumerate(corpus.texts):
        expected = [tokenizer.begin_id, *tokenizer.encode(text), tokenizer.end_id]
        assert encoded.message(index).tolist() == expected


def test_an_empty_corpus_is_encoded_as_nothing():
    tokenizer = SubwordTokenizer.train(["some text of no message"] * 20, vocab_size=300)
    encoded = encode_corpus(build_corpus([]), tokenizer)
    assert encoded.tokens.dtype == np.int32
    assert encoded.starts.tolist() == [0]


@pytest.mark.parametrize("most", [1, 7, 19, 20, 50])
def test_thinned_out_indices_are_spread_over_all_and_not_too_many(most: int):
    indices = np.arange(100, 120)
    kept = thin_out(indices, most)
    assert len(kept) == min(most, 20)
    assert set(kept) <= set(indices)
    assert most == 1 or (kept[0], kept[-1]) == (100, 119)


def test_messages_keep_their_authors():
    corpus = build_corpus([message(7, 1), message(8, 2)])
    assert corpus.with_authors() == [(7, "text 1"), (8, "text 2")]
    assert isinstance(corpus.authors, np.ndarray)
