"""Who learns and who is judged in a trial: voices, and the messages of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training.corpus import Corpus, Part
from training.subject import Subject
from training.voice import LoadedVoice

History = Sequence[Mapping[str, float]]
"""An entry for each evaluation during a fit; see `training.checkpoints.Standing`."""


@dataclass(frozen=True, eq=False)
class Pupil:
    """A voice to be learned from a corpus; `label` is how people write it."""

    label: str
    kind: str
    subject: Subject
    corpus: Corpus


@dataclass(frozen=True, eq=False)
class Examinee:
    """A voice, and the messages that it is judged by.

    Attributes:
        voice: As it speaks.
        subject: Whose messages.
        corpus: Where they stand, split by time; no voice and no baseline knows its `TEST` part.
        base_history: How what it stands on was fitted.
        history: How it was.
    """

    voice: LoadedVoice
    subject: Subject
    corpus: Corpus
    base_history: History = ()
    history: History = ()

    @property
    def label(self) -> str:
        """How people write the voice."""
        return self.voice.label

    def texts(self, *parts: Part) -> list[str]:
        """Return the subject's messages of these parts, oldest first."""
        indices = [index for part in parts for index in self.subject.select(self.corpus, part)]
        return self.corpus.texts_of(sorted(indices, key=self.corpus.times.__getitem__))
