"""What follows when somebody agrees: a first voice speaks soon, and all their history is read."""

import logging
import threading
from collections.abc import Collection
from dataclasses import dataclass

from bot.errands import Errands
from bot.errors import BotError, SlackError
from bot.first_look import FirstLook
from bot.gathering import Batch, Gathering
from bot.headway import Headway
from bot.history import BackfillRequest, Watch, backfill
from bot.pacing import REAL_TIME, Clock
from bot.session import Session
from bot.slack import Slack
from bot.standing import find_version
from bot.views import answers
from bot.views.blocks import Message
from bot.views.consent import build_first_voice, build_progress
from storage.errors import StorageError
from storage.store import Store
from training.config import MINIMUM_MESSAGES
from training.due import is_first
from training.errors import TrainingError
from training.first_voice import make_first_voice

PROGRESS_AFTER_SECONDS = 10.0  # a shorter reading is over before anybody wonders
PROGRESS_EVERY_SECONDS = 30.0
RETRY_SECONDS = 600.0

_log = logging.getLogger(__name__)


class Joining:
    """Welcomes people, all who agreed meanwhile together: history is never read twice at once.

    A first look at the newest messages goes before, and never waits for a long reading. Of a long
    reading that is under way for others, they are part from its next channel on.

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
        self._clock = clock or REAL_TIME
        self._include = frozenset(session.settings.mimic_include)
        self._first_look = FirstLook(self._store, slack, include=self._include, clock=self._clock)
        self._new = Gathering(errands, self._greet, name="greeting")
        self._unread = Gathering(errands, self._welcome, name="joining")
        self._excused: set[int] = set()  # who was told that the reading failed

    def agree(self, user_id: str) -> bool:
        """Note a person's own yes, and begin to learn.

        Returns:
            Whether there is anything to do; not where their voice is there already.
        """
        member = self._store.members.ensure(user_id, team_id=self._slack.identity.team_id).id
        self._store.consent.grant([member], actor="subject", by_subject=True)
        if self._is_read(member) and self._has_voice(member):
            return False
        self._new.add({member: user_id})
        return True

    def start(self) -> None:
        """Go on with those who agreed before a restart came in between; nobody waits for it."""
        self._errands.submit(self._go_on, name="joining")

    def _go_on(self) -> None:
        covered = self._store.crawls.covered()
        trained = {label for run in self._store.runs.list() for label in run.target.split()}
        self._new.add(
            {
                row.member: self._store.members.user_id(row.member)
                for row in self._store.consent.list()
                if row.state == "agreed"
                and row.by_subject
                and (row.member not in covered or self._is_unfinished(row.member, trained))
            }
        )

    def _is_unfinished(self, member: int, trained: Collection[str]) -> bool:
        """Say whether more could be learned from a member, too little text being no matter.

        Args:
            member: Whose history is read.
            trained: The labels of all voices that runs are or were for.
        """
        if self._count(member) < MINIMUM_MESSAGES:
            return False
        version = find_version(self._store, member)
        return version is None or (
            f"person:{member}" not in trained and is_first(self._session.registry, version)
        )

    def _is_read(self, member: int) -> bool:
        return self._store.crawls.is_covered(member)

    def _has_voice(self, member: int) -> bool:
        return find_version(self._store, member) is not None

    def _count(self, member: int) -> int:
        return self._store.messages.count(author=member)

    # --- at once: the newest messages, and a first voice

    def _greet(self, batch: Batch) -> None:
        try:
            self._hurry(batch)
        except (BotError, StorageError) as error:  # the long reading will tell
            _log.warning("A first look failed: %s", type(error).__name__)
        finally:
            self._unread.add(batch)

    def _hurry(self, batch: Batch) -> None:
        """Let first voices speak of what can be read soon; who has too little hears later."""
        is_new = {each: not (self._is_read(each) or self._has_voice(each)) for each in batch}
        new = {member: user_id for member, user_id in batch.items() if is_new[member]}
        if new:
            self._first_look.look(new, stop=self._errands.stop)
        for member, user_id in new.items():
            if not self._errands.stop.is_set() and self._make_voice(member):
                words = build_first_voice(messages=self._count(member), is_through=False)
                tell(self._slack, user_id, words)

    # --- then all there is, and a better voice

    def _welcome(self, batch: Batch) -> None:
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
        if all(map(self._is_read, batch)) or self._errands.stop.is_set():
            return
        progress = Progress(self._slack, self._store, self._clock, batch)
        watch = Watch(progress.show, self._errands.stop, self._clock)
        try:
            backfill(
                self._store, self._slack, BackfillRequest(), include=self._include, watch=watch
            )
        finally:
            progress.close()  # nothing of it may come after how it ended

    def _introduce(self, member: int, user_id: str) -> None:
        """Let a voice speak of all there is, queue a better one, and tell whose it is."""
        if not self._store.consent.allows(member):
            return
        learned, had_voice = self._count(member), self._has_voice(member)
        missing = MINIMUM_MESSAGES - learned
        if missing > 0:
            tell(self._slack, user_id, build_first_voice(messages=learned, missing=missing))
            return
        has_voice = self._make_voice(member)
        if self._store.consent.allows(member):
            self._store.runs.queue(f"person:{member}", requested_by=member)
            build = build_first_voice if has_voice else answers.build_only_trained
            build = answers.build_read_through if had_voice else build
            tell(self._slack, user_id, build(messages=learned))

    def _make_voice(self, member: int) -> bool:
        """Make a first voice, or a better one, of enough text; say whether any speaks."""
        if self._store.consent.allows(member) and self._count(member) >= MINIMUM_MESSAGES:
            voice = self._store.voices.ensure("person", subject=member)
            try:
                make_first_voice(self._session.registry, voice)
            except TrainingError as error:
                _log.warning("A first voice could not be made: %s", type(error).__name__)
        return self._has_voice(member)

    def _try_later(self, batch: Batch) -> None:
        for member in batch.keys() - self._excused:
            if self._store.consent.allows(member):  # whoever has just said no is left alone
                tell(self._slack, batch[member], answers.build_reading_failed())
        self._excused.update(batch)
        timer = threading.Timer(RETRY_SECONDS / self._clock.speed, self._try_again, [batch])
        timer.daemon = True
        timer.start()

    def _try_again(self, batch: Batch) -> None:
        if not self._errands.stop.is_set():
            allows = self._store.consent.allows
            self._new.add({member: batch[member] for member in batch if allows(member)})


@dataclass
class Progress:
    """Tells those for whom history is read how far it is: one message each, kept up to date.

    It does so in a thread of its own: Slack may let it wait for each of them, and the reading,
    which may be for others, is not to wait along.

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
        self._channels: dict[int, str] = {}  # where each has been told that it takes long
        self._shown: dict[int, str] = {}  # the ts of what is kept up to date there
        self._is_over = threading.Event()
        self._round: threading.Thread | None = None

    def show(self, headway: Headway) -> None:
        """Hear of a page; tell of it now and then."""
        is_telling = self._round is not None and self._round.is_alive()
        if is_telling or self._is_over.is_set() or self.clock.monotonic() < self._next:
            return
        self._round = threading.Thread(
            target=self._tell_all, args=[headway], name="progress", daemon=True
        )
        self._round.start()

    def close(self) -> None:
        """Leave off after whoever is told just now."""
        self._is_over.set()
        if self._round:
            self._round.join()

    def _tell_all(self, headway: Headway) -> None:
        for member, user_id in self.batch.items():
            if self._is_over.is_set():
                return
            try:
                self._tell(member, user_id, headway)
            except (SlackError, StorageError) as error:
                _log.warning("Progress could not be shown: %s", type(error).__name__)
        self._next = self.clock.monotonic() + PROGRESS_EVERY_SECONDS

    def _tell(self, member: int, user_id: str, headway: Headway) -> None:
        if self.store.consent.allows(member):
            message = build_progress(
                channels_done=headway.channels_done,
                channels=headway.channels,
                messages=self.store.messages.count(author=member),
            )
            self._put(member, user_id, message)

    def _put(self, member: int, user_id: str, message: Message) -> None:
        if member not in self._channels:
            self._channels[member] = self.slack.dm(user_id, answers.build_takes_long())
        channel_id = self._channels[member]
        if member in self._shown:
            self.slack.update(channel_id, self._shown[member], message)
        else:
            self._shown[member] = self.slack.post(channel_id, message)


def tell(slack: Slack, user_id: str, message: Message) -> None:
    """Write to somebody; what cannot be delivered is let go."""
    try:
        slack.dm(user_id, message)
    except SlackError as error:
        _log.warning("A direct message could not be delivered: %s", type(error).__name__)
