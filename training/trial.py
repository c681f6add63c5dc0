"""A workspace learned afresh, to be judged by what it has not learned; nothing is registered."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from storage.keys import Keyring
from storage.records import VoiceRow
from training.adaptation import Adapter
from training.artifacts import TRIAL_PREFIX, Artifact
from training.bases import estimate_afterwards, fit_base, require_base_text, store_base
from training.budget import Budget
from training.companions import OwnText
from training.corpus import TESTING, Corpus
from training.disk import writing_to
from training.errors import TooLittleText, TrainingFailed
from training.examinees import Examinee, Pupil
from training.loading import VoiceLoader
from training.registration import Outcome, store_delta
from training.subject import find_material, find_obstacle
from training.supervision import Supervision
from training.voices import VoiceRegistry

BASE_SHARE = 0.75  # of the minutes
FITTING_SHARE = 0.9  # of a voice's time; the rest is for what follows


class Trial:
    """Teaches voices from a corpus, in a folder that is removed afterwards."""

    def __init__(self, registry: VoiceRegistry, supervision: Supervision) -> None:
        self.registry, self.supervision = registry, supervision

    def enroll(self, corpus: Corpus, voices: Sequence[VoiceRow]) -> list[Pupil]:
        """Return what voices are to learn.

        Args:
            corpus: Of the public channels, split as for `TESTING`.

        Raises:
            TooLittleText: Too few messages of people who agreed stand in public channels, or of a
                voice's own.
        """
        require_base_text(corpus)
        return [self._enroll(corpus, voice) for voice in voices]

    @contextmanager
    def teach(
        self, corpus: Corpus, pupils: Sequence[Pupil], *, minutes: float | None
    ) -> Iterator[Iterator[Examinee]]:
        """Learn a base and then, one after the other as they are asked for, voices on it.

        What has been taught can speak until this context is left. Voices whose turn had not come
        when the run was stopped are not taught.

        Args:
            corpus: Its `TRAIN` part is learned, and by its `HELD_OUT` part the fits are stopped.
            minutes: For all of it; None for as long as it helps.

        Raises:
            TrainingFailed: The loss ran away, or the run was stopped before the first voice.
            UnwritableFolder: The disk is full, or the voices' folder may not be written to.
        """
        with _temporary_folder(self.registry.folder) as root:
            yield self._teach(root, corpus, pupils, Budget.start(minutes))

    def _enroll(self, corpus: Corpus, voice: VoiceRow) -> Pupil:
        own, subject = find_material(self.registry.store, corpus, voice, TESTING)
        label = self.registry.label(voice)
        if obstacle := find_obstacle(own, subject):
            raise TooLittleText(f"{label} cannot be tried: {obstacle}.")
        return Pupil(label, voice.kind, subject, own)

    def _teach(
        self, root: Path, corpus: Corpus, pupils: Sequence[Pupil], budget: Budget
    ) -> Iterator[Examinee]:
        keyring = self.registry.store.keyring
        seconds = budget.give(BASE_SHARE, reserve=estimate_afterwards(corpus))
        learned = fit_base(corpus, self.supervision, seconds=seconds)
        base = store_base(root, learned, corpus, keyring=keyring, facts={"fingerprint": "trial"})
        bench = _Bench(Adapter(learned[0]), base, VoiceLoader(root, keyring), keyring)
        for number, pupil in enumerate(pupils):
            if self.supervision.stop.is_set():  # what follows would be figures of untrained voices
                if not number:
                    raise TrainingFailed("The trial was stopped before it had any figures.")
                return
            seconds = budget.give(FITTING_SHARE / (len(pupils) - number))
            yield self._adapt(pupil, bench, seconds)

    def _adapt(self, pupil: Pupil, bench: "_Bench", seconds: float | None) -> Examinee:
        own, subject, adapter = pupil.corpus, pupil.subject, bench.adapter
        fit = adapter.fit(own, subject, self.supervision, label=pupil.label, seconds=seconds)
        artifact = store_delta(
            bench.base.path.parent,
            Outcome(fit.weights, fit.standing, adapter.recipe, {"kind": pupil.kind}),
            base=bench.base,
            keyring=bench.keyring,
            guarded=(),
            own=OwnText.select(own, subject),
        )
        loaded = bench.loader.load(artifact, label=pupil.label, version=0, member=subject.author)
        histories = (bench.base.metadata["history"], artifact.metadata["history"])
        return Examinee(loaded, subject, own, *histories)


@dataclass(frozen=True)
class _Bench:
    """What the voices of one trial are adapted and loaded with."""

    adapter: Adapter
    base: Artifact
    loader: VoiceLoader
    keyring: Keyring


@contextmanager
def _temporary_folder(root: Path) -> Iterator[Path]:
    with writing_to(root):
        root.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=root, prefix=TRIAL_PREFIX))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
