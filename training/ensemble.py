"""The networks behind a blend, read in step: those of one step model are rows of one batch."""

import copy
from collections import defaultdict
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from training.errors import UnblendableVoices
from training.sampling import Floats, Ids, blend, intensify
from training.step import Model
from training.tokenizer import Tokenizer
from training.voice import LoadedVoice, Network

T = TypeVar("T")
Parts = Sequence[tuple[LoadedVoice, float]]
Steps = Generator[tuple["Ensemble", Ids], None, T]
"""Work that waits, at each step, until an ensemble has read one token in each text."""


class Ensemble:
    """Texts read in parallel by all voices of a blend, and by what these stand on.

    It begins with one text, empty, that `fork` multiplies.

    Args:
        parts: Voices and their weights, above 0.
        with_bases: Whether the bases read along.

    Raises:
        UnblendableVoices: The voices have different bases or vocabularies.
    """

    def __init__(self, parts: Parts, *, with_bases: bool) -> None:
        self.tokenizer = _share_tokenizer([voice for voice, _ in parts])
        total = sum(weight for _, weight in parts)
        self._weights = [weight / total for _, weight in parts]
        self._voices = [voice.network for voice, _ in parts]
        self._mixtures = [tuple(zip(*voice.speakers, strict=True)) for voice, _ in parts]
        self._bases = [voice.base if with_bases else None for voice, _ in parts]
        speakers = [network for voice, _ in parts for network, _ in voice.speakers]
        members: dict[Model, list[Network]] = defaultdict(list)
        for network in dict.fromkeys([*speakers, *filter(None, self._bases)]):
            members[network.step].append(network)
        self.groups = [Group(networks) for networks in members.values()]
        self._chances: dict[Network, Floats] = {}

    def read(self, ids: Iterable[int]) -> None:
        """Read these tokens in every text."""
        for token in ids:
            self.advance(np.array([token], np.int64))

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Let what is read be another person's: as its base, where a voice shares its graph."""
        pairs = zip(self._voices, self._bases, strict=True)
        ears = {voice: base for voice, base in pairs if base is not None}
        for group in self.groups:
            group.listen_as(ears)
        try:
            yield
        finally:
            for group in self.groups:
                group.listen_as({})

    def advance(self, tokens: Ids) -> None:
        """Read one token in each text."""
        for group in self.groups:
            self.take(group, group.stepper.advance(group.spread(tokens)))

    def take(self, group: "Group", chances: Floats) -> None:
        """Take in what a group's stepper says after it has read one token in each text."""
        self._chances |= group.tell_apart(chances)

    def fork(self, count: int) -> "Ensemble":
        """Return an ensemble in which so many texts go on from this one's only text."""
        fork = copy.copy(self)
        fork.groups = [copy.copy(group) for group in self.groups]
        fork.select(np.zeros(count, np.int64))
        own = self._chances.items()
        fork._chances = {network: chances.repeat(count, axis=0) for network, chances in own}
        return fork

    def pick(self, text: int) -> "Ensemble":
        """Return an ensemble that goes on from one of the texts, as its only one."""
        fork = copy.copy(self)
        fork.groups = [copy.copy(group) for group in self.groups]
        fork.select(np.array([text]))
        fork._chances = {network: own[[text]] for network, own in self._chances.items()}
        return fork

    def add(self, start: "Ensemble", count: int) -> None:
        """Let so many more texts, the last ones from now on, go on from the start's only text."""
        if not count:
            return
        for group, its_start in zip(self.groups, start.groups, strict=True):
            group.add(its_start, count)
        for network, chances in start._chances.items():
            added = chances.repeat(count, axis=0)
            self._chances[network] = np.concatenate([self._chances[network], added])

    def select(self, texts: Ids) -> None:
        """Keep these texts, in this order, for the next `advance`."""
        for group in self.groups:
            group.select(texts)

    def predict(self, *, intensity: float = 1.0) -> Floats:
        """Return the blend's chances of each text's next token."""
        each = [
            blend([self._chances[network] for network in networks], shares)
            for networks, shares in self._mixtures
        ]
        return blend(
            [
                own if base is None else intensify(own, self._chances[base], intensity)
                for own, base in zip(each, self._bases, strict=True)
            ],
            self._weights,
        )

    def predict_base(self) -> Floats:
        """Return the chances by what the voices stand on, which must be something."""
        return blend([self._chances[base] for base in self.bases], list(self.bases.values()))

    @property
    def bases(self) -> dict[Network, float]:
        """What the voices stand on, as far as it reads along; the shares add up to 1."""
        shares: dict[Network, float] = defaultdict(float)
        for base, weight in zip(self._bases, self._weights, strict=True):
            if base is not None:
                shares[base] += weight
        total = sum(shares.values())
        return {base: share / total for base, share in shares.items()}

    def without_bases(self) -> "Ensemble":
        """Return an ensemble that goes on from here, in which only the voices read."""
        fork = self._narrow({network for networks, _ in self._mixtures for network in networks})
        fork._bases = [None for _ in self._bases]
        return fork

    def bases_alone(self) -> "Ensemble":
        """Return an ensemble that goes on from here, in which only the bases read."""
        return self._narrow(self.bases)

    def state_of(self, network: Network) -> list[NDArray[Any]]:
        """Return what a network remembers of each text."""
        (group,) = self._narrow({network}).groups
        return list(group.stepper.state)

    def _narrow(self, kept: Collection[Network]) -> "Ensemble":
        fork = copy.copy(self)
        fork.groups = [group for each in self.groups if (group := each.narrow(kept))]
        fork._chances = {network: self._chances[network] for network in kept}
        return fork


class Group:
    """Networks of one step model: one batch, where each network has a row for each text."""

    def __init__(self, networks: list[Network]) -> None:
        self._networks = networks
        conditionings = [network.conditioning for network in networks]
        self.stepper = networks[0].step.start(conditionings, range(len(networks)))
        self._texts = 1

    def listen_as(self, ears: dict[Network, Network]) -> None:
        """Let networks read under others' conditionings; there is one text."""
        number = {network: row for row, network in enumerate(self._networks)}
        heard = [number.get(ears.get(own, own), row) for own, row in number.items()]
        self.stepper.assign(heard)

    def narrow(self, kept: Collection[Network]) -> "Group | None":
        """Return one text's group that goes on with these of its networks; None without any."""
        places = [place for place, network in enumerate(self._networks) if network in kept]
        if not places:
            return None
        group = Group([self._networks[place] for place in places])
        group.stepper.state = [values[places] for values in self.stepper.state]
        return group

    def spread(self, tokens: Ids) -> Ids:
        """Return what each row of the stepper reads where each text reads one of these tokens."""
        return np.tile(tokens, len(self._networks)) if len(self._networks) > 1 else tokens

    def tell_apart(self, chances: Floats) -> dict[Network, Floats]:
        """Return each network's share of the stepper's chances."""
        by_network = chances.reshape(len(self._networks), -1, chances.shape[-1])
        return dict(zip(self._networks, by_network, strict=True))

    def select(self, texts: Ids) -> None:
        """Keep these texts, in this order."""
        first = np.arange(len(self._networks))[:, None] * self._texts
        self.stepper = self.stepper.select((first + texts).ravel())
        self._texts = len(texts)

    def add(self, start: "Group", count: int) -> None:
        """Let so many texts more go on from the only text of a group like this."""
        networks = len(self._networks)
        texts = np.arange(networks * self._texts).reshape(networks, self._texts)
        starts = np.arange(networks)[:, None].repeat(count, axis=1) + texts.size
        rows = np.concatenate([texts, starts], axis=1).ravel()
        self.stepper = self.stepper.join(start.stepper).select(rows)
        self._texts += count


def _share_tokenizer(voices: Sequence[LoadedVoice]) -> Tokenizer:
    """Return the tokenizer of all; one that begins messages, where there is one."""
    first = voices[0]
    for other in voices[1:]:
        if not (_have_one_base(first, other) and _have_one_vocabulary(first, other)):
            raise UnblendableVoices(
                f"{first.label} and {other.label} have different bases or vocabularies and do not "
                "blend: train both again, at the same level."
            )
    tokenizers = [voice.tokenizer for voice in voices]
    return next((each for each in tokenizers if each.begin_id is not None), tokenizers[0])


def _have_one_base(one: LoadedVoice, other: LoadedVoice) -> bool:
    return one.base is None or other.base is None or one.base.step is other.base.step


def _have_one_vocabulary(one: LoadedVoice, other: LoadedVoice) -> bool:
    first, second = one.tokenizer, other.tokenizer
    if first is second:
        return True
    return first.vocab_size == second.vocab_size and all(
        first.decode([token]) == second.decode([token]) for token in range(first.vocab_size)
    )
