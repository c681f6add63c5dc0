"""The registry of voices: which versions there are, which one speaks, and how it is loaded."""

import logging
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

from storage.records import VersionRow, VoiceRow
from storage.store import Store
from training.artifacts import FOLDER, STAGING_PREFIX, TRIAL_PREFIX, Artifact, open_artifact
from training.disk import find_age
from training.errors import DamagedArtifact, UnknownVoice
from training.loading import VoiceLoader
from training.voice import LoadedVoice

_log = logging.getLogger(__name__)

RUNS = ".runs"
UNFINISHED = (STAGING_PREFIX, TRIAL_PREFIX)
KEPT_VERSIONS = 3
HOT_VOICES = 64
HOT_MODELS = 8  # of them with a model of their own, which takes tens of megabytes
DAY_SECONDS = 86_400
STALE_SECONDS = DAY_SECONDS  # that a version still speaks after somebody it learned from has left


class VoiceRegistry:
    """Voices as rows of the store and folders beside each other.

    The store says what is promoted, at every request; voices stay loaded while they are in use.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.folder = folder
        self._loaded: OrderedDict[str, LoadedVoice] = OrderedDict()  # by folder
        self._loader = VoiceLoader(folder, store.keyring)
        self._lock = threading.RLock()  # of both: whoever rolls back or forgets is another thread
        self._departures = store.departures_mark()

    def label(self, voice: VoiceRow) -> str:
        """Return how people write a voice: `@ada`, `#random`, `shakespeare`, or `base`."""
        if voice.kind == "person":
            return f"@{self.store.members.get(_known(voice.subject)).handle}"
        if voice.kind == "channel":
            return f"#{self.store.channels.get(_known(voice.subject)).name}"
        return voice.name or voice.kind

    def load(self, voice: VoiceRow) -> LoadedVoice:
        """Return the version that speaks for a voice.

        A damaged version is named in the log, and the one before it speaks.

        Raises:
            UnknownVoice: No sound version is left, or it may not speak any more.
        """
        self.let_go()
        promoted = self.promoted(voice)
        if is_expired(promoted):
            raise UnknownVoice(
                f"{self.label(voice)} learned from somebody who has left and is silent until it is "
                "trained again."
            )
        for version in chain([promoted], self._before(promoted)):
            try:
                return self._load_version(voice, version)
            except DamagedArtifact as error:
                _log.warning("%s The version before speaks instead.", error)
        raise UnknownVoice(
            f"{self.label(voice)} is damaged (folder {promoted.folder}), and so is all before it "
            "that could speak instead; train it again or restore a backup."
        )

    def let_go(self) -> None:
        """Unload what has no version any more, where somebody has left; costs little otherwise."""
        mark = self.store.departures_mark()
        if mark == self._departures:
            return
        known = self.store.voices.folders()
        with self._lock:
            for folder in self._loaded.keys() - known:
                del self._loaded[folder]
            self._loader.keep_only(known)
            self._departures = mark

    def _before(self, promoted: VersionRow) -> Iterator[VersionRow]:
        """Yield what spoke before a version, newest first; nobody looks before it is needed."""
        for version in self.store.voices.versions(promoted.voice):
            if version.number < promoted.number and version.state == "retired":
                yield version

    def promoted(self, voice: VoiceRow) -> VersionRow:
        """Return the version that the store says should speak.

        Raises:
            UnknownVoice: There is none.
        """
        promoted = self.store.voices.promoted(voice.id)
        if promoted is None:
            raise UnknownVoice(
                f"{self.label(voice)} has no trained voice yet; run `mimic train` first."
            )
        return promoted

    def find_version(self, folder: str) -> VersionRow:
        """Return the version in a folder.

        Raises:
            DamagedArtifact: No row knows the folder.
        """
        for voice in self.store.voices.list():
            for version in self.store.voices.versions(voice.id):
                if version.folder == folder:
                    return version
        raise DamagedArtifact(f"Version folder {folder} belongs to no voice.")

    def run_folder(self, voice: VoiceRow) -> Path:
        """Return where an unfinished run of a voice keeps its checkpoint."""
        return self.folder / RUNS / str(voice.id)

    def read(self, artifact: Artifact, label: str) -> LoadedVoice:
        """Load a version that has no row yet."""
        with self._lock:
            return self._loader.load(artifact, label=label, version=0)

    def artifact(self, version: VersionRow) -> Artifact:
        """Open a version's folder."""
        return open_artifact(self.folder, version.folder)

    def rollback(self, voice: VoiceRow, number: int | None = None) -> VersionRow:
        """Promote an earlier version: the one given, else the newest before the promoted one.

        Raises:
            UnknownVoice: There is no such version.
            DamagedArtifact: Its folder is not sound.
        """
        promoted = self.store.voices.promoted(voice.id)
        usable = [
            v for v in self.store.voices.versions(voice.id) if v.state in ("retired", "candidate")
        ]
        if number is None:
            usable = [v for v in usable if promoted is None or v.number < promoted.number]
        else:
            usable = [v for v in usable if v.number == number]
        if not usable:
            wanted = "version before" if number is None else f"version {number}"
            raise UnknownVoice(f"{self.label(voice)} has no {wanted} to go back to.")
        self._load_version(voice, usable[0])
        self.store.voices.promote([usable[0].id])
        return usable[0]

    def remove(self, voice: VoiceRow) -> int:
        """Remove a voice with all its versions; return how many there were."""
        folders = self.store.voices.remove(voice.id)
        self.remove_folders(folders)
        return len(folders)

    def remove_folders(self, folders: Iterable[str]) -> None:
        """Delete version folders, what was loaded of them, and unfinished runs of no voice."""
        for folder in folders:
            with self._lock:
                self._loaded.pop(folder, None)
                self._loader.drop(folder)
            shutil.rmtree(self.folder / folder, ignore_errors=True)
        voices = {str(voice.id) for voice in self.store.voices.list()}
        for path in (self.folder / RUNS).glob("*"):
            if path.name not in voices:
                shutil.rmtree(path, ignore_errors=True)

    def discard(self, version: VersionRow) -> None:
        """Remove one version that does not speak."""
        self.store.voices.remove_version(version.id)
        self.remove_folders([version.folder])

    def prune(self, voice: VoiceRow) -> None:
        """Keep the version that speaks and the newest others, three in all and none stale."""
        rows = self.store.voices
        ranked = sorted(rows.versions(voice.id), key=lambda v: (not v.is_current, -v.number))
        stale = [v for v in ranked[:KEPT_VERSIONS] if v.stale_since and not v.is_current]
        in_use = {v.base for every in rows.list() for v in rows.versions(every.id)}
        for version in stale + ranked[KEPT_VERSIONS:]:
            if version.id not in in_use:
                self.discard(version)

    def sweep(self, *, older_than_seconds: float = DAY_SECONDS) -> int:
        """Remove folders that no row knows and that are older than a day; return how many.

        A day after somebody left, what learned from them and was not trained anew goes, too.

        Args:
            older_than_seconds: Less than a day only where nothing can be under way.
        """
        expired = datetime.now(UTC) - timedelta(seconds=STALE_SECONDS)
        self.remove_folders(self.store.drop_expired(expired))
        if not self.folder.is_dir():
            return 0
        known, swept = self.store.voices.folders(), 0
        for path in self.folder.iterdir():
            is_ours = FOLDER.fullmatch(path.name) or path.name.startswith(UNFINISHED)
            if is_ours and path.name not in known and find_age(path) >= older_than_seconds:
                shutil.rmtree(path, ignore_errors=True)
                swept += 1
        return swept

    def _load_version(self, voice: VoiceRow, version: VersionRow) -> LoadedVoice:
        with self._lock:
            if version.folder not in self._loaded:
                label, number = self.label(voice), version.number
                member = voice.subject if voice.kind == "person" else None
                loaded = self._loader.load(
                    self.artifact(version), label=label, version=number, member=member
                )
                self._unload_silent()
                self._loaded[version.folder] = loaded
                self._make_room()
            self._loaded.move_to_end(version.folder)
            return self._loaded[version.folder]

    def _make_room(self) -> None:
        """Let go of what nobody has asked for longest; of large models there may be few."""
        large = [folder for folder, voice in self._loaded.items() if voice.is_large]
        for folder in large[:-HOT_MODELS]:
            del self._loaded[folder]
        if len(self._loaded) > HOT_VOICES:
            self._loaded.popitem(last=False)

    def _unload_silent(self) -> None:
        """Let go of loaded versions that another has replaced, and so of the bases under them."""
        for folder in self._loaded.keys() - self.store.speaking.find(self._loaded):
            del self._loaded[folder]


def is_expired(version: VersionRow) -> bool:
    """Return whether a version may not speak any more: somebody it learned from left a day ago."""
    if version.stale_since is None:
        return False
    return (datetime.now(UTC) - version.stale_since).total_seconds() > STALE_SECONDS


def _known(subject: int | None) -> int:
    if subject is None:
        raise UnknownVoice("The voice belongs to nobody.")
    return subject
