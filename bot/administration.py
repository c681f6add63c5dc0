"""What admins see of the voices and change about them: runs, schedules, versions."""

from datetime import UTC, datetime

from bot.cron import OFF, WORDS, find_next
from bot.labels import EVERYTHING, find_labelled, show_target
from bot.refusals import Refused
from bot.session import Session
from bot.slack import Slack
from bot.views.admin import AdminFacts, RunLine, VoiceLine, build_admin
from bot.views.blocks import Message
from storage.errors import StorageError, UnknownRun
from storage.records import VersionRow
from storage.runs import OPEN, RunRow
from training.config import MINIMUM_MESSAGES
from training.errors import TrainingError

MOST_RUNS = 30
_NAMES = {cron: word for word, cron in WORDS.items()}


class Administration:
    """What one admin does; every method refuses whoever is none now.

    Raises:
        Refused: They are no admin, or what they clicked is gone.
        SlackError: Slack does not say whether they are.
    """

    def __init__(self, session: Session, slack: Slack, user_id: str) -> None:
        self._session, self._store, self._slack = session, session.store, slack
        self._user_id = user_id

    def show(self) -> Message:
        """Return the panel."""
        self._require_admin()
        return build_admin(
            AdminFacts(
                voices=tuple(self._list_voices()),
                runs=tuple(map(self._show_run, self._store.runs.list(MOST_RUNS))),
                default_cron=self._read_schedule(EVERYTHING),
            )
        )

    def train(self, label: str) -> None:
        """Queue a run of a voice, due or not; the admin is told when it ends."""
        self._require_admin()
        team_id = self._slack.identity.team_id
        admin = self._store.members.ensure(self._user_id, team_id=team_id)
        self._store.runs.queue(self._check(label), requested_by=admin.id)

    def schedule(self, label: str, choice: str) -> None:
        """Let a voice learn anew each night, each week, or only with all others."""
        self._require_admin()
        self._check(label)
        row = self._store.schedules.find(label)
        if choice == OFF and row:
            self._store.schedules.remove(row.id)
        elif choice in WORDS:
            cron = WORDS[choice]
            due = find_next(cron, datetime.now(UTC))
            self._store.schedules.set(label, cron, next_run_at=due)

    def cancel(self, run: str) -> None:
        """Cancel a run."""
        self._require_admin()
        try:
            self._store.runs.cancel(int(run))
        except (UnknownRun, ValueError):
            raise Refused("gone") from None

    def roll_back(self, label: str) -> str | None:
        """Let the version before speak again; return why not, where it cannot."""
        self._require_admin()
        voice = find_labelled(self._store, label)
        if voice is None:
            raise Refused("gone")
        try:
            self._session.registry.rollback(voice)
        except (TrainingError, StorageError) as error:
            return str(error)
        return None

    def _require_admin(self) -> None:
        if not self._slack.is_admin(self._user_id):
            raise Refused("not_admin")

    def _check(self, label: str) -> str:
        if label not in {line.label for line in self._list_voices()}:
            raise Refused("gone")
        return label

    def _list_voices(self) -> list[VoiceLine]:
        voices = self._store.voices
        lines = {
            voice.label: self._show_voice(voice.label, voices.versions(voice.id))
            for voice in voices.list()
            if voice.kind != "text"
        }
        for member in self._store.members.list():
            label = f"person:{member.id}"
            has_enough = member.messages >= MINIMUM_MESSAGES
            if label not in lines and has_enough and self._store.consent.allows(member.id):
                lines[label] = self._show_voice(label, (), messages=member.messages)
        return list(lines.values())

    def _show_voice(
        self, label: str, versions: tuple[VersionRow, ...], *, messages: int = 0
    ) -> VoiceLine:
        speaking = next((version for version in versions if version.is_current), None)
        number = speaking.number if speaking else 0
        return VoiceLine(
            label=label,
            name=self._name(label),
            version=number or None,
            messages=speaking.messages if speaking else messages,
            bits_per_byte=speaking.bits_per_byte if speaking else None,
            schedule=self._read_schedule(label),
            has_previous=any(
                version.number < number and version.state in ("retired", "candidate")
                for version in versions
            ),
        )

    def _show_run(self, run: RunRow) -> RunLine:
        return RunLine(
            id=run.id,
            name=self._name(run.target),
            state=run.state,
            progress=run.progress,
            reason=run.reason,
            is_open=run.state in OPEN,
        )

    def _read_schedule(self, target: str) -> str:
        row = self._store.schedules.find(target)
        return _NAMES.get(row.cron, row.cron) if row else OFF

    def _name(self, target: str) -> str:
        return show_target(self._store, target, may_see=self._may_see)

    def _may_see(self, channel_id: str) -> bool:
        return self._slack.is_in_channel(self._user_id, channel_id)
