"""A person's own n-grams beside a network: counted, given their share, kept from reciting."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from training.candidates import Drawing, Plan
from training.config import SamplingConfig
from training.corpus import Corpus, Part
from training.ensemble import Ensemble
from training.errors import TrainingError
from training.form import Form
from training.lockstep import run_together
from training.sampling import Floats, Ids
from training.subject import Subject
from training.token_ngram import UNCONDITIONED, TokenNGram
from training.tokenizer import Tokenizer
from training.voice import LoadedVoice, Network

ORDERS = (3, 2)  # the longest that does not recite; 4 foretells little more and recites much more
LEAST_GAIN = 0.005  # of the bits, that makes n-grams worth their while
MOST_REFUSED = 0.4  # of the messages drawn, by the copy guards
DRAWN = 256  # messages, to see how many are refused; of 64, chance decided
MOST_SHARE = 0.95
MOST_COUNTED = 10_000  # messages, the newest
MOST_JUDGED = 600
BATCH = 64
ROUNDS = 40  # of expectation and maximization


@dataclass(frozen=True)
class OwnText:
    """One person's messages, oldest first.

    Attributes:
        trained: What n-grams are made of.
        held_out: What their share is fitted on.
        until: When the last message of `trained` was written.
        times: When each of `held_out` was.
    """

    trained: Sequence[str]
    held_out: Sequence[str]
    until: float
    times: Sequence[float] = ()

    @classmethod
    def select(cls, corpus: Corpus, subject: Subject) -> "OwnText | None":
        """Return a person's text.

        A channel has none: its n-grams would be shared, and what is shared cannot go away with
        the one person who wrote it.
        """
        trained, held_out = (
            sorted(subject.select(corpus, part), key=corpus.times.__getitem__)
            for part in (Part.TRAIN, Part.HELD_OUT)
        )
        if subject.author is None or not trained or not held_out:
            return None
        return cls(
            trained=corpus.texts_of(trained[-MOST_COUNTED:]),
            held_out=corpus.texts_of(held_out[-MOST_JUDGED:]),
            until=float(corpus.times[trained[-1]]),
            times=corpus.times[held_out[-MOST_JUDGED:]].tolist(),
        )


@dataclass(frozen=True)
class Companion:
    """N-grams and their share of a voice, in (0, 1)."""

    ngrams: TokenNGram
    share: float


def find_companion(voice: LoadedVoice, own: OwnText) -> Companion | None:
    """Return the n-grams that help a voice to foretell its person, or None where none do.

    Args:
        voice: By itself, with the copy guards of what it learned from.
        own: The person's text.
    """
    trained, held_out = frame(voice.tokenizer, own.trained), frame(voice.tokenizer, own.held_out)
    alone = _foretell(voice.network, held_out)
    for order in ORDERS:
        ngrams = TokenNGram.train(trained, vocab_size=voice.tokenizer.vocab_size, order=order)
        network = Network(ngrams, UNCONDITIONED)
        beside = _foretell(network, held_out)
        share = _fit_share(alone, beside)
        gain = 1 - np.log(share * beside + (1 - share) * alone).sum() / np.log(alone).sum()
        mixed = replace(voice, companions=((network, share),))
        if gain >= LEAST_GAIN and count_refused(mixed) <= MOST_REFUSED:
            return Companion(ngrams, share)
    return None


def frame(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    """Return the tokens of messages, each with what stands before it and its end."""
    form = Form(tokenizer, None)
    frames = map(form.frame, texts)
    return [[before[-1], *message] for before, message in frames]


def count_refused(voice: LoadedVoice) -> float:
    """Return what share of the messages that a voice draws is refused by its copy guards."""
    ensemble, form = Ensemble([(voice, 1.0)], with_bases=False), Form(voice.tokenizer, None)
    ensemble.read(form.open("")[0])
    sampling, rng = SamplingConfig(), np.random.default_rng(0)
    drawing = Drawing(form, Plan.make("message", sampling.max_tokens, rng), sampling, rng)
    drawn = run_together([drawing.draw(ensemble, count=DRAWN)])[0]
    if isinstance(drawn, TrainingError):
        raise drawn
    texts = [form.write(candidate.messages[0]) for candidate in drawn]
    refused = [any(guard.check(text).is_refused for guard in voice.guards) for text in texts]
    return float(np.mean(refused))


def read_along(network: Network, messages: Sequence[Sequence[int]]) -> Iterator[tuple[Floats, Ids]]:
    """Let a network read messages side by side, each from the zero state.

    The order depends on the messages alone.

    Yields:
        Chances `(rows, vocab_size)` of tokens to come, and those that came.
    """
    by_length = sorted(messages, key=len, reverse=True)
    for first in range(0, len(by_length), BATCH):
        batch = by_length[first : first + BATCH]
        lengths = np.array([len(message) for message in batch])
        stepper = network.step.start([network.conditioning], [0] * len(batch))
        columns = np.array(list(zip_longest(*batch, fillvalue=0)), np.int64)  # (time, messages)
        for place in range(1, len(columns)):
            rows = np.flatnonzero(lengths > place)
            stepper = stepper.select(rows)
            yield stepper.advance(columns[place - 1, rows]), columns[place, rows]


def _foretell(network: Network, messages: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """Return the chance that a network gave to each token that came."""
    found = [
        chances[np.arange(len(tokens)), tokens].astype(np.float64)
        for chances, tokens in read_along(network, messages)
    ]
    return np.concatenate(found)


def _fit_share(alone: NDArray[np.float64], beside: NDArray[np.float64]) -> float:
    """Return the share of the second's chances that makes what came likeliest."""
    share = 0.5
    for _ in range(ROUNDS):
        share = float(np.mean(share * beside / (share * beside + (1 - share) * alone)))
    return min(share, MOST_SHARE)
