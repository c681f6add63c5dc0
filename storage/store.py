"""The one door of the ground floor: all that is stored comes in and goes out here."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Literal, Self

from sqlalchemy import Connection, insert, select

from storage.anonymization import Scrubber
from storage.audit import Audit
from storage.channels import Channels
from storage.consent import Consent, ConsentDefault
from storage.crawls import Checkpoint, Crawls
from storage.database import Database, is_current, open_tables, upgrade
from storage.departures import ForgetReceipt, forget
from storage.errors import WrongKey
from storage.ingestion import IngestPolicy, IngestReport, RawMessage
from storage.intake import Intake
from storage.keys import Keyring
from storage.leases import Leases
from storage.members import Members
from storage.messages import Messages
from storage.records import VoiceRows
from storage.runs import Runs
from storage.schedules import Schedules
from storage.schema import keys
from storage.teams import ensure_team, list_teams

__all__ = ["ForgetReceipt", "Store", "upgrade"]

BATCH = 1_000
CHECK = b"mimic"


class Store:
    """Everything that is known about a workspace, scrubbed and sealed."""

    def __init__(self, database: Database, keyring: Keyring, *, consent: Consent) -> None:
        self.keyring = keyring
        self.consent = consent
        self.members = Members(database, keyring)
        self.channels = Channels(database, keyring)
        self.messages = Messages(database, keyring, consent)
        self.audit = Audit(database)
        self.voices = VoiceRows(database)
        self.runs = Runs(database)
        self.schedules = Schedules(database)
        self.leases = Leases(database)
        self.crawls = Crawls(database)
        self._database = database
        self._scrubber: tuple[tuple[int, int], Scrubber] | None = None

    @classmethod
    def open(
        cls, database_url: str, keyring: Keyring, *, consent_default: ConsentDefault = "opt-in"
    ) -> Self:
        """Open a database, or make a new one.

        Args:
            database_url: `sqlite:///` and a path.
            keyring: The key that it was made with; a new database keeps to this one.
            consent_default: What silence means here.

        Raises:
            DatabaseError: It cannot be opened, written to, or is of another version.
            WrongKey: It was made with another key.
        """
        database = Database(database_url)
        try:
            with database.writing() as connection:
                open_tables(database, connection)
                _check_key(connection, keyring)
        except BaseException:
            database.close()
            raise
        return cls(database, keyring, consent=Consent(database, default=consent_default))

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
        raw: Iterable[RawMessage],
        *,
        policy: IngestPolicy,
        on_progress: Callable[[IngestReport], None] | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> IngestReport:
        """Take raw messages in: the only way for text to be stored.

        Batches are kept whole or not at all, and doing it twice changes nothing, so that an
        import that was cut short is simply run again.

        Args:
            raw: In any order; read as they are needed.
            policy: What may be stored.
            on_progress: Told the counts so far after every batch.
            checkpoint: How far a crawl is once all is stored; kept in one transaction with the
                last batch, also where nothing came in.

        Raises:
            DatabaseError: A batch could not be written; the ones before it stay.
        """
        intake = Intake(
            self._database,
            self.keyring,
            consent=self.consent,
            scrubber=self.scrubber(),
            policy=policy,
        )
        outcomes: Counter[str] = Counter()
        for batch, is_last in _batches(raw):
            reached = checkpoint if is_last else None
            if batch or reached:
                outcomes += intake.take(batch, checkpoint=reached)
            if batch and on_progress:
                on_progress(_report(outcomes))
        return _report(outcomes)

    def scrubber(self) -> Scrubber:
        """Give the scrubber that knows all members' names; a new one only when these change."""
        mark = self.members.names_mark()  # first: a change in between makes a new one next time
        if self._scrubber is None or self._scrubber[0] != mark:
            self._scrubber = mark, Scrubber(self.members.name_forms())
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
        return forget(self._database, member, state=state, actor=actor, by_subject=by_subject)

    def check(self) -> None:
        """See that the file of the database is whole.

        Raises:
            DamagedDatabase: It is not.
        """
        self._database.check()

    def is_current(self) -> bool:
        """Say whether the tables are still those of this version.

        Raises:
            DatabaseError: The database cannot be read.
        """
        return is_current(self._database)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()


def _check_key(connection: Connection, keyring: Keyring) -> None:
    """See that the key is the database's own, or make it so if the database is new."""
    known = {row.key_id: row.check_value for row in connection.execute(select(keys))}
    identity = f"key:{keyring.key_id}"
    if not known:
        sealed = keyring.seal(CHECK, identity=identity)
        values = {"key_id": keyring.key_id, "check_value": sealed, "created_at": datetime.now(UTC)}
        connection.execute(insert(keys).values(values))
        return
    try:
        keyring.unseal(known.get(keyring.key_id, b""), identity=identity)
    except WrongKey:
        raise WrongKey(
            "The key does not belong to this database: use the key it was made with."
        ) from None


def _batches(raw: Iterable[RawMessage]) -> Iterator[tuple[list[RawMessage], bool]]:
    """Yield batches, and of each whether it is the last: the one that is not full, or empty."""
    rest, is_last = iter(raw), False
    while not is_last:
        batch = list(islice(rest, BATCH))
        is_last = len(batch) < BATCH
        yield batch, is_last


def _report(outcomes: Counter[str]) -> IngestReport:
    kept = ("stored", "unchanged")
    dropped = {reason: count for reason, count in outcomes.items() if reason not in kept}
    return IngestReport(outcomes.total(), outcomes["stored"], outcomes["unchanged"], dropped)
