"""One batch of raw messages becomes rows: what is news of it, scrubbed and sealed."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from storage.admission import Admission, Author, Place
from storage.anonymization import SCRUB_VERSION, Scrubber
from storage.batches import Load, Part
from storage.consent import Consent
from storage.crawls import Checkpoint, write_checkpoint
from storage.database import Database
from storage.editions import MessageRow
from storage.ingestion import Deletion, Edition, IngestPolicy, RawFolder
from storage.keys import Keyring
from storage.known_files import FileRead, KnownFiles, find_span
from storage.message_rows import Key, Mark, Rows, read_marks, read_rows, write_rows
from storage.messages import message_identity
from storage.readings import Batch, Reader, Reading
from storage.removals import Reason, Removed, write_removals


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Texts that were scrubbed before anybody asked, and by which scrubber."""

    scrubber: Scrubber | None = None
    texts: Mapping[str, str] = field(default_factory=dict)

    def find(self, raw: str, scrubber: Scrubber) -> str:
        """Return a text scrubbed; what nobody has foreseen is scrubbed now."""
        stored = self.texts.get(raw) if scrubber is self.scrubber else None
        return scrubber.scrub(raw).text if stored is None else stored


class Intake:
    """Takes in batches for one import.

    Args:
        database: Where the rows go.
        keyring: Makes pseudonyms and seals.
        consent: Says whose messages may be stored.
        scrubber: Gives one that knows the members' names as they are now.
        policy: What this import may bring in.

    Attributes:
        has_news: Whether the last batch changed anything; the first may do so.
    """

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        *,
        consent: Consent,
        scrubber: Callable[[], Scrubber],
        policy: IngestPolicy,
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._scrubber = scrubber
        self._policy = policy
        self.has_news = True
        self._admission = Admission(keyring, consent=consent, policy=policy)
        self._reader = Reader(keyring)
        self._known_files = KnownFiles(keyring, self._admission)

    def find_team(self) -> bool:
        """Look the workspace up, unless only a message can tell; say whether it is known."""
        if self._admission.names_team and self._admission.team is None:
            with self._database.writing() as connection:
                self._admission.find_team(connection, {})
        return self._admission.team is not None

    def recall(self, folder: RawFolder) -> list[Part]:
        """Name the files of a folder, and tell which need not be read: nothing would change."""
        parts = [
            Part((), folder.channel_id, self._known_files.name(file.identify()))
            for file in folder.files
        ]
        if not self.find_team():
            return parts
        with self._database.reading() as connection:
            place = self._admission.find_places(connection, {folder.channel_id}).get(
                folder.channel_id
            )
            marks = {part.mark for part in parts}
            known = self._known_files.find(connection, place, marks) if place else {}
        return [part._replace(recalled=known.get(part.mark, {})) for part in parts]

    def read(self, load: Load) -> Batch:
        """Read what messages say, which takes no database."""
        return self._reader.read(load, is_team_known=self._admission.team is not None)

    def foresee(self, batch: Batch) -> list[str]:
        """List the texts that a batch will bring, as far as the database can tell by now.

        What it says is checked again when the batch is taken in.
        """
        with self._database.reading() as connection:
            channel_ids = {channel_id for channel_id, _, _ in batch.readings}
            places = self._admission.find_places(connection, channel_ids)
            known = [reading for reading in batch.readings if reading[0] in places]
            rows = self._admission.find_authors(connection, self._list_authors(known, places))
            verdicts = {user_id: self._admission.judge_author(row) for user_id, row in rows.items()}
            news = set(self._find_news(connection, known, places))
        return [
            edition.text
            for channel_id, edition, _ in known
            if (places[channel_id].id, edition.ts) in news
            and isinstance(edition, Edition)
            and not edition.void
            and verdicts.get(edition.user_id, "unknown") is None
        ]

    def take(
        self,
        batch: Batch,
        *,
        foreseen: Foreseen | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> Counter[str]:
        """Store a batch in one transaction.

        Args:
            batch: May be empty.
            foreseen: What is scrubbed of it already.
            checkpoint: Kept if the batch is, and not otherwise.

        Returns:
            How many messages were `stored`, `unchanged`, or dropped for a reason.
        """
        outcomes = batch.outcomes.copy()
        readings = batch.readings
        if not (batch.heads or checkpoint):
            return outcomes
        with self._database.writing() as connection:
            places = self._find_places(connection, batch)
            authors = self._admission.ensure_authors(
                connection, self._list_authors(readings, places)
            )
            rows = read_rows(connection, self._find_news(connection, readings, places))
            outcomes.update(self._apply(reading, places, authors, rows) for reading in readings)
            changed = [row for row in rows.values() if row.is_changed]
            self._write_rows(connection, changed, foreseen or Foreseen())
            self.has_news = bool(changed)
            if batch.pages:
                self._keep_pages(connection, batch, places, authors, rows)
            if checkpoint:
                own = {checkpoint.channel_id: ""}
                place = self._admission.ensure_places(connection, own)[checkpoint.channel_id]
                write_checkpoint(connection, checkpoint, place.id)
        return outcomes

    def _find_places(self, connection: Connection, batch: Batch) -> Mapping[str, Place]:
        self._admission.find_team(connection, batch.teams)
        types = {channel_id: raw.peek("channel_type") for channel_id, raw in batch.heads.items()}
        return self._admission.ensure_places(connection, types)

    def _list_authors(
        self, readings: Iterable[Reading], places: Mapping[str, Place]
    ) -> Collection[str]:
        return {
            reading.user_id
            for channel_id, reading, _ in readings
            if isinstance(reading, Edition)
            and self._admission.judge(places[channel_id], reading) is None
        }

    def _find_news(
        self, connection: Connection, readings: Iterable[Reading], places: Mapping[str, Place]
    ) -> Collection[Key]:
        """Return the rows that a batch may change: all but those that have just this edition."""
        keys = [(places[channel_id].id, reading.ts) for channel_id, reading, _ in readings]
        marks = read_marks(connection, keys)
        return {  # in their order
            key: None
            for key, (_, reading, mac) in zip(keys, readings, strict=True)
            if not _is_known(reading, mac, marks.get(key))
        }

    def _apply(
        self,
        reading: Reading,
        places: Mapping[str, Place],
        authors: Mapping[str, Author],
        rows: Rows,
    ) -> str:
        channel_id, change, mac = reading
        place = places[channel_id]
        row = rows.get((place.id, change.ts))  # none where the table has just this edition
        if isinstance(change, Deletion):
            if row:
                row.delete()
            return "deleted"
        if row and row.is_deleted:
            return "deleted"
        verdict = self._admission.judge(place, change) or authors[change.user_id].judge(change)
        if verdict or (change.void and not change.edited_ts):
            if row and row.is_there:
                row.end(change)
            return change.void or verdict or ""
        is_news = row is not None and row.take(
            change, author=authors[change.user_id].id, mac=mac, scrub_version=SCRUB_VERSION
        )
        return change.void or ("stored" if is_news else "unchanged")

    def _write_rows(
        self, connection: Connection, rows: Sequence[MessageRow], foreseen: Foreseen
    ) -> None:
        scrubber = self._scrubber()  # for each batch: names may have changed meanwhile
        for row in rows:
            if row.raw is not None:
                stored = foreseen.find(row.raw, scrubber)
                identity = message_identity(row.channel, row.ts)
                row.sealed = self._keyring.seal(stored.encode(), identity=identity)
                row.key_id = self._keyring.key_id
        write_rows(connection, rows)
        self._note_lost(connection, rows)

    def _keep_pages(
        self,
        connection: Connection,
        batch: Batch,
        places: Mapping[str, Place],
        authors: Mapping[str, Author],
        rows: Rows,
    ) -> None:
        """Note what came of whole files, by what a second reading says now that the first is kept.

        Where that would change anything once more, nothing is noted.
        """
        for row in rows.values():
            row.settle()
        said = [self._apply(reading, places, authors, rows) for reading in batch.readings]
        if any(row.is_changed for row in rows.values()):
            return
        files = []
        for page in batch.pages:
            own = slice(page.start, page.stop)
            tally = page.outcomes + Counter(said[own])
            span = find_span(reading.ts for _, reading, _ in batch.readings[own])
            files.append(FileRead(places[page.channel_id], page.mark, span, tally))
        self._known_files.keep(connection, files)

    def _note_lost(self, connection: Connection, rows: Iterable[MessageRow]) -> None:
        lost = defaultdict[Reason, list[Removed]](list)
        for row in rows:
            if row.lost is not None:
                reason: Reason = "expired" if row.ts < self._policy.oldest_ts else "deleted"
                lost[reason].append(Removed(row.lost, row.channel, row.ts))
        for reason, gone in lost.items():
            write_removals(connection, gone, reason)


def _is_known(reading: Edition | Deletion, mac: bytes, mark: Mark | None) -> bool:
    """Tell whether the table has just this edition; whoever wrote it."""
    if mark is None or isinstance(reading, Deletion):
        return False
    return mark == (reading.thread_ts or None, reading.edited_ts or None, SCRUB_VERSION, mac)
