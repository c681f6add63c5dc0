"""One batch of raw messages becomes rows: whose each is, and whether it may be stored."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from storage.anonymization import SCRUB_VERSION, Scrubber
from storage.channels import ChannelKind, find_channel, insert_channel
from storage.consent import SILENT, Consent, ConsentRow, write_consent
from storage.crawls import Checkpoint, write_checkpoint
from storage.database import Database
from storage.editions import MessageRow
from storage.ingestion import (
    Deletion,
    DropReason,
    Edition,
    IngestPolicy,
    RawMessage,
    read_payload,
)
from storage.keys import Keyring
from storage.members import insert_member
from storage.messages import message_identity
from storage.removals import Reason, Removed, write_removals
from storage.schema import members, messages
from storage.teams import ensure_team, reveal_team

COLUMNS = tuple(column.name for column in messages.c if column.name != "id")
KINDS: dict[str, ChannelKind] = {
    "channel": "public",
    "group": "private",
    "im": "dm",
    "mpim": "group_dm",
}
WALLS: dict[ChannelKind, str] = {"private": "private", "dm": "dms", "group_dm": "dms"}

Reading = tuple[str, Edition | Deletion]
Rows = dict[tuple[int, str], MessageRow]


@dataclass(frozen=True, slots=True)
class _Place:
    """A channel as far as an import cares."""

    id: int
    is_walled: bool


@dataclass(frozen=True, slots=True)
class _Author:
    """A member as far as an import cares: `verdict` says why nothing of theirs is stored."""

    id: int
    verdict: DropReason | None


class Intake:
    """Takes in batches for one import.

    Args:
        database: Where the rows go.
        keyring: Makes pseudonyms and seals.
        consent: Says whose messages may be stored.
        scrubber: Gives one that knows the members' names as they are now.
        policy: What this import may bring in.
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
        self._consent = consent
        self._scrubber = scrubber
        self._policy = policy
        self._places: dict[str, _Place] = {}
        self._pseudonyms: dict[str, bytes] = {}
        self._team: int | None = None
        self._home_id: str | None = None

    def take(
        self, batch: Sequence[RawMessage], *, checkpoint: Checkpoint | None = None
    ) -> Counter[str]:
        """Store a batch in one transaction.

        Args:
            batch: May be empty.
            checkpoint: Kept if the batch is, and not otherwise.

        Returns:
            How many messages were `stored`, `unchanged`, or dropped for a reason.
        """
        outcomes: Counter[str] = Counter()
        readings: list[Reading] = []
        for raw in batch:
            reading = read_payload(raw.payload)
            if isinstance(reading, str):
                outcomes[reading] += 1
            else:
                readings.append((raw.channel_id, reading))
        with self._database.writing() as connection:
            team = self._find_team(connection, batch)
            for raw in batch:
                self._find_place(connection, team, raw.channel_id, raw.peek("channel_type"))
            authors = self._find_authors(connection, readings)
            rows = self._read_rows(connection, readings)
            outcomes.update(self._apply(reading, authors, rows) for reading in readings)
            self._write_rows(connection, [row for row in rows.values() if row.is_changed])
            if checkpoint:
                place = self._find_place(connection, team, checkpoint.channel_id)
                write_checkpoint(connection, checkpoint, place.id)
        return outcomes

    def _find_team(self, connection: Connection, batch: Iterable[RawMessage]) -> int:
        if self._team is None:
            # the most frequent: Slack Connect brings messages of other teams along
            named = Counter(team for raw in batch if (team := raw.peek("team")))
            guess = max(named, key=named.__getitem__, default="")
            self._team = ensure_team(connection, self._keyring, self._policy.team_id, guess=guess)
            self._home_id = reveal_team(connection, self._keyring, self._team)
        return self._team

    def _find_place(
        self, connection: Connection, team: int, channel_id: str, channel_type: str = ""
    ) -> _Place:
        """Look a channel up, or add it; the same for the whole import."""
        if channel_id not in self._places:
            row = find_channel(connection, self._keyring, team, channel_id)
            if row is None:
                # where nobody said what it is, it is taken for the less public
                kind = KINDS.get(channel_type, "private")
                values = {"name": None, "kind": kind, "is_shared": False}
                row = insert_channel(connection, self._keyring, team, channel_id, values)
            include = self._policy.include
            is_walled = row.kind in WALLS and WALLS[row.kind] not in include
            is_outside = is_walled or (row.is_shared and "connect" not in include)
            self._places[channel_id] = _Place(row.id, is_outside)
        return self._places[channel_id]

    def _judge_message(self, channel_id: str, edition: Edition) -> DropReason | None:
        """Say why a message may not be stored, whoever wrote it."""
        is_foreign = edition.user_team_id not in (None, self._home_id) and self._home_id
        if is_foreign and "connect" not in self._policy.include:
            return "private"
        if self._places[channel_id].is_walled:
            return "private"
        return "expired" if edition.ts < self._policy.oldest_ts else None

    def _find_authors(
        self, connection: Connection, readings: Iterable[Reading]
    ) -> dict[str, _Author]:
        """Look authors up, or add them; anew for each batch, for they may say no meanwhile."""
        wanted = {
            self._pseudonym(reading.user_id): reading.user_id
            for channel_id, reading in readings
            if isinstance(reading, Edition) and self._judge_message(channel_id, reading) is None
        }
        query = select(members).where(
            members.c.team == self._team, members.c.pseudonym.in_(list(wanted))
        )
        authors = {
            wanted[row.pseudonym]: self._admit(connection, row)
            for row in connection.execute(query).all()
        }
        for pseudonym, user_id in wanted.items():
            if user_id not in authors:
                authors[user_id] = self._add_author(connection, pseudonym)
        return authors

    def _pseudonym(self, user_id: str) -> bytes:
        if user_id not in self._pseudonyms:
            self._pseudonyms[user_id] = self._keyring.pseudonym(user_id, kind="user")
        return self._pseudonyms[user_id]

    def _admit(self, connection: Connection, row: Row[Any]) -> _Author:
        verdict = self._judge(row)
        if verdict == "no_consent" and row.consent in SILENT and self._policy.grant_authors:
            self._grant(connection, ConsentRow(row.id, row.consent, by_subject=False, since=None))
            verdict = None
        return _Author(row.id, verdict)

    def _judge(self, row: Row[Any]) -> DropReason | None:
        if row.is_bot:
            return "bot"
        if row.is_guest and "guests" not in self._policy.include:
            return "private"
        return None if row.consent in self._consent.usable else "no_consent"

    def _add_author(self, connection: Connection, pseudonym: bytes) -> _Author:
        key = {"team": self._team, "pseudonym": pseudonym, "key_id": self._keyring.key_id}
        member = insert_member(connection, key)
        # read back: an own no that was said in another workspace holds here, too
        row = connection.execute(select(members).where(members.c.id == member)).one()
        return self._admit(connection, row)

    @staticmethod
    def _grant(connection: Connection, row: ConsentRow) -> None:
        write_consent(connection, [row], "agreed", actor="import")

    def _read_rows(self, connection: Connection, readings: Iterable[Reading]) -> Rows:
        wanted: dict[int, list[str]] = defaultdict(list)
        for channel_id, reading in readings:
            wanted[self._places[channel_id].id].append(reading.ts)
        query = select(messages)
        return {
            (row.channel, row.ts): MessageRow(**row._mapping, former=row.author)
            for channel, ts in wanted.items()
            for row in connection.execute(
                query.where(messages.c.channel == channel, messages.c.ts.in_(ts))
            )
        }

    def _apply(self, reading: Reading, authors: Mapping[str, _Author], rows: Rows) -> str:
        channel_id, change = reading
        key = (self._places[channel_id].id, change.ts)
        row = rows.get(key) or MessageRow(*key)
        if isinstance(change, Deletion):
            row.delete()
            rows[key] = row
            return "deleted"
        if row.is_deleted:
            return "deleted"
        verdict = self._judge_message(channel_id, change) or authors[change.user_id].verdict
        if verdict or (change.void and not change.edited_ts):
            row.end(change)
            return change.void or verdict or ""
        rows[key] = row
        is_news = row.take(
            change,
            author=authors[change.user_id].id,
            mac=self._mac(change),
            scrub_version=SCRUB_VERSION,
        )
        return change.void or ("stored" if is_news else "unchanged")

    def _mac(self, edition: Edition) -> bytes:
        # with its time and author: equal texts of two messages must not look equal; without the
        # channel's id: a channel may get another
        parts = (edition.ts, edition.user_id, edition.text)
        return self._keyring.mac("\0".join(parts))

    def _write_rows(self, connection: Connection, rows: Sequence[MessageRow]) -> None:
        scrubber = self._scrubber()  # for each batch: names may have changed meanwhile
        new, old = [], []
        for row in rows:
            if row.raw is not None:
                stored = scrubber.scrub(row.raw).text
                identity = message_identity(row.channel, row.ts)
                row.sealed = self._keyring.seal(stored.encode(), identity=identity)
                row.key_id = self._keyring.key_id
            values = {name: getattr(row, name) for name in COLUMNS}
            if row.id is None:
                new.append(values)
            else:
                old.append(values | {"row": row.id})
        if new:
            connection.execute(insert(messages), new)
        if old:
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
