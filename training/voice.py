"""A voice ready to speak: its network, what it stands on, and what it must not repeat."""

from dataclasses import dataclass

from training.attribution import Attributor
from training.guard import CopyGuard
from training.lexicon import Lexicon
from training.reader import Reader
from training.step import Conditioning, Model
from training.tokenizer import Tokenizer


@dataclass(frozen=True, eq=False)
class Network:
    """A model and the conditioning that makes it one voice; many share a step graph.

    Attributes:
        reader: Reads whole texts as it, at once; only a base has one.
    """

    step: Model
    conditioning: Conditioning
    reader: Reader | None = None


@dataclass(frozen=True, eq=False)
class LoadedVoice:
    """One version of a voice.

    Attributes:
        label: How people write it: `@ada`, `#random`, `shakespeare`.
        version: Its number.
        base: What it stands on, as the generic author; None where it stands alone.
        guards: Of the texts it learned from.
        stop: Ends a message of a raw stream; None for a voice of messages.
        sources: What it shares with other voices; loaded as long as one of them is.
        common: N-grams that at least two people of its base wrote; None where there are none.
        companions: Networks that speak along, each with its share of the voice; the rest of it is
            `network`'s.
        is_large: Whether its model is its own, which takes much memory.
        lexicons: The words that it may use, its own and its base's; none where any will do.
        attributor: Tells apart the people whom its base has learned from; None where it cannot.
        member: Whose voice it is; None where it is no person's.
    """

    label: str
    version: int
    tokenizer: Tokenizer
    network: Network
    base: Network | None
    guards: tuple[CopyGuard, ...]
    stop: str | None
    sources: tuple[object, ...] = ()
    common: Network | None = None
    companions: tuple[tuple[Network, float], ...] = ()
    lexicons: tuple[Lexicon, ...] = ()
    is_large: bool = False
    attributor: Attributor | None = None
    member: int | None = None

    @property
    def speakers(self) -> tuple[tuple[Network, float], ...]:
        """All networks whose mixture the voice is, with their shares, which add up to 1."""
        rest = 1 - sum(share for _, share in self.companions)
        return ((self.network, rest), *self.companions)
