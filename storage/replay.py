"""What people said and took back is made good in a copy from before, which is to take over."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, or_, select

from storage.audit import write_audit
from storage.consent import OWN_NO, ConsentRow, ConsentState, read_consent, write_consent
from storage.database import Database
from storage.departures import remove_member
from storage.ingestion import IngestPolicy, IngestReport, RawMessage
from storage.keys import Keyring
from storage.ledger import Backup, Ledger, Word
from storage.members import insert_member
from storage.schema import backups, channels, leases, members, messages, teams, voices

RESTORE = "restore"  # what the audit log calls who does it

Ingest = Callable[[Iterable[RawMessage], IngestPolicy], IngestReport]


@dataclass(frozen=True)
class Replayed:
    """What was made good.

    Args:
        forgotten: People of whom something was removed.
        refusals: Own no's carried over.
        pauses: Pauses carried over.
        deletions: Messages removed because they are deleted in Slack.
        folders: Of versions that went, still to be deleted.
    """

    forgotten: int
    refusals: int
    pauses: int
    deletions: int
    folders: tuple[str, ...]


class Replay:
    """Makes good in a copy what a ledger says.

    Newer no's and pauses count, and nobody's yes: whoever is affected can say it again.

    Args:
        database: The copy, which nobody else uses yet.
        keyring: Its keys.
        ingest: The only way for messages, and for their deletions.
        made_at: When the copy was made.
    """

    def __init__(
        self, database: Database, keyring: Keyring, ingest: Ingest, *, made_at: datetime
    ) -> None:
        self._database, self._keyring, self._ingest = database, keyring, ingest
        self._made_at = made_at

    def run(self, ledger: Ledger) -> Replayed:
        """Do it.

        Raises:
            DatabaseError: The copy cannot be written, or not rewritten without what was removed.
        """
        with self._database.writing() as connection:
            connection.execute(delete(leases))  # of processes that were at work at that time
            departing = _Departing(connection, self._keyring, self._made_at)
            departing.hear(ledger.words)
            departing.keep_own_noes()
            _add_backups(connection, ledger.backups)
        done = departing.sum_up(self._delete(ledger))
        with self._database.writing() as connection:
            counts = {name: count for name, count in vars(done).items() if name != "folders"}
            write_audit(connection, "restored", [None], counts)
        self._database.wipe()
        return done

    def _delete(self, ledger: Ledger) -> int:
        """Delete what is deleted in Slack; return how many messages had text here."""
        gone = 0
        for (team, channel), moments in ledger.deletions.items():
            with self._database.reading() as connection:
                kept = _list_texts(connection, channel)
            if kept is None:  # a place of which nothing was known then
                continue
            gone += len(kept.intersection(moments))
            policy = IngestPolicy(team_id=self._keyring.reveal(team, kind="team"))
            channel_id = self._keyring.reveal(channel, kind="channel")
            self._ingest((_say_deleted(channel_id, ts) for ts in moments), policy)
        return gone


class _Departing:
    """One transaction's work."""

    def __init__(self, connection: Connection, keyring: Keyring, made_at: datetime) -> None:
        self._connection, self._keyring, self._made_at = connection, keyring, made_at
        self._forgotten = self._refusals = self._pauses = 0
        self._folders: list[str] = []

    def hear(self, words: tuple[Word, ...]) -> None:
        """Carry over what people said and did after the copy was made."""
        for word in words:
            for row in self._find(word):
                self._apply(word, row)

    def keep_own_noes(self) -> None:
        """Forget whoever says no in the copy itself, if anything of them is there."""
        for row in read_consent(self._connection):
            if row.state in OWN_NO and self._is_known(row.member):
                self._forget(row, row.state, by_subject=row.by_subject)

    def sum_up(self, deletions: int) -> Replayed:
        """Say what was made good."""
        return Replayed(
            forgotten=self._forgotten,
            refusals=self._refusals,
            pauses=self._pauses,
            deletions=deletions,
            folders=tuple(self._folders),
        )

    def _find(self, word: Word) -> tuple[ConsentRow, ...]:
        """Return the rows of whoever said it, in whatever workspace; one is added if need be."""
        own = select(members.c.id).where(members.c.pseudonym == word.pseudonym)
        found = list(self._connection.execute(own).scalars())
        if not found:
            found = [self._add(word)]
        return read_consent(self._connection, found)

    def _add(self, word: Word) -> int:
        team = self._connection.execute(
            select(teams.c.id).where(teams.c.pseudonym == word.team)
        ).scalar_one_or_none()
        if team is None:
            addition = insert(teams).values(pseudonym=word.team).returning(teams.c.id)
            team = self._connection.execute(addition).scalar_one()
        key = {"team": team, "pseudonym": word.pseudonym, "key_id": self._keyring.key_id}
        return insert_member(self._connection, key)

    def _apply(self, word: Word, row: ConsentRow) -> None:
        is_newer = row.since is None or (word.since is not None and word.since > row.since)
        has_left_since = word.left_at is not None and word.left_at >= self._made_at
        if (word.is_own_no and is_newer) or has_left_since:
            state = word.state if word.is_own_no else "left"
            self._refusals += row.state != state
            by_subject = word.by_subject or not word.is_own_no
            left_at = word.left_at if has_left_since else None
            self._forget(row, state, by_subject=by_subject, left_at=left_at)
        elif word.state == "paused" and is_newer and row.state not in (*OWN_NO, "paused"):
            self._pauses += 1
            self._write(row, "paused", by_subject=word.by_subject)

    def _forget(
        self,
        row: ConsentRow,
        state: ConsentState,
        *,
        by_subject: bool,
        left_at: datetime | None = None,
    ) -> None:
        if self._is_known(row.member):
            receipt = remove_member(
                self._connection,
                row.member,
                state="left" if state == "left" else "declined",
                actor=RESTORE,
                by_subject=by_subject,
                left_at=left_at,
            )
            self._forgotten += 1
            self._folders += receipt.folders
            (row,) = read_consent(self._connection, [row.member])
        self._write(row, state, by_subject=by_subject)

    def _write(self, row: ConsentRow, state: ConsentState, *, by_subject: bool) -> None:
        write_consent(self._connection, [row], state, actor=RESTORE, by_subject=by_subject)

    def _is_known(self, member: int) -> bool:
        """Say whether more than the pseudonym of somebody is here."""
        named = or_(members.c.names.is_not(None), members.c.handle.is_not(None))
        queries = (
            select(members.c.id).where(members.c.id == member, named),
            select(messages.c.id).where(messages.c.author == member),
            select(voices.c.id).where(voices.c.label == f"person:{member}"),
        )
        return any(self._connection.execute(query.limit(1)).first() for query in queries)


def _list_texts(connection: Connection, channel: bytes) -> set[str] | None:
    """Return the ts of a channel's messages that have text; None of an unknown channel."""
    own = select(channels.c.id).where(channels.c.pseudonym == channel)
    if connection.execute(own.limit(1)).first() is None:
        return None
    has_text = messages.c.author.is_not(None)
    query = select(messages.c.ts).where(messages.c.channel.in_(own), has_text)
    return set(connection.execute(query).scalars())


def _say_deleted(channel_id: str, ts: str) -> RawMessage:
    """Say it as Slack says it."""
    event = {"type": "message", "subtype": "message_deleted", "deleted_ts": ts}
    return RawMessage(channel_id, event)


def _add_backups(connection: Connection, rows: tuple[Backup, ...]) -> None:
    known = set(connection.execute(select(backups.c.made_at)).scalars())
    new = [dict(row) for row in rows if row["made_at"] not in known]
    if new:
        connection.execute(insert(backups), new)
