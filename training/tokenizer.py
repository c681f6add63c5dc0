"""Text to token ids and back: subwords for messages; also words or characters for raw streams."""

import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
import sentencepiece
from numpy.typing import NDArray

from storage.anonymization import PLACEHOLDERS
from training.config import Level
from training.errors import DamagedArtifact

_WORDS = re.compile(r" ?\w+|\s|[^\w\s]")
LONGEST = 4_096  # characters learned in one piece
COVERAGE = 0.9995  # of characters; the rest is spelled in bytes
BYTE_PIECES = 300  # bytes and special tokens, generously
_SPECIALS = 3  # unknown, begin, end: the first ids of every subword vocabulary


class Tokenizer(Protocol):
    """What every level of tokens can do."""

    @property
    def level(self) -> Level:
        """What a token is."""

    @property
    def vocab_size(self) -> int:
        """How many kinds of tokens there are."""

    @property
    def begin_id(self) -> int | None:
        """The token before a message; None for a raw stream."""

    @property
    def end_id(self) -> int | None:
        """The token after a message; None for a raw stream."""

    def encode(self, text: str) -> list[int]:
        """Return the ids of the best segmentation, without begin and end."""

    def encode_all(self, texts: Sequence[str]) -> list[list[int]]:
        """Return what `encode` does of each text, on all cores where that can be."""

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of ids; begin, end and unknown are nothing."""

    def never_sampled(self) -> NDArray[np.int64]:
        """Return the ids that no text may be made of."""

    def to_bytes(self) -> bytes:
        """Return what `read_tokenizer` reads."""


class SubwordTokenizer:
    """A SentencePiece unigram model that leaves the text as it is.

    Source: Kudo 2018, https://arxiv.org/abs/1804.10959
    """

    level: Level = "subword"

    def __init__(self, model: bytes, *, is_stream: bool = False) -> None:
        self._model = model
        self._processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        self.vocab_size = int(self._processor.vocab_size())
        self.begin_id = None if is_stream else 1
        self.end_id = None if is_stream else 2

    @classmethod
    def train(cls, texts: Iterable[str], *, vocab_size: int) -> "SubwordTokenizer":
        """Learn a vocabulary of about `vocab_size` pieces.

        Little text gives fewer; a script of many characters more, because each needs a piece.
        """
        pieces = [text[at : at + LONGEST] for text in texts for at in range(0, len(text), LONGEST)]
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(pieces),
            model_writer=model,
            model_type="unigram",
            vocab_size=max(vocab_size, BYTE_PIECES + 2 * _count_characters(pieces)),
            hard_vocab_limit=False,
            normalization_rule_name="identity",
            remove_extra_whitespaces=False,
            add_dummy_prefix=False,
            byte_fallback=True,
            character_coverage=COVERAGE,
            user_defined_symbols=["\n", *PLACEHOLDERS],
            max_sentence_length=4 * LONGEST,
            num_threads=2,
            minloglevel=2,
        )
        return cls(model.getvalue())

    def as_stream(self) -> "SubwordTokenizer":
        """Return the same vocabulary for a raw stream, where no token begins or ends a message."""
        return SubwordTokenizer(self._model, is_stream=True)

    def encode(self, text: str) -> list[int]:
        """Return the ids of the best segmentation, without begin and end."""
        ids: list[int] = self._processor.encode(text)
        return ids

    def encode_all(self, texts: Sequence[str]) -> list[list[int]]:
        """Return what `encode` does of each text, on all cores."""
        ids: list[list[int]] = self._processor.encode(list(texts))
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of ids; begin, end and unknown are nothing."""
        text: str = self._processor.decode([int(token) for token in ids if token >= _SPECIALS])
        return text

    def never_sampled(self) -> NDArray[np.int64]:
        """Return the ids that no text may be made of."""
        return np.array([0, 1] if self.end_id is not None else [0, 1, 2], np.int64)

    def to_bytes(self) -> bytes:
        """Return what `read_tokenizer` reads."""
        return (b"stream" if self.end_id is None else b"messag") + self._model


class PieceTokenizer:
    """Characters, or words with characters to spell the rare ones; for raw streams."""

    begin_id: int | None = None
    end_id: int | None = None

    def __init__(self, level: Level, pieces: Sequence[str]) -> None:
        self.level: Level = level
        self._pieces = list(pieces)
        self._ids = {piece: number for number, piece in enumerate(pieces, start=1)}
        self.vocab_size = len(pieces) + 1  # id 0 is a character never seen in training

    @classmethod
    def train(cls, text: str, *, level: Level, vocab_size: int = 8_000) -> "PieceTokenizer":
        """Take every character of the text and, at level `word`, its most frequent words."""
        characters = sorted(set(text))
        if level == "char":
            return cls(level, characters)
        counts = Counter(piece for piece in _WORDS.findall(text) if len(piece) > 1)
        frequent = [piece for piece, count in counts.most_common(vocab_size) if count > 1]
        return cls(level, characters + frequent)

    def encode(self, text: str) -> list[int]:
        """Return the ids of the text; a character never seen in training is id 0."""
        find = self._ids.get
        if self.level == "char":
            return [find(character, 0) for character in text]
        ids: list[int] = []
        for piece in _WORDS.findall(text):
            number = find(piece)
            ids += [number] if number else [find(character, 0) for character in piece]
        return ids

    def encode_all(self, texts: Sequence[str]) -> list[list[int]]:
        """Return what `encode` does of each text."""
        return [self.encode(text) for text in texts]

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of ids; id 0 is nothing."""
        return "".join(self._pieces[token - 1] for token in ids if token)

    def never_sampled(self) -> NDArray[np.int64]:
        """Return the ids that no text may be made of."""
        return np.array([0], np.int64)

    def to_bytes(self) -> bytes:
        """Return what `read_tokenizer` reads."""
        return json.dumps({"level": self.level, "pieces": self._pieces}).encode()


def _count_characters(texts: Iterable[str]) -> int:
    """Return how many different characters make up nearly all of the text."""
    counts = Counter(character for text in texts for character in text)
    shares = np.cumsum([count for _, count in counts.most_common()]) / max(counts.total(), 1)
    return int(np.searchsorted(shares, COVERAGE)) + 1


def read_tokenizer(data: bytes) -> Tokenizer:
    """Read what a tokenizer's `to_bytes` wrote.

    Raises:
        DamagedArtifact: It is something else.
    """
    if data[:6] in (b"stream", b"messag"):
        return SubwordTokenizer(data[6:], is_stream=data[:6] == b"stream")
    try:
        content = json.loads(data)
        return PieceTokenizer(content["level"], content["pieces"])
    except (ValueError, KeyError) as error:
        raise DamagedArtifact("The voice's tokenizer cannot be read.") from error
