"""The recipe on one page: messages in, promoted voices out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from storage.records import VersionRow, VoiceRow
from storage.runs import RunRow
from training.adaptation import Adapter
from training.artifacts import Artifact
from training.bases import (
    BASE,
    estimate_afterwards,
    fit_base,
    held_out_sample,
    read_base,
    require_base_text,
    store_base,
)
from training.budget import Budget
from training.checkpoints import CheckpointFolder
from training.companions import OwnText
from training.corpus import Corpus, Part, build_corpus, count_bytes
from training.due import is_base_due, is_sound
from training.duty import on_duty
from training.promotion import Exam, Gate, require_present
from training.provenance import describe_device
from training.recipe import SEED
from training.registration import (
    READ_AT,
    Outcome,
    add_version,
    fingerprint,
    judge,
    judge_base,
    pick_evenly,
    store_delta,
)
from training.reports import TrainReport, summarize
from training.shift import Shift
from training.subject import Subject, find_material, find_obstacle
from training.supervision import Supervision
from training.voices import VoiceRegistry

BASE_SHARE = 0.7  # of the time, when the base is due
LONGEST_TARGET = 200  # characters of a run's target; more voices are `all`
FITTING_SHARE = 0.9  # of a voice's time; the rest is for what follows


def train(
    registry: VoiceRegistry,
    targets: Sequence[VoiceRow],
    supervision: Supervision,
    *,
    minutes: float | None = None,
    run: RunRow | None = None,
) -> list[TrainReport]:
    """Train the base if it is due, then each target; promote all that is no worse in one switch.

    A run that was killed or set aside goes on where it stood. A person or channel with too little
    text is reported, not trained.

    Args:
        targets: The base among them is trained even if it is not due.
        run: The row from the queue; the caller holds the trainer's lease.

    Returns:
        A report each, the base first.

    Raises:
        TooLittleText: Too few messages of people who agreed stand in public channels.
        TrainingFailed: The loss ran away, or somebody left while their messages were learned.
        UnwritableFolder: The disk is full, or the voices' folder may not be written to.
        RunCancelled: Somebody cancelled the run; nothing of it speaks.
        SetAside: `supervision.aside` was set, or the lease was lost.
    """
    budget = Budget.start(minutes)
    labels = dict.fromkeys([BASE, *(voice.label for voice in targets)])
    target = " ".join(labels) if len(" ".join(labels)) < LONGEST_TARGET else "all"
    with on_duty(registry.store, target, supervision, run=run) as shift:
        shift.device = describe_device()
        reports = _Training(registry, shift, budget).run(targets)
        shift.reason, shift.has_failed = summarize(reports)
    return reports


class _Training:
    """One run over a workspace."""

    def __init__(self, registry: VoiceRegistry, shift: Shift, budget: Budget) -> None:
        self._registry, self._store = registry, registry.store
        self._shift, self._supervision, self._budget = shift, shift.supervision, budget
        self._read_at = self._store.messages.begin_reading()
        self._corpus = build_corpus(self._store.messages.read())
        self._base_voice = self._store.voices.ensure(BASE)
        self._gate = Gate(registry, since=shift.run.started_at or shift.run.queued_at)

    def run(self, targets: Sequence[VoiceRow]) -> list[TrainReport]:
        require_base_text(self._corpus)
        voices = [voice for voice in dict.fromkeys(targets) if voice.kind != BASE]
        report, base = self._train_base(is_asked=self._base_voice in targets)
        queue = [*voices, *(self._dependents(voices) if self._gate.winners else [])]
        reports = [report, *self._train_voices(queue, base)]
        self._shift.confirm()
        self._gate.promote()
        for voice in (*queue, self._base_voice):
            self._registry.prune(voice)
        self._registry.sweep()
        return reports

    # --- the base

    def _train_base(self, *, is_asked: bool) -> tuple[TrainReport, VersionRow]:
        voice, corpus = self._base_voice, self._corpus
        current = self._store.voices.promoted(voice.id)
        is_gated = current is not None and is_sound(self._registry, current)
        is_due = is_asked or not is_gated or is_base_due(self._registry, corpus, current)
        if current is not None and not is_due:
            bits = current.bits_per_byte
            return TrainReport(BASE, current.number, True, "up to date", bits, bits), current
        mark = fingerprint(
            BASE, SEED, len(corpus), count_bytes(corpus.texts), corpus.times.max(initial=0)
        )
        self._shift.enter(voice, BASE_SHARE)
        version = self._gate.find_finished(voice, mark) or self._fit_base(mark)
        exam = Exam(held_out_sample(corpus))
        report = self._conclude(voice, version, exam, is_gated=is_gated)
        return report, version if report.promoted or current is None else current

    def _fit_base(self, mark: str) -> VersionRow:
        learned = fit_base(
            self._corpus,
            self._supervision,
            seconds=self._budget.give(BASE_SHARE, reserve=estimate_afterwards(self._corpus)),
            checkpoint=self._checkpoint(self._base_voice, mark),
        )
        learned_from = frozenset(self._corpus.authors.tolist())
        require_present(self._store, learned_from)
        artifact = store_base(
            self._registry.folder,
            learned,
            self._corpus,
            keyring=self._store.keyring,
            facts=self._describe(mark),
        )
        bits = judge(self._registry.read(artifact, BASE), held_out_sample(self._corpus))
        version = add_version(
            self._store, self._base_voice, artifact, (bits, bits), learned_from=learned_from
        )
        self._checkpoint(self._base_voice, mark).clear()
        return version

    def _dependents(self, targets: Sequence[VoiceRow]) -> list[VoiceRow]:
        """Return the voices that stand on an older base and have to follow the new one."""
        asked = {voice.id for voice in targets}
        return [
            voice
            for voice in self._store.voices.list()
            if voice.kind in ("person", "channel")
            and voice.id not in asked
            and self._store.voices.promoted(voice.id) is not None
        ]

    # --- voices

    def _train_voices(self, queue: Sequence[VoiceRow], base: VersionRow) -> list[TrainReport]:
        reports: dict[int, TrainReport] = {}
        ready = []
        for voice in queue:
            corpus, subject = find_material(self._store, self._corpus, voice)
            obstacle = find_obstacle(corpus, subject)
            if obstacle:
                label = self._registry.label(voice)
                reports[voice.id] = TrainReport(label, None, False, obstacle)
            else:
                ready.append((voice, corpus, subject))
        if not ready:
            return list(reports.values())
        artifact = self._registry.artifact(base)
        adapter = Adapter(read_base(artifact, self._store.keyring))
        unguarded = self._corpus.with_authors()
        for guard in self._registry.read(artifact, BASE).guards:
            unguarded = guard.find_unknown(unguarded)
        weights = [math.sqrt(len(subject.select_all(corpus))) for _, corpus, subject in ready]
        for number, (voice, corpus, subject) in enumerate(ready):
            if self._supervision.stop.is_set():
                label = self._registry.label(voice)
                reports[voice.id] = TrainReport(label, None, False, "stopped before its turn")
                continue
            share = weights[number] / sum(weights[number:])
            self._shift.enter(voice, share)
            seconds = self._budget.give(FITTING_SHARE * share)
            bench = _Bench(adapter, base, artifact, unguarded, seconds)
            reports[voice.id] = self._train_voice(voice, corpus, subject, bench)
        return [reports[voice.id] for voice in queue]

    def _train_voice(
        self, voice: VoiceRow, corpus: Corpus, subject: Subject, bench: "_Bench"
    ) -> TrainReport:
        texts = corpus.texts_of(subject.select_all(corpus))
        mark = fingerprint(voice.id, SEED, bench.artifact.folder, len(texts), count_bytes(texts))
        version = self._gate.find_finished(voice, mark)
        if version is None:
            version = self._fit_voice(voice, corpus, subject, bench, mark)
        return self._conclude(voice, version, _set_exam(corpus, subject))

    def _fit_voice(
        self, voice: VoiceRow, corpus: Corpus, subject: Subject, bench: "_Bench", mark: str
    ) -> VersionRow:
        label, checkpoint = self._registry.label(voice), self._checkpoint(voice, mark)
        fit = bench.adapter.fit(
            corpus,
            subject,
            self._supervision,
            label=label,
            seconds=bench.seconds,
            checkpoint=checkpoint,
        )
        own = subject.select_all(corpus)
        learned_from = frozenset(corpus.authors[own].tolist())
        require_present(self._store, learned_from)
        texts = corpus.texts_of(own)
        facts = {
            **self._describe(mark),
            "kind": voice.kind,
            "messages": len(texts),
            "bytes": count_bytes(texts),
        }
        is_private = corpus is not self._corpus
        artifact = store_delta(
            self._registry.folder,
            Outcome(fit.weights, fit.standing, bench.adapter.recipe, facts),
            base=bench.artifact,
            keyring=self._store.keyring,
            guarded=corpus.with_authors() if is_private else bench.unguarded,
            own=OwnText.select(corpus, subject),
        )
        judged = _set_exam(corpus, subject).texts
        loaded = self._registry.read(artifact, label)
        version = add_version(
            self._store,
            voice,
            artifact,
            (judge(loaded, judged), judge_base(loaded, judged)),
            base=bench.base,
            learned_from=learned_from,
        )
        checkpoint.clear()
        return version

    # --- both

    def _conclude(
        self, voice: VoiceRow, version: VersionRow, exam: Exam, *, is_gated: bool = True
    ) -> TrainReport:
        """Decide on promotion, and report."""
        self._shift.count(tokens=version.tokens, seconds=version.seconds)
        figures = self._gate.judge(voice, version, exam, is_gated=is_gated)
        return TrainReport(
            voice=self._registry.label(voice),
            version=version.number,
            promoted=figures.is_no_worse,
            reason=figures.reason,
            bits_per_byte=version.bits_per_byte,
            base_bits_per_byte=version.base_bits_per_byte,
            tokens=version.tokens,
            seconds=version.seconds,
        )

    def _describe(self, mark: str) -> dict[str, str]:
        """Return what the metadata of every version of this run keeps."""
        return {"fingerprint": mark, READ_AT: self._read_at.isoformat()}

    def _checkpoint(self, voice: VoiceRow, mark: str) -> CheckpointFolder:
        return CheckpointFolder(self._registry.run_folder(voice), mark)


@dataclass(frozen=True)
class _Bench:
    """What voices of one run are adapted with.

    Attributes:
        unguarded: Messages in public channels that the base's copy guard does not know.
    """

    adapter: Adapter
    base: VersionRow
    artifact: Artifact
    unguarded: Sequence[tuple[int, str]]
    seconds: float | None


def _set_exam(corpus: Corpus, subject: Subject) -> Exam:
    chosen = pick_evenly(subject.select(corpus, Part.HELD_OUT).tolist())
    return Exam(corpus.texts_of(chosen), corpus.times[chosen].tolist())
