"""Which new versions may speak: no worse than those that do, and learned from nobody who left."""

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from storage.consent import OWN_NO
from storage.errors import VersionInUse
from storage.records import VersionRow, VoiceRow
from storage.store import Store
from training.errors import DamagedArtifact, TrainingFailed, UnknownVoice
from training.registration import NO_WORSE, judge
from training.voices import VoiceRegistry


@dataclass(frozen=True)
class Figures:
    """Bits per byte on the newest held-out text: the new version's and the promoted one's.

    Attributes:
        promoted: None where no version speaks that may go on.
        is_first: Whether none has spoken before.
    """

    new: float
    promoted: float | None
    is_first: bool

    @property
    def is_no_worse(self) -> bool:
        """Whether the new version may speak."""
        return self.promoted is None or self.new <= self.promoted * NO_WORSE

    @property
    def reason(self) -> str:
        """Why the version is promoted or not, in a few words."""
        if self.promoted is None:
            return "first version" if self.is_first else "the version before may not speak on"
        change = 100 * (self.new / self.promoted - 1)
        verdict = "no worse" if self.is_no_worse else "worse"
        return f"{verdict} than the version before ({change:+.1f}% bits)"


class Gate:
    """The new versions of one run: judged one by one, promoted in one switch."""

    def __init__(self, registry: VoiceRegistry) -> None:
        self._registry, self._store = registry, registry.store
        self.winners: list[VersionRow] = []

    def judge(
        self, voice: VoiceRow, version: VersionRow, judged: Sequence[str], *, is_gated: bool = True
    ) -> Figures:
        """Let the promoted version, unless stale, read the same held-out text.

        Args:
            voice: Whose version it is.
            version: The new one; it is kept as a winner or retired.
            judged: The text that its own figure is of.
            is_gated: Otherwise nothing is compared and it wins.
        """
        promoted_bits, current = None, self._store.voices.promoted(voice.id)
        if is_gated and current is not None and current.stale_since is None:
            with suppress(UnknownVoice):  # none of its versions is sound
                promoted_bits = judge(self._registry.load(voice), judged)
        figures = Figures(version.bits_per_byte or math.inf, promoted_bits, is_first=not current)
        if figures.is_no_worse:
            self.winners.append(version)
        else:
            self._store.voices.set_state(version.id, "retired")
        return figures

    def find_candidate(self, voice: VoiceRow, mark: str) -> VersionRow | None:
        """Return the version of a run that was killed after fitting it and before promoting it."""
        for version in self._store.voices.versions(voice.id):
            if version.state == "candidate":
                with suppress(DamagedArtifact):
                    artifact = self._registry.artifact(version)
                    if artifact.metadata.get("fingerprint") == mark:
                        artifact.verify_all()
                        return version
        return None

    def promote(self) -> None:
        """Let all winners speak, unless somebody they learned from has left.

        Raises:
            TrainingFailed: Somebody has; the winners are removed.
        """
        try:
            for version in self.winners:
                require_present(self._store, version.learned_from)
        except TrainingFailed:
            for version in reversed(self.winners):  # the base last
                with suppress(VersionInUse):
                    self._registry.discard(version)
            raise
        self._store.voices.promote([version.id for version in self.winners])


def require_present(store: Store, members: frozenset[int]) -> None:
    """Make sure that nobody has left whose messages were being learned.

    Nothing else stops such a version: when the person left, it was not there to be marked.

    Raises:
        TrainingFailed: Somebody has.
    """
    if any(row.member in members and row.state in OWN_NO for row in store.consent.list()):
        raise TrainingFailed(
            "Somebody left while their messages were being learned, and nothing of that is kept: "
            "train again, without them."
        )
