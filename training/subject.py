"""Whose text it is: a person's, a channel's, and whether there is enough of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storage.records import VoiceRow
from storage.store import Store
from training.config import MINIMUM_AUTHORS, MINIMUM_MESSAGES
from training.corpus import PRODUCTION, Corpus, Part, Split, build_corpus
from training.errors import UnknownVoice


@dataclass(frozen=True)
class Subject:
    """A member, a channel, or neither: every message."""

    author: int | None = None
    channel: int | None = None

    def select(self, corpus: Corpus, part: Part) -> NDArray[np.int64]:
        """Return the indices of the subject's messages of a part."""
        return corpus.select(part, author=self.author, channel=self.channel)

    def select_all(self, corpus: Corpus) -> NDArray[np.int64]:
        """Return the indices of all of the subject's messages."""
        return np.sort(np.concatenate([self.select(corpus, part) for part in Part]))


def find_material(
    store: Store, public: Corpus, voice: VoiceRow, split: Split = PRODUCTION
) -> tuple[Corpus, Subject]:
    """Return what a voice learns from: a private channel's messages stay among themselves.

    Raises:
        UnknownVoice: The voice is neither a person's nor a channel's.
    """
    if voice.kind == "person":
        return public, Subject(author=voice.subject)
    if voice.kind != "channel":
        raise UnknownVoice(f"The voice {voice.name or voice.kind} is not made of messages.")
    subject = Subject(channel=voice.subject)
    if voice.subject in set(public.channels.tolist()):
        return public, subject
    messages = store.messages.read(channel=voice.subject, public_only=False)
    return build_corpus(messages, split), subject


def find_obstacle(corpus: Corpus, subject: Subject) -> str | None:
    """Return why the subject has too little text for a voice, or None."""
    indices = subject.select_all(corpus)
    if len(indices) < MINIMUM_MESSAGES:
        return f"{MINIMUM_MESSAGES - len(indices)} more messages needed"
    # a channel that its authors have left, or have just come to, may lie in one part of the split
    if not len(subject.select(corpus, Part.HELD_OUT)):
        return "none of its messages is new enough to judge a voice by"
    if not len(subject.select(corpus, Part.TRAIN)):
        return "none of its messages is old enough to learn from"
    if subject.channel is None:
        return None
    members, owners = np.unique(corpus.authors[indices], return_inverse=True)
    if len(members) < MINIMUM_AUTHORS:
        return f"{MINIMUM_AUTHORS - len(members)} more authors needed"
    sizes = np.bincount(owners, weights=[len(corpus.texts[index]) for index in indices])
    return "one author wrote more than half of it" if sizes.max() > sizes.sum() / 2 else None
