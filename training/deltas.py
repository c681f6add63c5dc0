"""A voice on a base, as files: what it adds, the copy guard, its words, and n-grams beside it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from storage.keys import Keyring
from training.artifacts import CONDITIONING, GUARD, NGRAMS, WEIGHTS, WORDS, Artifact, Staged
from training.checkpoints import Arrays
from training.companions import OwnText, add_companions
from training.guard import CopyGuard, build_guard
from training.lexicon import Lexicon
from training.loading import VoiceLoader
from training.step import Conditioning, fold
from training.token_ngram import TokenNGram
from training.voice import LoadedVoice, Network


@dataclass(frozen=True)
class Ground:
    """What a delta is written on.

    Attributes:
        base: The version of the base.
        guarded: Author and text of what the base's copy guard does not know.
        own: The voice's text, where n-grams may speak along.
    """

    base: Artifact
    keyring: Keyring
    guarded: Sequence[tuple[int, str]]
    own: OwnText | None = None


def write_delta(staged: Staged, weights: Arrays, ground: Ground) -> dict[str, Any]:
    """Write what a voice adds to its base; return what `metadata.json` has to say of it."""
    conditioning = fold(ground.base.arrays(WEIGHTS), delta=weights)
    staged.write_arrays(WEIGHTS, weights)
    staged.write_arrays(CONDITIONING, asdict(conditioning))
    facts: dict[str, Any] = {"is_delta": True, "base_folder": ground.base.folder}
    guards: tuple[CopyGuard, ...] = ()
    if ground.guarded:
        index = build_guard(ground.guarded, ground.keyring)
        staged.write_arrays(GUARD, index)
        guards = (CopyGuard(index, ground.keyring),)
    voice = _assemble(ground, conditioning, guards)
    _write_words(staged, voice, ground)
    if ground.own is not None:
        facts |= _write_companions(staged, voice, ground.own, ground.keyring)
    return facts


def _write_words(staged: Staged, voice: LoadedVoice, ground: Ground) -> None:
    """Write the words of a voice that its base does not know, if that knows any."""
    texts = [text for _, text in ground.guarded]
    if ground.own is not None:
        texts += [*ground.own.trained, *ground.own.held_out]
    for known in voice.lexicons:
        own = Lexicon.of(texts).without(known)
        if len(own):
            staged.write(WORDS, ground.keyring.seal(own.to_bytes(), identity=WORDS))


def _assemble(
    ground: Ground, conditioning: Conditioning, guards: tuple[CopyGuard, ...]
) -> LoadedVoice:
    """Return the voice as it will be loaded, still without n-grams."""
    loader = VoiceLoader(ground.base.path.parent, ground.keyring)
    base = loader.load(ground.base, label="", version=0)
    return replace(
        base,
        network=Network(base.network.step, conditioning),
        base=base.network,
        guards=(*guards, *base.guards),
    )


def _write_companions(
    staged: Staged, voice: LoadedVoice, own: OwnText, keyring: Keyring
) -> dict[str, Any]:
    """Write a voice's own n-grams; return what is to be known of all that speak along."""
    facts: dict[str, Any] = {"learned_until": own.until} if own.trained else {}
    for network, share in add_companions(voice, own).companions:
        if network is voice.common:
            facts["common_share"] = round(share, 4)
        elif isinstance(network.step, TokenNGram):
            staged.write(NGRAMS, keyring.seal(network.step.to_bytes(), identity=NGRAMS))
            facts |= {"ngram_order": network.step.order, "ngram_share": round(share, 4)}
    return facts
