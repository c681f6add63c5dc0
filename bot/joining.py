"""What follows when somebody agrees: their history is read, and a first voice speaks."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from bot.errands import Errands
from bot.errors import BotError, SlackError
from bot.headway import Headway
from bot.history import BackfillRequest, Watch, backfill
from bot.pacing import Clock
from bot.session import Session
from bot.slack import Slack
from bot.standing import find_version
from bot.views import answers
from bot.views.blocks import Message
from bot.views.consent import build_first_voice, build_progress
from storage.errors import StorageError
from storage.records import VoiceRow
from storage.store import Store
from training.config import MINIMUM_MESSAGES
from training.errors import TrainingError
from training.first_voice import make_first_voice

PROGRESS_AFTER_SECONDS = 10.0  # a shorter reading is over before anybody wonders
PROGRESS_EVERY_SECONDS = 30.0
RETRY_SECONDS = 600.0

_log = logging.getLogger(__name__)

Batch = Mapping[int, str]
"""Who agreed: members, and their user ids."""


class Joining:
    """Welcomes people, all who agreed meanwhile together: history is never read twice at once.

    Args:
        session: What is known.
        slack: Has the history, and carries messages.
        errands: Where it is done.
        clock: What is waited by.
    """

    def __init__(
        self, session: Session, slack: Slack, errands: Errands, *, clock: Clock | None = None
    ) -> None:
        self._session, self._store = session, session.store
        self._slack, self._errands = slack, errands
        self._clock = clock or Clock()
        self._lock = threading.Lock()
        self._waiting: dict[int, str] = {}
        self._excused: set[int] = set()  # who was told that the reading failed
        self._is_working = False

    def agree(self, user_id: str) -> bool:
        """Note a person's own yes, and begin to learn.

        Returns:
            Whether there is anything to do; not where their voice is there already.
        """
        member = self._store.members.ensure(user_id, team_id=self._slack.identity.team_id).id
        self._store.consent.grant([member], actor="subject", by_subject=True)
        if not self._is_wanting(member):
            return False
        self._welcome({member: user_id})
        return True

    def start(self) -> None:
        """Go on with those who agreed before a restart came in between."""
        self._welcome(
            {
                row.member: self._store.members.user_id(row.member)
                for row in self._store.consent.list()
                if row.state == "agreed" and row.by_subject and self._was_cut_short(row.member)
            }
        )

    def _is_wanting(self, member: int) -> bool:
        """Say whether a member's history is unread, or their voice unmade."""
        return member not in self._store.crawls.covered() or not self._has_voice(member)

    def _was_cut_short(self, member: int) -> bool:
        """Say whether more could be done for a member than was; too little text is no matter."""
        if member not in self._store.crawls.covered():
            return True
        return not self._has_voice(member) and self._count(member) >= MINIMUM_MESSAGES

    def _has_voice(self, member: int) -> bool:
        return find_version(self._store, member) is not None

    def _count(self, member: int) -> int:
        return self._store.messages.count(author=member)

    def _welcome(self, batch: Batch) -> None:
        with self._lock:
            self._waiting.update(batch)
            if self._is_working or not self._waiting:
                return
            self._is_working = True
        self._errands.submit(self._work, name="joining")

    def _work(self) -> None:
        """Welcome all who wait, and who comes to wait meanwhile."""
        try:
            while batch := self._take():
                self._welcome_together(batch)
        except BaseException:
            with self._lock:
                self._is_working = False
            raise

    def _take(self) -> Batch:
        with self._lock:
            batch, self._waiting = self._waiting, {}
            self._is_working = bool(batch)
        return batch

    def _welcome_together(self, batch: Batch) -> None:
        try:
            self._read_history(batch)
        except (BotError, StorageError) as error:
            _log.warning("History could not be read after a yes: %s", type(error).__name__)
            self._try_later(batch)
            return
        for member, user_id in batch.items():
            if self._errands.stop.is_set():
                return  # the next start goes on
            try:
                self._introduce(member, user_id)
            except StorageError as error:
                _log.warning("Nobody could be introduced: %s", type(error).__name__)
                self._try_later({member: user_id})

    def _read_history(self, batch: Batch) -> None:
        if batch.keys() <= self._store.crawls.covered() or self._errands.stop.is_set():
            return
        backfill(
            self._store,
            self._slack,
            BackfillRequest(),
            include=frozenset(self._session.settings.mimic_include),
            watch=Watch(
                Progress(self._slack, self._store, self._clock, batch).show,
                self._errands.stop,
                self._clock,
            ),
        )

    def _introduce(self, member: int, user_id: str) -> None:
        """Let a first voice speak, queue a better one, and tell whose it is."""
        if not self._store.consent.allows(member):
            return
        learned = self._count(member)
        missing = MINIMUM_MESSAGES - learned
        if missing > 0:
            tell(self._slack, user_id, build_first_voice(messages=learned, missing=missing))
            return
        voice = self._store.voices.ensure("person", subject=member)
        try:
            make_first_voice(self._session.registry, voice)
        except TrainingError as error:
            _log.warning("A first voice could not be made: %s", type(error).__name__)
        if self._store.consent.allows(member):
            self._store.runs.queue(voice.label, requested_by=member)
            build = build_first_voice if self._has_voice(member) else answers.build_only_trained
            tell(self._slack, user_id, build(messages=learned))

    def _try_later(self, batch: Batch) -> None:
        for member in batch.keys() - self._excused:
            tell(self._slack, batch[member], answers.build_reading_failed())
        self._excused.update(batch)
        timer = threading.Timer(RETRY_SECONDS / self._clock.speed, self._try_again, [batch])
        timer.daemon = True
        timer.start()

    def _try_again(self, batch: Batch) -> None:
        if not self._errands.stop.is_set():
            allows = self._store.consent.allows
            self._welcome({member: batch[member] for member in batch if allows(member)})


@dataclass
class Progress:
    """Tells those for whom history is read how far it is: one message each, kept up to date.

    Args:
        slack: Carries the messages.
        store: Says how much is stored by now.
        clock: What is waited by.
        batch: Whom to tell, unless they say no meanwhile.
    """

    slack: Slack
    store: Store
    clock: Clock
    batch: Batch

    def __post_init__(self) -> None:
        self._next = self.clock.monotonic() + PROGRESS_AFTER_SECONDS
        self._shown: dict[int, tuple[str, str]] = {}  # channel and ts by member

    def show(self, headway: Headway) -> None:
        """Hear of a page; tell of it now and then."""
        if self.clock.monotonic() < self._next:
            return
        self._next = self.clock.monotonic() + PROGRESS_EVERY_SECONDS
        for member, user_id in self.batch.items():
            if not self.store.consent.allows(member):
                continue
            message = build_progress(
                channels_done=headway.channels_done,
                channels=headway.channels,
                messages=self.store.messages.count(author=member),
            )
            try:
                self._put(member, user_id, message)
            except SlackError as error:
                _log.warning("Progress could not be shown: %s", type(error).__name__)

    def _put(self, member: int, user_id: str, message: Message) -> None:
        if member in self._shown:
            self.slack.update(*self._shown[member], message)
            return
        channel_id = self.slack.dm(user_id, answers.build_takes_long())
        self._shown[member] = channel_id, self.slack.post(channel_id, message)


def tell(slack: Slack, user_id: str, message: Message) -> None:
    """Write to somebody; what cannot be delivered is let go."""
    try:
        slack.dm(user_id, message)
    except SlackError as error:
        _log.warning("A direct message could not be delivered: %s", type(error).__name__)
