"""What people said and took back is made good in a copy from before, which is to take over."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, or_, select, update

from storage.audit import write_audit
from storage.consent import OWN_NO, ConsentRow, ConsentState, read_consent, write_consent
from storage.database import Database
from storage.departures import remove_member
from storage.ingestion import IngestPolicy, IngestReport, RawMessage
from storage.keys import Keyring
from storage.ledger import Backup, Ledger, Word
from storage.members import insert_member
from storage.removals import Removed, write_removals
from storage.schema import (
    backups,
    channels,
    leases,
    members,
    messages,
    version_learned_from,
    versions,
    voices,
)
from storage.teams import ensure_team

RESTORE = "restore"  # what the audit log calls who does it

_NO_TEXT = dict.fromkeys(("author", "scrub_version", "raw_mac", "key_id", "sealed"))

Ingest = Callable[[Iterable[RawMessage], IngestPolicy], IngestReport]


@dataclass(frozen=True)
class Replayed:
    """What was made good.

    Args:
        forgotten: People of whom something was removed.
        refusals: Own no's carried over.
        pauses: Pauses carried over.
        deletions: Messages removed because they are deleted in Slack.
        edits: Texts removed because they were edited; what became of them is read from Slack.
        folders: Of versions that went, still to be deleted.
    """

    forgotten: int
    refusals: int
    pauses: int
    deletions: int
    edits: int
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
        deletions = self._delete(ledger)
        with self._database.writing() as connection:
            done = departing.sum_up(deletions=deletions, edits=_end_editions(connection, ledger))
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
            if row.state in OWN_NO:
                self._forget(row, row.state, by_subject=row.by_subject)

    def sum_up(self, *, deletions: int, edits: int) -> Replayed:
        """Say what was made good."""
        return Replayed(
            forgotten=self._forgotten,
            refusals=self._refusals,
            pauses=self._pauses,
            deletions=deletions,
            edits=edits,
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
        team_id = self._keyring.reveal(word.team, kind="team")
        team = ensure_team(self._connection, self._keyring, team_id)
        key = {"team": team, "pseudonym": word.pseudonym, "key_id": self._keyring.key_id}
        return insert_member(self._connection, key)

    def _apply(self, word: Word, row: ConsentRow) -> None:
        is_newer = row.since is None or (word.since is not None and word.since > row.since)
        has_left_since = word.left_at is not None and word.left_at >= self._made_at
        if (word.is_refusal and is_newer) or has_left_since:
            state = word.state if word.is_refusal else "left"
            self._refusals += row.state != state
            by_subject = word.by_subject or not word.is_refusal
            left_at = word.left_at if has_left_since else None
            self._forget(row, state, by_subject=by_subject, left_at=left_at)
        elif word.state == "paused" and is_newer and row.state not in OWN_NO:
            self._pauses += self._write(row, "paused", by_subject=word.by_subject)

    def _forget(
        self,
        row: ConsentRow,
        state: ConsentState,
        *,
        by_subject: bool,
        left_at: datetime | None = None,
    ) -> None:
        # whoever only does not want to be asked keeps their name, as they did when they said so
        may_keep_name = state == "never_ask" and left_at is None
        if self._has_written(row.member) or (not may_keep_name and self._is_named(row.member)):
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

    def _write(self, row: ConsentRow, state: ConsentState, *, by_subject: bool) -> int:
        return write_consent(self._connection, [row], state, actor=RESTORE, by_subject=by_subject)

    def _is_named(self, member: int) -> bool:
        named = or_(members.c.names.is_not(None), members.c.handle.is_not(None))
        return self._has_any(select(members.c.id).where(members.c.id == member, named))

    def _has_written(self, member: int) -> bool:
        """Say whether a text of somebody is here, or what learned from one."""
        learned = select(version_learned_from.c.version).join(versions)
        queries = (
            select(messages.c.id).where(messages.c.author == member),
            select(voices.c.id).where(voices.c.label == f"person:{member}"),
            learned.where(
                version_learned_from.c.member == member, versions.c.stale_since.is_(None)
            ),
        )
        return any(map(self._has_any, queries))

    def _has_any(self, query: Select[Any]) -> bool:
        return self._connection.execute(query.limit(1)).first() is not None


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


def _end_editions(connection: Connection, ledger: Ledger) -> int:
    """Take away texts that were edited since; return how many. The mark of that edit stays.

    So no edition from before it can come in, and the one that is in Slack can.
    """
    ended = 0
    for (_, channel), edits in ledger.edits.items():
        rows = [row for row in _list_editions(connection, channel) if _is_over(row, edits)]
        for row in rows:
            change = {**_NO_TEXT, "edited_ts": edits[row.ts]}
            connection.execute(update(messages).where(messages.c.id == row.id).values(change))
        gone = [Removed(row.author, row.channel, row.ts) for row in rows if row.author is not None]
        write_removals(connection, gone, "deleted")
        ended += len(gone)
    return ended


def _list_editions(connection: Connection, channel: bytes) -> Sequence[Row[Any]]:
    columns = (messages.c[name] for name in ("id", "channel", "ts", "author", "edited_ts"))
    own = select(channels.c.id).where(channels.c.pseudonym == channel)
    is_here = messages.c.is_deleted.is_(False)
    return connection.execute(select(*columns).where(messages.c.channel.in_(own), is_here)).all()


def _is_over(row: Row[Any], edits: Mapping[str, str]) -> bool:
    return (row.edited_ts or "") < edits.get(row.ts, "")


def _add_backups(connection: Connection, rows: tuple[Backup, ...]) -> None:
    known = set(connection.execute(select(backups.c.made_at)).scalars())
    new = [dict(row) for row in rows if row["made_at"] not in known]
    if new:
        connection.execute(insert(backups), new)
