"""Which new versions may speak: no worse than those that do, and learned from nobody who left."""

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from storage.consent import OWN_NO
from storage.errors import VersionInUse
from storage.records import VersionRow, VoiceRow
from storage.store import Store
from training.errors import DamagedArtifact, SomebodyLeft, UnknownVoice
from training.registration import NO_WORSE, judge
from training.voices import VoiceRegistry


@dataclass(frozen=True)
class Figures:
    """Bits per byte on the newest held-out text: the new version's and the promoted one's.

    Attributes:
        promoted: None where no version speaks that may go on.
        is_first: Whether none has spoken before.
        is_cleaner: The promoted version knows what was deleted or has expired, and the new one
            less of it: it may not win by its figures.
    """

    new: float
    promoted: float | None
    is_first: bool
    is_cleaner: bool = False

    @property
    def is_no_worse(self) -> bool:
        """Whether the new version may speak."""
        return self.promoted is None or self.new <= self.promoted * NO_WORSE

    @property
    def reason(self) -> str:
        """Why the version is promoted or not, in a few words."""
        if self.is_cleaner:
            return "the version before still knows messages that are gone"
        if self.promoted is None:
            return "first version" if self.is_first else "the version before may not speak on"
        change = 100 * (self.new / self.promoted - 1)
        verdict = "no worse" if self.is_no_worse else "worse"
        return f"{verdict} than the version before ({change:+.1f}% bits)"


@dataclass(frozen=True)
class Exam:
    """Held-out messages that versions are judged by.

    Attributes:
        times: When each was written; empty where no version knows anything by heart.
    """

    texts: Sequence[str]
    times: Sequence[float] = ()

    def after(self, time: float) -> Sequence[str]:
        """Return what was written later.

        Messages that come in late, from further back, make text held out that was not before; who
        has counted it has no need to foretell it.
        """
        if not self.times:
            return self.texts
        pairs = zip(self.texts, self.times, strict=True)
        return [text for text, written in pairs if written > time]


class Gate:
    """The new versions of one run: judged one by one, promoted in one switch.

    Args:
        since: When the run began, in whatever process.
    """

    def __init__(self, registry: VoiceRegistry, *, since: datetime) -> None:
        self._registry, self._store, self._since = registry, registry.store, since
        self.winners: list[VersionRow] = []

    def judge(
        self, voice: VoiceRow, version: VersionRow, exam: Exam, *, is_gated: bool = True
    ) -> Figures:
        """Let the promoted version, unless stale, read the same held-out text.

        What it knows of messages that went away must not win for it, either.

        Args:
            voice: Whose version it is.
            version: The new one; it is kept as a winner or retired.
            exam: The text that its own figure is of.
            is_gated: Otherwise nothing is compared and it wins.
        """
        bits, current = None, self._store.voices.promoted(voice.id)
        is_cleaner = current is not None and self._is_cleaner(version, current)
        if is_gated and not is_cleaner and current is not None and current.stale_since is None:
            with suppress(UnknownVoice):  # none of its versions is sound
                bits = self._compare(voice, version, exam.after(self._learned_until(current)))
        new, promoted = bits or (version.bits_per_byte or math.inf, None)
        figures = Figures(new, promoted, is_first=not current, is_cleaner=is_cleaner)
        if figures.is_no_worse:
            self.winners.append(version)
        else:
            self._store.voices.set_state(version.id, "retired")
        return figures

    def _is_cleaner(self, version: VersionRow, current: VersionRow) -> bool:
        return self._store.removals.is_rid_of_some(version.id, current.id)

    def _learned_until(self, version: VersionRow) -> float:
        """Return when the last message was written that a version knows by heart."""
        with suppress(DamagedArtifact):
            return float(self._registry.artifact(version).metadata.get("learned_until", 0))
        return 0.0

    def _compare(
        self, voice: VoiceRow, version: VersionRow, texts: Sequence[str]
    ) -> tuple[float, float] | None:
        """Return the bits of a new version and of the one that speaks; None without any text."""
        if not texts:
            return None
        new = self._registry.read(self._registry.artifact(version), voice.label)
        return judge(new, texts), judge(self._registry.load(voice), texts)

    def find_finished(self, voice: VoiceRow, mark: str) -> VersionRow | None:
        """Return the version that a run which was killed had fitted, or even promoted, already."""
        for version in self._store.voices.versions(voice.id):
            is_promoted_now = version.is_current and version.created_at >= self._since
            if version.state == "candidate" or is_promoted_now:
                with suppress(DamagedArtifact):
                    artifact = self._registry.artifact(version)
                    if artifact.metadata.get("fingerprint") == mark:
                        artifact.verify_all()
                        return version
        return None

    def promote(self) -> None:
        """Let all winners speak, unless somebody they learned from has left.

        Raises:
            SomebodyLeft: Somebody has; the winners are removed.
        """
        try:
            for version in self.winners:
                require_present(self._store, version.learned_from)
        except SomebodyLeft:
            for version in reversed(self.winners):  # the base last
                with suppress(VersionInUse):
                    self._registry.discard(version)
            raise
        self._store.voices.promote([version.id for version in self.winners])


def require_present(store: Store, members: frozenset[int]) -> None:
    """Make sure that nobody has left whose messages were being learned.

    Nothing else stops such a version: when the person left, it was not there to be marked.

    Raises:
        SomebodyLeft: Somebody has.
    """
    if any(row.member in members and row.state in OWN_NO for row in store.consent.list()):
        raise SomebodyLeft
