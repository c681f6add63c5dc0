"""A voice ready to speak: its network, what it stands on, and what it must not repeat."""

from dataclasses import dataclass

from training.guard import CopyGuard
from training.step import Conditioning, StepModel
from training.tokenizer import Tokenizer


@dataclass(frozen=True, eq=False)
class Network:
    """A step graph and the conditioning that makes it one voice; many share a graph."""

    step: StepModel
    conditioning: Conditioning


@dataclass(frozen=True, eq=False)
class LoadedVoice:
    """One version of a voice.

    Attributes:
        label: How people write it: `@ada`, `#random`, `shakespeare`.
        version: Its number.
        base: What it stands on, as the generic author; None where it stands alone.
        guards: Of the texts it learned from.
        stop: Ends a message of a raw stream; None for a voice of messages.
    """

    label: str
    version: int
    tokenizer: Tokenizer
    network: Network
    base: Network | None
    guards: tuple[CopyGuard, ...]
    stop: str | None
