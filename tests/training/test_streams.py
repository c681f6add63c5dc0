import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.messages import StoredMessage
from training.corpus import VOICE, EncodedCorpus, Part, build_corpus
from training.streams import (
    Packing,
    Reader,
    Windows,
    pack_evaluation,
    pack_raw,
    pack_training,
    pack_whole,
)

BEGIN, END = 1, 2


def encode(lengths: list[tuple[int, int]]) -> EncodedCorpus:
    """Messages given as (author, length); every inner token is unique."""
    messages = [
        StoredMessage(author, 1, f"{n:010d}.000000", None, "x" * length)
        for n, (author, length) in enumerate(lengths)
    ]
    pieces, fresh = [], 10
    for _, length in lengths:
        pieces.append([BEGIN, *range(fresh, fresh + length), END])
        fresh += length
    starts = np.concatenate([[0], np.cumsum([len(piece) for piece in pieces])])
    return EncodedCorpus(np.concatenate(pieces).astype(np.int32), starts, build_corpus(messages))


def flatten(windows: Windows, name: str) -> np.ndarray:
    """Undo the packing: rows end to end."""
    return getattr(windows, name).transpose(2, 0, 1).ravel()


CONVERSATION = encode([(1 + n % 3, 3 + n % 5) for n in range(60)])
TRAIN = CONVERSATION.corpus.select(Part.TRAIN)


@given(batch=st.integers(1, 7), time=st.integers(1, 9))
def test_evaluation_counts_every_token_but_the_begins_once(batch: int, time: int):
    windows = pack_evaluation(CONVERSATION, TRAIN, Reader({}), Packing(batch, time))
    counted = flatten(windows, "targets")[flatten(windows, "weights") == 1]
    expected = np.concatenate([CONVERSATION.message(int(index))[1:] for index in TRAIN])
    assert sorted(counted.tolist()) == sorted(expected.tolist())


def test_evaluation_has_windows_of_one_shape_however_few_the_messages_are():
    few = pack_evaluation(CONVERSATION, TRAIN[:2], Reader({}), Packing(7, 4))
    many = pack_evaluation(CONVERSATION, TRAIN, Reader({}), Packing(7, 4))
    assert few.inputs.shape[1:] == many.inputs.shape[1:] == (4, 7)


def test_evaluation_never_cuts_a_message_off_from_its_beginning():
    windows = pack_evaluation(CONVERSATION, TRAIN, Reader({}), Packing(5, 4))
    inputs, keep = flatten(windows, "inputs"), flatten(windows, "keep")
    judged = flatten(windows, "weights") == 1
    assert (inputs[(keep == 0) & judged] == BEGIN).all()


def test_evaluation_clears_the_state_at_every_message():
    windows = pack_evaluation(CONVERSATION, TRAIN, Reader({}), Packing(1, 8))
    begins = flatten(windows, "inputs") == BEGIN
    assert not flatten(windows, "keep")[begins].any()


def test_targets_are_the_next_inputs():
    windows = pack_raw(np.arange(100, dtype=np.int32), Packing(3, 8))
    inputs, targets = flatten(windows, "inputs"), flatten(windows, "targets")
    counted = flatten(windows, "weights") == 1
    assert (targets[counted] == inputs[counted] + 1).all()
    assert counted.sum() == 99


@given(batch=st.integers(1, 9), primer=st.integers(1, 30), length=st.integers(1, 60))
def test_all_of_a_stream_but_its_primer_is_judged_once(batch: int, primer: int, length: int):
    tokens = np.arange(primer + length, dtype=np.int32)
    windows = pack_whole(tokens, Packing(batch, 8), primer=primer)
    counted = flatten(windows, "targets")[flatten(windows, "weights") == 1]
    assert counted.tolist() == list(range(primer, primer + length))


def test_every_row_is_primed_with_what_stands_before_its_own():
    windows = pack_whole(np.arange(70, dtype=np.int32), Packing(3, 10), primer=10)
    assert windows.inputs[0, 0].tolist() == [0, 20, 40]
    assert not windows.weights[0, :9].any()
    assert windows.weights[0, 9].all()


def test_an_epoch_reads_every_training_message_and_nothing_held_out():
    windows = pack_training(
        CONVERSATION, TRAIN, Reader({}), Packing(2, 16), np.random.default_rng(3)
    )
    read = set(flatten(windows, "targets")[flatten(windows, "weights") == 1].tolist())
    held_out = CONVERSATION.corpus.select(Part.HELD_OUT)
    secret = {t for i in held_out for t in CONVERSATION.message(int(i))[1:-1].tolist()}
    allowed = {t for i in TRAIN for t in CONVERSATION.message(int(i))[1:].tolist()}
    assert not secret & (read | set(flatten(windows, "inputs").tolist()))
    assert len(allowed - read) <= 16  # the random offset skips less than one window


def test_authors_are_read_by_their_rows_and_sometimes_as_the_generic_one():
    reader = Reader({1: 5, 2: 6, 3: 7})
    rows = set()
    for seed in range(5):
        windows = pack_training(
            CONVERSATION, TRAIN, reader, Packing(2, 16), np.random.default_rng(seed)
        )
        rows |= set(flatten(windows, "authors").tolist())
    assert rows == {0, 5, 6, 7}


def test_only_the_voice_itself_counts_when_a_delta_is_fitted():
    own = CONVERSATION.corpus.select(Part.TRAIN, author=2)
    reader = Reader({1: 5, 3: 7}, is_delta=True)
    windows = pack_training(CONVERSATION, own, reader, Packing(1, 8), np.random.default_rng(1))
    speakers = flatten(windows, "authors")
    counted = flatten(windows, "weights") == 1
    assert set(speakers[counted].tolist()) == {VOICE}
    assert {5} <= set(speakers.tolist()) - {VOICE, 0}  # whoever is answered keeps a row


def test_the_state_is_cleared_at_a_third_of_message_starts():
    many = encode([(1, 4) for _ in range(3_000)])
    windows = pack_training(
        many, many.corpus.select(Part.TRAIN), Reader({}), Packing(1, 32), np.random.default_rng(0)
    )
    begins = flatten(windows, "inputs") == BEGIN
    assert 1 - flatten(windows, "keep")[begins].mean() == pytest.approx(0.2, abs=0.03)
    assert flatten(windows, "keep")[~begins].mean() > 0.99


def test_the_same_generator_packs_the_same_epoch():
    first, second = (
        pack_training(CONVERSATION, TRAIN, Reader({}), Packing(2, 8), np.random.default_rng(9))
        for _ in range(2)
    )
    assert (first.inputs == second.inputs).all()
    assert (first.keep == second.keep).all()
