"""What a model is trained and judged on: messages in order, what they answer, and which part."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from storage.messages import StoredMessage
from training.tokenizer import Tokenizer

NO_CONTEXT = -1
SMALL = -1  # stands for all authors with too few messages to be split by themselves
VOICE = -1  # the author row of whoever a delta speaks for


class Part(IntEnum):
    """The part of the time split that a message belongs to."""

    TRAIN = 0
    HELD_OUT = 1  # stops training early and decides on promotion
    TEST = 2  # only reported


@dataclass(frozen=True)
class Split:
    """Shares of each author's newest messages, the held-out one above 0; the rest is trained on."""

    held_out: float = 0.1
    test: float = 0.0


PRODUCTION = Split()
TESTING = Split(held_out=0.1, test=0.1)


@dataclass(frozen=True)
class Corpus:
    """Messages ordered by time within their channel.

    Attributes:
        texts: Stored text of each message.
        authors: Member id of each message's author, shape `(messages,)`.
        channels: Channel id of each message, shape `(messages,)`.
        contexts: Index of the message that each answers, or `NO_CONTEXT`, shape `(messages,)`.
        parts: `Part` of each message, shape `(messages,)`.
        times: Sort key of each message's `ts`, shape `(messages,)`.
    """

    texts: Sequence[str]
    authors: NDArray[np.int64]
    channels: NDArray[np.int64]
    contexts: NDArray[np.int64]
    parts: NDArray[np.int8]
    times: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.texts)

    def select(
        self, part: Part, *, author: int | None = None, channel: int | None = None
    ) -> NDArray[np.int64]:
        """Return the indices of a part's messages, of one author or channel if given."""
        chosen = self.parts == part
        if author is not None:
            chosen &= self.authors == author
        if channel is not None:
            chosen &= self.channels == channel
        return np.flatnonzero(chosen)

    def texts_of(self, indices: Iterable[int]) -> list[str]:
        """Return the texts at the indices."""
        return [self.texts[index] for index in indices]

    def with_authors(self) -> list[tuple[int, str]]:
        """Return every message with its author, as a copy guard wants them."""
        return list(zip(self.authors.tolist(), self.texts, strict=True))


def build_corpus(messages: Iterable[StoredMessage], split: Split = PRODUCTION) -> Corpus:
    """Gather messages that come ordered by (channel, ts); split each author's by time.

    Authors with too few messages for a part of their own are split together.
    """
    texts, authors, channels, contexts, times = [], [], [], [], []
    latest_in_channel: dict[int, int] = {}
    latest_in_thread: dict[tuple[int, str], int] = {}
    for index, message in enumerate(messages):
        contexts.append(_find_context(message, latest_in_channel, latest_in_thread))
        texts.append(message.text)
        authors.append(message.author)
        channels.append(message.channel)
        times.append(float(message.ts))  # for sorting only; the store keeps the digits
        latest_in_channel[message.channel] = index
        latest_in_thread[message.channel, message.thread_ts or message.ts] = index
    author_array, time_array = np.array(authors, np.int64), np.array(times, np.float64)
    return Corpus(
        texts=texts,
        authors=author_array,
        channels=np.array(channels, np.int64),
        contexts=np.array(contexts, np.int64),
        parts=_split_by_time(author_array, time_array, split),
        times=time_array,
    )


def _find_context(
    message: StoredMessage, in_channel: dict[int, int], in_thread: dict[tuple[int, str], int]
) -> int:
    """Return the message before in the same thread, else the one before in the channel."""
    if message.thread_ts is not None and message.thread_ts != message.ts:
        answered = in_thread.get((message.channel, message.thread_ts))
        if answered is not None:
            return answered
    return in_channel.get(message.channel, NO_CONTEXT)


def _split_by_time(
    authors: NDArray[np.int64], times: NDArray[np.float64], split: Split
) -> NDArray[np.int8]:
    parts = np.full(len(authors), Part.TRAIN, np.int8)
    few = math.ceil(1 / split.held_out)  # messages, of which one is held out
    is_small = np.bincount(authors, minlength=1)[authors] < few if len(authors) else authors
    by_author = defaultdict(list)
    for index in np.argsort(times, kind="stable"):
        by_author[SMALL if is_small[index] else int(authors[index])].append(index)
    for indices in by_author.values():
        tested = int(len(indices) * split.test)
        held_out = int(len(indices) * split.held_out)
        newest_first = indices[::-1]
        parts[newest_first[:tested]] = Part.TEST
        parts[newest_first[tested : tested + held_out]] = Part.HELD_OUT
    return parts


@dataclass(frozen=True)
class EncodedCorpus:
    """Token ids, begin and end included: message i is `tokens[starts[i]:starts[i + 1]]`."""

    tokens: NDArray[np.int32]
    starts: NDArray[np.int64]
    corpus: Corpus

    def lengths(self, indices: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the number of tokens of each message."""
        lengths: NDArray[np.int64] = self.starts[indices + 1] - self.starts[indices]
        return lengths

    def message(self, index: int) -> NDArray[np.int32]:
        """Return one message's tokens."""
        return self.tokens[self.starts[index] : self.starts[index + 1]]


def encode_corpus(corpus: Corpus, tokenizer: Tokenizer) -> EncodedCorpus:
    """Tokenize every message once."""
    begin, end = tokenizer.begin_id, tokenizer.end_id
    messages = [[begin, *ids, end] for ids in tokenizer.encode_all(corpus.texts)]
    lengths = np.array([len(message) for message in messages], np.int64)
    tokens = np.fromiter(chain.from_iterable(messages), np.int32, int(lengths.sum()))
    return EncodedCorpus(tokens, np.concatenate([[0], np.cumsum(lengths)]), corpus)


def thin_out(indices: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Return at most so many of the indices, evenly spread."""
    if len(indices) <= most:
        return indices
    return indices[np.linspace(0, len(indices) - 1, most).astype(np.int64)]


def count_bytes(texts: Iterable[str]) -> int:
    """Return what bits per byte divides by: UTF-8 of the stored text, plus one a message."""
    return sum(len(text.encode()) + 1 for text in texts)
