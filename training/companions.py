"""N-grams beside a network: counted, given their shares, kept from reciting."""

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
from training.mixture import fit_shares
from training.sampling import Floats, Ids
from training.subject import Subject
from training.token_ngram import UNCONDITIONED, TokenNGram
from training.tokenizer import Tokenizer
from training.voice import LoadedVoice, Network

ORDERS = (3, 2)  # of one's own: the longest that does not recite; 4 helps little, recites much
COMMON_ORDER = 4  # of what at least two people wrote
LEAST_GAIN = 0.005  # of the bits, that makes n-grams worth their while
MOST_REFUSED = 0.4  # of the messages drawn, by the copy guards
DRAWN = 256  # messages, to see how many are refused; of 64, chance decided
LEAST_SHARE = 0.05  # of a voice, that stays its network's
MOST_COUNTED = 10_000  # messages of one's own, the newest
MOST_COMMON = 200_000  # messages of everybody, the newest
MOST_JUDGED = 600
BATCH = 64


@dataclass(frozen=True)
class OwnText:
    """A voice's own messages, oldest first.

    Attributes:
        trained: What n-grams are made of; nothing of a channel's.
        held_out: What their share is fitted on.
        until: When the last message of `trained` was written.
        times: When each of `held_out` was.
    """

    trained: Sequence[str]
    held_out: Sequence[str]
    until: float = 0.0
    times: Sequence[float] = ()

    @classmethod
    def select(cls, corpus: Corpus, subject: Subject) -> "OwnText | None":
        """Return a voice's text; None where too little is there for a part of it to be held out.

        A channel has no n-grams of its own: they would be shared, and what is shared cannot go
        away with the one person who wrote it.
        """
        trained, held_out = (
            sorted(subject.select(corpus, part), key=corpus.times.__getitem__)
            for part in (Part.TRAIN, Part.HELD_OUT)
        )
        if not trained or not held_out:
            return None
        return cls(
            trained=corpus.texts_of(trained[-MOST_COUNTED:]) if subject.author is not None else (),
            held_out=corpus.texts_of(held_out[-MOST_JUDGED:]),
            until=float(corpus.times[trained[-1]]),
            times=corpus.times[held_out[-MOST_JUDGED:]].tolist(),
        )


def count_common(tokenizer: Tokenizer, corpus: Corpus) -> TokenNGram | None:
    """Return the n-grams that at least two people wrote; None where there are no two."""
    trained = corpus.select(Part.TRAIN)
    newest = trained[np.argsort(corpus.times[trained], kind="stable")[-MOST_COMMON:]]
    authors = corpus.authors[newest]
    if len(np.unique(authors)) < 2:
        return None
    return TokenNGram.train(
        frame(tokenizer, corpus.texts_of(newest)),
        vocab_size=tokenizer.vocab_size,
        order=COMMON_ORDER,
        authors=authors.tolist(),
    )


def add_companions(voice: LoadedVoice, own: OwnText) -> LoadedVoice:
    """Return the voice with the n-grams beside it that help it to foretell its own people.

    Args:
        voice: By itself, with the copy guards of what it learned from.
        own: Its text.
    """
    company = _Company(voice, frame(voice.tokenizer, own.held_out))
    if voice.common is not None:
        company.admit(voice.common)
    for ngrams in _count_own(voice.tokenizer, own):
        if company.admit(Network(ngrams, UNCONDITIONED)):
            break
    return company.voice


def _count_own(tokenizer: Tokenizer, own: OwnText) -> Iterator[TokenNGram]:
    """Yield one's own n-grams, the longest first."""
    messages = frame(tokenizer, own.trained)
    for order in ORDERS if messages else ():
        yield TokenNGram.train(messages, vocab_size=tokenizer.vocab_size, order=order)


class _Company:
    """A voice and who has been admitted beside it, on trial by held-out messages."""

    def __init__(self, voice: LoadedVoice, messages: Sequence[Sequence[int]]) -> None:
        self.voice = voice
        self._messages = messages
        self._chances = [_foretell(voice.network, messages)]
        self._nats = -float(np.log(self._chances[0]).sum())

    def admit(self, network: Network) -> bool:
        """Take a network in, unless it helps too little or makes the voice recite."""
        chances = [*self._chances, _foretell(network, self._messages)]
        shares = fit_shares(np.stack(chances))
        nats = -float(np.log(shares @ np.stack(chances)).sum())
        if nats > (1 - LEAST_GAIN) * self._nats:
            return False
        beside = shares[1:] * min(1.0, (1 - LEAST_SHARE) / max(shares[1:].sum(), LEAST_SHARE))
        networks = [*(each for each, _ in self.voice.companions), network]
        companions = tuple(zip(networks, beside.tolist(), strict=True))
        voice = replace(self.voice, companions=companions)
        if count_refused(voice) > MOST_REFUSED:
            return False
        self.voice, self._chances, self._nats = voice, chances, nats
        return True


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
