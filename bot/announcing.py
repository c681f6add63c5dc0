"""Whoever asked for a run hears in a direct message how it ended, however long it took.

The same look lets go of loaded voices whose people have left, though nobody asks for any voice.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import suppress

from bot.errors import SlackError
from bot.labels import EVERYTHING, show_target
from bot.session import Session
from bot.slack import Slack
from bot.views.admin import RunReport, VoiceReport, build_run_report
from storage.errors import StorageError
from storage.records import VersionRow
from storage.runs import RunRow
from training.artifacts import LOSS_PLOT
from training.errors import DamagedArtifact

LOOKING_SECONDS = 5.0

_log = logging.getLogger(__name__)


class Announcer:
    """Looks for runs that have ended and whose end was not told; each is told once at most.

    Args:
        looking_seconds: Between two looks.
    """

    def __init__(
        self, session: Session, slack: Slack, *, looking_seconds: float = LOOKING_SECONDS
    ) -> None:
        self._session, self._store, self._slack = session, session.store, slack
        self._looking_seconds = looking_seconds
        self._over = threading.Event()
        self._looker = threading.Thread(target=self._keep_looking, name="announcer", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._looker.start()

    def close(self) -> None:
        """Stop; what was not told is told by the next process."""
        self._over.set()
        if self._looker.is_alive():
            self._looker.join()

    def _keep_looking(self) -> None:
        while not self._over.wait(self._looking_seconds):
            try:
                self._session.registry.let_go()
                self._tell_all()
            except StorageError as error:
                _log.warning("Ended runs could not be looked for: %s", error)

    def _tell_all(self) -> None:
        for run in self._store.runs.untold():
            if self._over.is_set():
                return
            if run.requested_by is not None and self._store.runs.tell(run.id):
                try:
                    self._tell(run, self._store.members.user_id(run.requested_by))
                except Exception as error:  # noqa: BLE001 - the next run is somebody else's
                    _log.warning("The end of run %d was not told: %s", run.id, _describe(error))

    def _tell(self, run: RunRow, user_id: str) -> None:
        versions = dict(self._find_versions(run))
        report = RunReport(
            id=run.id,
            name=self._name(run.target, user_id),
            state=run.state,
            voices=tuple(
                VoiceReport(
                    name=self._name(label, user_id),
                    version=version.number,
                    is_promoted=version.is_current,
                    bits_per_byte=version.bits_per_byte,
                )
                for label, version in versions.items()
            ),
            tokens=run.tokens,
            seconds=run.seconds,
            device=run.device,
            cost=run.cost,
            reason=run.reason,
        )
        channel_id = self._slack.dm(user_id, build_run_report(report))
        picture = self._find_picture(run, versions)
        if picture:
            title = f"How run {run.id} learned"
            alt_text = "Bits per byte over the tokens read, in training and held out"
            self._slack.upload_picture(channel_id, picture, title=title, alt_text=alt_text)

    def _find_versions(self, run: RunRow) -> Iterator[tuple[str, VersionRow]]:
        """Yield what a run that went well made, by the label of its voice; the base comes first."""
        if run.state != "succeeded" or run.started_at is None or run.finished_at is None:
            return
        for voice in self._store.voices.list():
            for version in self._store.voices.versions(voice.id):
                if run.started_at <= version.created_at <= run.finished_at:
                    yield voice.label, version
                    break

    def _find_picture(self, run: RunRow, versions: dict[str, VersionRow]) -> bytes | None:
        """Return the loss plot of what was asked for, or of what there is."""
        asked = [label for label in run.target.split(" ") if label != EVERYTHING]
        version = next(
            (versions[label] for label in [*asked, *versions] if label in versions), None
        )
        if version is None:
            return None
        with suppress(DamagedArtifact):
            artifact = self._session.registry.artifact(version)
            return artifact.read(LOSS_PLOT) if artifact.has(LOSS_PLOT) else None
        return None

    def _name(self, target: str, user_id: str) -> str:
        see = lambda channel_id: self._slack.is_in_channel(user_id, channel_id)  # noqa: E731
        return show_target(self._store, target, may_see=see)


def _describe(error: Exception) -> str:
    return str(error) if isinstance(error, SlackError) else type(error).__name__
