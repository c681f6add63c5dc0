"""The one door of the ground floor: all that is stored comes in and goes out here."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Literal, Self

from storage.anonymization import Scrubber
from storage.audit import Audit
from storage.backups import Backups
from storage.batches import Load, Raw, cut
from storage.belongings import Belongings
from storage.channels import Channels
from storage.consent import Consent, ConsentDefault, note_default
from storage.counters import DEPARTURES, read_counter
from storage.crawls import Checkpoint, Crawls
from storage.crew import Crew
from storage.database import Database, is_current, open_tables, upgrade
from storage.departures import ForgetReceipt, drop_silent, forget
from storage.foresight import Foresight
from storage.ingestion import IngestPolicy, IngestReport, RawMessage
from storage.intake import Foreseen, Intake
from storage.keys import Keyring
from storage.leases import Leases
from storage.ledger import Ledger
from storage.members import Members
from storage.messages import Messages
from storage.name_model import NameModel
from storage.presence import Presence
from storage.purge import PurgeReceipt, purge
from storage.readings import Batch
from storage.records import VoiceRows
from storage.removals import Removals
from storage.renumbering import renumber_channel
from storage.replay import Replay, Replayed
from storage.rescrubbing import Rescrubbing
from storage.retention import Retention
from storage.rotation import Rotation, check_key
from storage.runs import Runs
from storage.schedules import Schedules
from storage.speaking import Speaking
from storage.teams import ensure_team, list_teams
from storage.threads import Threads
from storage.uninstalls import Uninstalls

__all__ = ["ForgetReceipt", "Store", "upgrade"]


class Store:
    """Everything that is known about a workspace, scrubbed and sealed."""

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        *,
        consent: Consent,
        retention_days: int | None = None,
        name_model: NameModel | None = None,
    ) -> None:
        self.keyring = keyring
        self.consent = consent
        self.members = Members(database, keyring)
        self.channels = Channels(database, keyring)
        self.messages = Messages(database, keyring, consent)
        self.threads = Threads(database)
        self.audit = Audit(database)
        self.presence = Presence(database, keyring)
        self.voices = VoiceRows(database)
        self.speaking = Speaking(database)
        self.runs = Runs(database)
        self.schedules = Schedules(database)
        self.leases = Leases(database)
        self.crawls = Crawls(database)
        self.uninstalls = Uninstalls(database, keyring)
        self.backups = Backups(database, keyring, consent)
        self.belongings = Belongings(database, keyring)
        self.removals = Removals(database)
        self.retention = Retention(database, retention_days)
        self.rescrubbing = Rescrubbing(database, keyring, self.scrubber)
        self.rotation = Rotation(database, keyring)
        self._database = database
        self._name_model = name_model
        self._scrubber: tuple[tuple[int, int], Scrubber] | None = None

    @classmethod
    def open(
        cls,
        database_url: str,
        keyring: Keyring,
        *,
        consent_default: ConsentDefault = "opt-in",
        retention_days: int | None = None,
        name_model: str = "",
    ) -> Self:
        """Open a database, or make a new one.

        Args:
            database_url: `sqlite:///` and a path.
            keyring: The key that it was made with; a new database keeps to this one.
            consent_default: What silence means here.
            retention_days: How many days messages are kept; None: for ever.
            name_model: What also finds people's names: a spaCy pipeline or its folder.

        Raises:
            DatabaseError: It cannot be opened, written to, or is of another version.
            MissingNameModel: There is no such pipeline.
            WrongKey: It was made with another key.
        """
        model = NameModel(name_model) if name_model else None
        database = Database(database_url)
        try:
            with database.writing() as connection:
                open_tables(database, connection)
                check_key(connection, keyring)
                note_default(connection, consent_default)
        except BaseException:
            database.close()
            raise
        database.expect_keys(keyring.key_id)
        consent = Consent(database, default=consent_default)
        return cls(
            database, keyring, consent=consent, retention_days=retention_days, name_model=model
        )

    def add_team(self, team_id: str) -> int:
        """Find a workspace or add it; one that had no name so far takes this."""
        with self._database.writing() as connection:
            return ensure_team(connection, self.keyring, team_id)

    def team_ids(self) -> tuple[str, ...]:
        """Slack's ids of the workspaces that are here and known by name."""
        with self._database.reading() as connection:
            return list_teams(connection, self.keyring)

    def ingest(
        self,
        raw: Iterable[Raw],
        *,
        policy: IngestPolicy,
        on_progress: Callable[[IngestReport], None] | None = None,
        checkpoint: Checkpoint | None = None,
        processes: int = 0,
    ) -> IngestReport:
        """Take raw messages in: the only way for text to be stored.

        Batches are kept whole or not at all, and doing it twice changes nothing, so that an
        import that was cut short is simply run again.

        Args:
            raw: In any order; read as they are needed. Files that came in before and would change
                nothing are counted, and not read.
            policy: What may be stored.
            on_progress: Told the counts so far after every batch.
            checkpoint: How far a crawl is once all is stored; kept in one transaction with the
                last batch, also where nothing came in.
            processes: How many are to scrub beside this one (`storage.crew.choose_size`); none do
                where a name model is in use.

        Raises:
            DatabaseError: A batch could not be written; the ones before it stay.
            ScrubbingEnded: One of the processes has ended; likewise.
        """
        oldest_ts = max(policy.oldest_ts, self.retention.oldest_ts)
        self.rescrubbing.begin()  # what is stored from now on is scrubbed of the names of now
        intake = Intake(
            self._database,
            self.keyring,
            consent=self.consent,
            scrubber=self.scrubber,
            policy=replace(policy, oldest_ts=oldest_ts),
        )
        outcomes: Counter[str] = Counter()
        loads = cut(raw, intake.recall)
        with self._reading(intake, loads, processes) as batches:
            for batch, foreseen in batches:
                reached = checkpoint if batch.is_last else None
                if batch.size or reached:
                    outcomes += intake.take(batch, foreseen=foreseen, checkpoint=reached)
                if batch.size and on_progress:
                    on_progress(_report(outcomes))
        return _report(outcomes)

    @contextmanager
    def _reading(
        self, intake: Intake, loads: Iterator[Load], processes: int
    ) -> Iterator[Iterator[tuple[Batch, Foreseen]]]:
        if not processes or self._name_model:
            yield ((intake.read(load), Foreseen()) for load in loads)
            return
        with Crew(processes) as crew:
            yield Foresight(intake, crew, self.scrubber).read(loads)

    def scrubber(self) -> Scrubber:
        """Give the scrubber that knows all members' names; a new one only when these change."""
        mark = self.members.names_mark()  # first: a change in between makes a new one next time
        if self._scrubber is None or self._scrubber[0] != mark:
            self._scrubber = mark, Scrubber(self.members.name_forms(), name_model=self._name_model)
        return self._scrubber[1]

    def forget(
        self,
        member: int,
        *,
        state: Literal["declined", "left"],
        actor: str = "operator",
        by_subject: bool = False,
    ) -> ForgetReceipt:
        """Remove a member's messages, names and voice, for good.

        Raises:
            UnknownMember: There is no such member.
        """
        self.members.name_forms()  # from now on they are known to the scrubber of this store alone
        return forget(self._database, member, state=state, actor=actor, by_subject=by_subject)

    def replay(self, ledger: Ledger, *, made_at: datetime) -> Replayed:
        """Make good in this copy, made at that time, what the ledger of its successor says.

        Raises:
            DatabaseError: It cannot be written.
        """

        def ingest(raw: Iterable[RawMessage], policy: IngestPolicy) -> IngestReport:
            return self.ingest(raw, policy=policy)

        return Replay(self._database, self.keyring, ingest, made_at=made_at).run(ledger)

    def departures_mark(self) -> int:
        """Return what differs once text or a voice of somebody who left has gone; cheap to ask."""
        with self._database.reading() as connection:
            return read_counter(connection, DEPARTURES)

    def drop_expired(self, before: datetime) -> tuple[str, ...]:
        """Remove versions that are stale since before a moment, or do not speak and are stale.

        Returns:
            Their folders, still to be deleted.
        """
        with self._database.writing() as connection:
            return tuple(drop_silent(connection, expired_before=before))

    def renumber_channel(self, old_id: str, new_id: str, *, team_id: str) -> bool:
        """Let a channel go by another id of Slack's from now on.

        Returns:
            Whether it was known by the old one.
        """
        return renumber_channel(self._database, self.keyring, old_id, new_id, team_id=team_id)

    def purge(self, team_id: str) -> PurgeReceipt:
        """Remove all that is known of a workspace, for good; its members' own no stays.

        Raises:
            DatabaseError: It could not be written; then nothing has changed.
        """
        return purge(self._database, self.keyring, team_id)

    def check(self) -> None:
        """See that the file of the database is whole.

        Raises:
            DamagedDatabase: It is not.
        """
        self._database.check()

    def on_key_changed(self, call: Callable[[], None]) -> None:
        """Have something called, in whatever thread, once another process has changed the key.

        From then on everything here raises `KeyChanged`.
        """
        self._database.on_key_changed = call

    def is_current(self) -> bool:
        """Say whether the tables are still those of this version.

        Raises:
            DatabaseError: The database cannot be read.
        """
        return is_current(self._database)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()


def _report(outcomes: Counter[str]) -> IngestReport:
    kept = ("stored", "unchanged")
    dropped = {reason: count for reason, count in outcomes.items() if reason not in kept}
    return IngestReport(outcomes.total(), outcomes["stored"], outcomes["unchanged"], dropped)
