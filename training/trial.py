"""The honest figures: a workspace learned afresh without its newest tenth, judged by it."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from storage.records import VoiceRow
from training.adaptation import Adapter
from training.bases import fit_base, store_base
from training.corpus import TESTING, Part, build_corpus
from training.evaluation import EvaluationRow, Yardstick
from training.loading import VoiceLoader
from training.registration import Outcome, store_delta
from training.subject import find_material
from training.supervision import Supervision
from training.voices import VoiceRegistry

BASE_SHARE = 0.75  # of the minutes


def run_trial(
    registry: VoiceRegistry,
    voices: Sequence[VoiceRow],
    supervision: Supervision,
    *,
    minutes: float | None = None,
) -> Iterator[EvaluationRow]:
    """Train on each author's oldest 80%, stop by the next 10%, judge the newest 10%.

    Nothing of it is registered. The n-grams beside it are trained on all but the newest 10%.
    """
    corpus = build_corpus(registry.store.messages.read(), TESTING)
    yardstick = Yardstick(corpus, Part.TEST)
    with tempfile.TemporaryDirectory(dir=registry.folder, prefix=".trial-") as folder:
        root = Path(folder)
        seconds = minutes * 60 * BASE_SHARE if minutes else None
        learned = fit_base(corpus, supervision, seconds=seconds)
        keyring = registry.store.keyring
        base = store_base(root, learned, corpus, keyring=keyring, fingerprint="trial")
        adapter, loader = Adapter(learned[0]), VoiceLoader(root, keyring)
        share = minutes * 60 * (1 - BASE_SHARE) / len(voices) if minutes else None
        for voice in voices:
            own, subject = find_material(registry.store, corpus, voice, TESTING)
            label = registry.label(voice)
            fit = adapter.fit(own, subject, supervision, label=label, seconds=share)
            outcome = Outcome(fit.weights, fit.standing, adapter.recipe, {"kind": voice.kind})
            artifact = store_delta(root, outcome, base=base, keyring=keyring, guarded=())
            loaded = loader.load(artifact, label=label, version=0)
            yield yardstick.measure(loaded, subject, own)
