"""The honest figures: a workspace learned afresh without its newest tenth, judged by it."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from storage.records import VoiceRow
from training.adaptation import Adapter
from training.artifacts import TRIAL_PREFIX
from training.bases import fit_base, require_base_text, store_base
from training.budget import Budget
from training.companions import OwnText
from training.corpus import TESTING, Part, build_corpus
from training.disk import writing_to
from training.errors import TrainingFailed
from training.evaluation import EvaluationRow, Yardstick
from training.loading import VoiceLoader
from training.registration import Outcome, store_delta
from training.subject import find_material
from training.supervision import Supervision
from training.voices import VoiceRegistry

BASE_SHARE = 0.75  # of the minutes
FITTING_SHARE = 0.9  # of a voice's time; the rest is for what follows


def run_trial(
    registry: VoiceRegistry,
    voices: Sequence[VoiceRow],
    supervision: Supervision,
    *,
    minutes: float | None = None,
) -> Iterator[EvaluationRow]:
    """Train on each author's oldest 80%, stop by the next 10%, judge the newest 10%.

    Nothing of it is registered. The n-grams beside it are trained on all but the newest 10%. Voices
    whose turn had not come when the run was stopped have no figures.

    Raises:
        TrainingFailed: The loss ran away, or the run was stopped before it had any figures.
        TooLittleText: Too few messages of people who agreed stand in public channels.
        UnwritableFolder: The disk is full, or the voices' folder may not be written to.
    """
    budget = Budget.start(minutes)
    corpus = build_corpus(registry.store.messages.read(), TESTING)
    require_base_text(corpus)
    yardstick = Yardstick(corpus, Part.TEST)
    with _temporary_folder(registry.folder) as root:
        learned = fit_base(corpus, supervision, seconds=budget.give(BASE_SHARE))
        keyring = registry.store.keyring
        base = store_base(root, learned, corpus, keyring=keyring, facts={"fingerprint": "trial"})
        adapter, loader = Adapter(learned[0]), VoiceLoader(root, keyring)
        for number, voice in enumerate(voices):
            if supervision.stop.is_set():  # what follows would be figures of untrained voices
                if not number:
                    raise TrainingFailed("The trial was stopped before it had any figures.")
                return
            seconds = budget.give(FITTING_SHARE / (len(voices) - number))
            own, subject = find_material(registry.store, corpus, voice, TESTING)
            label = registry.label(voice)
            fit = adapter.fit(own, subject, supervision, label=label, seconds=seconds)
            outcome = Outcome(fit.weights, fit.standing, adapter.recipe, {"kind": voice.kind})
            artifact = store_delta(
                root,
                outcome,
                base=base,
                keyring=keyring,
                guarded=(),
                own=OwnText.select(own, subject),
            )
            loaded = loader.load(artifact, label=label, version=0)
            yield yardstick.measure(loaded, subject, own)


@contextmanager
def _temporary_folder(root: Path) -> Iterator[Path]:
    with writing_to(root):
        root.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=root, prefix=TRIAL_PREFIX))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
