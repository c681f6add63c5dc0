"""One batch of raw messages becomes rows: what is news of it, scrubbed and sealed."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.dialects.sqlite import dialect

from storage.admission import Admission, Author, Place
from storage.anonymization import SCRUB_VERSION, Scrubber
from storage.consent import Consent
from storage.crawls import Checkpoint, write_checkpoint
from storage.database import Database
from storage.editions import MessageRow
from storage.ingestion import Deletion, Edition, IngestPolicy, RawMessage, read_payload
from storage.keys import Keyring
from storage.messages import message_identity
from storage.removals import Reason, Removed, write_removals
from storage.schema import messages

COLUMNS = tuple(column.name for column in messages.c if column.name != "id")

Reading = tuple[str, Edition | Deletion, bytes]  # where, what, and an edition's MAC
Key = tuple[int, str]  # a row's channel and ts
Mark = tuple[str | None, str | None, int | None, bytes | None]  # what tells an edition from others
Rows = dict[Key, MessageRow]

# one parameter for a thousand times: as many of their own would take longer than the look-up
_TIMES = select(func.json_each(bindparam("times")).table_valued("value").c.value)
_SAME = (messages.c.channel == bindparam("channel")) & messages.c.ts.in_(_TIMES)
_MARKS = select(
    *(messages.c[name] for name in ("ts", "thread_ts", "edited_ts", "scrub_version", "raw_mac"))
).where(_SAME)
_ROWS = select(messages).where(_SAME)
_read_values = attrgetter(*COLUMNS)
_INSERTION = str(insert(messages).values(dict.fromkeys(COLUMNS)).compile(dialect=dialect()))


@dataclass(frozen=True, slots=True)
class Batch:
    """Raw messages and what they mean, before the database is asked.

    Args:
        size: How many messages came.
        heads: The first of each channel, which may say of what kind that is.
        teams: How many name which workspace, while nobody knows it.
        readings: Those that may be stored, as far as they themselves can tell.
        outcomes: How many of the others were dropped for which reason.
    """

    size: int
    heads: Mapping[str, RawMessage]
    teams: Mapping[str, int]
    readings: Sequence[Reading]
    outcomes: Counter[str]


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
        has_news: Whether the last batch changed anything.
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
        self.has_news = False
        self._admission = Admission(keyring, consent=consent, policy=policy)

    def read(self, raw: Sequence[RawMessage]) -> Batch:
        """Read what messages say, which takes no database."""
        outcomes: Counter[str] = Counter()
        readings: list[Reading] = []
        heads: dict[str, RawMessage] = {}
        for each in raw:
            channel_id, payload = each
            heads.setdefault(channel_id, each)
            reading = read_payload(payload)
            if isinstance(reading, str):
                outcomes[reading] += 1
            else:
                mac = self._mac(reading) if isinstance(reading, Edition) else b""
                readings.append((channel_id, reading, mac))
        named = () if self._admission.has_team else (each.peek("team") for each in raw)
        return Batch(len(raw), heads, Counter(filter(None, named)), readings, outcomes)

    def _mac(self, edition: Edition) -> bytes:
        # with its time and author: equal texts of two messages must not look equal; without the
        # channel's id: a channel may get another
        return self._keyring.mac(f"{edition.ts}\0{edition.user_id}\0{edition.text}")

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
        with self._database.writing() as connection:
            places = self._find_places(connection, batch)
            authors = self._admission.ensure_authors(
                connection, self._list_authors(readings, places)
            )
            rows = self._read_rows(connection, self._find_news(connection, readings, places))
            outcomes.update(self._apply(reading, places, authors, rows) for reading in readings)
            changed = [row for row in rows.values() if row.is_changed]
            self._write_rows(connection, changed, foreseen or Foreseen())
            self.has_news = bool(changed)
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
        times: dict[int, list[str]] = defaultdict(list)
        for channel_id, reading, _ in readings:
            times[places[channel_id].id].append(reading.ts)
        marks = self._read_marks(connection, times)
        return {  # in their order
            key: None
            for channel_id, reading, mac in readings
            if not _is_known(reading, mac, marks.get(key := (places[channel_id].id, reading.ts)))
        }

    @staticmethod
    def _read_marks(connection: Connection, times: Mapping[int, Sequence[str]]) -> dict[Key, Mark]:
        marks: dict[Key, Mark] = {}
        for channel, wanted in times.items():
            values = {"channel": channel, "times": json.dumps(wanted)}
            for ts, *mark in connection.execute(_MARKS, values):
                marks[channel, ts] = tuple(mark)
        return marks

    @staticmethod
    def _read_rows(connection: Connection, keys: Iterable[Key]) -> Rows:
        """Return a row for each key: as the table has it, or a new one."""
        rows = {key: MessageRow(*key) for key in keys}
        times: dict[int, list[str]] = defaultdict(list)
        for channel, ts in rows:
            times[channel].append(ts)
        for channel, wanted in times.items():
            values = {"channel": channel, "times": json.dumps(wanted)}
            for row in connection.execute(_ROWS, values):
                rows[channel, row.ts] = MessageRow(**row._mapping, former=row.author)
        return rows

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
        if new := [_read_values(row) for row in rows if row.id is None]:
            connection.exec_driver_sql(_INSERTION, new)
        if old := [_list_values(row) for row in rows if row.id is not None]:
            connection.execute(update(messages).where(messages.c.id == bindparam("row")), old)
        self._note_lost(connection, rows)

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


def _list_values(row: MessageRow) -> dict[str, Any]:
    return dict(zip(COLUMNS, _read_values(row), strict=True)) | {"row": row.id}
