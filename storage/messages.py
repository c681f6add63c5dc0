"""Stored messages, read back: only what may be used, opened a page at a time."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, and_, exists, func, select

from storage.consent import Consent
from storage.database import Database
from storage.keys import Keyring
from storage.schema import channels, members, messages

PAGE = 5_000
COLUMNS = tuple(messages.c[name] for name in ("author", "channel", "ts", "thread_ts", "sealed"))


class StoredMessage(NamedTuple):
    """A scrubbed message; author and channel are ids of rows."""

    author: int
    channel: int
    ts: str
    thread_ts: str | None
    text: str


class Messages:
    """The room's door."""

    def __init__(self, database: Database, keyring: Keyring, consent: Consent) -> None:
        self._database = database
        self._keyring = keyring
        self._consent = consent

    def begin_reading(self) -> datetime:
        """Return the moment that a reading begins; call it first.

        It is taken while nobody else writes: what goes away from now on is noted as removed
        later, and what was removed earlier is not read any more.
        """
        with self._database.writing():
            return datetime.now(UTC)

    def read(
        self,
        *,
        author: int | None = None,
        channel: int | None = None,
        public_only: bool = True,
    ) -> Iterator[StoredMessage]:
        """Read what may be used, ordered by channel and time.

        No transaction is open between two messages, so a slow reader holds nobody up, and who
        leaves meanwhile is not read any further than the page at hand.

        Args:
            author: Only this member's.
            channel: Only this channel's, of whatever kind it is.
            public_only: Only public channels', where no channel is named.
        """
        for place in self._find_channels(author, channel, public_only=public_only):
            last_ts = ""
            while page := self._read_page(place, author, last_ts):
                yield from self._open(page)
                last_ts = page[-1].ts

    def _find_channels(
        self, author: int | None, channel: int | None, *, public_only: bool
    ) -> list[int]:
        query = select(channels.c.id).order_by(channels.c.id)
        if channel is not None:
            query = query.where(channels.c.id == channel)
        elif public_only:
            query = query.where(channels.c.kind == "public")
        if author is not None:
            own = select(messages.c.channel).where(messages.c.author == author)
            query = query.where(channels.c.id.in_(own))
        with self._database.reading() as connection:
            return list(connection.execute(query).scalars())

    def _read_page(self, channel: int, author: int | None, last_ts: str) -> Sequence[Row[Any]]:
        query = (
            select(*COLUMNS)
            .where(messages.c.channel == channel, messages.c.ts > last_ts, self._usable(author))
            .order_by(messages.c.ts)
            .limit(PAGE)
        )
        with self._database.reading() as connection:
            return connection.execute(query).all()

    def _open(self, page: Iterable[Sequence[Any]]) -> Iterator[StoredMessage]:
        for author, channel, ts, thread_ts, sealed in page:
            plain = self._keyring.unseal(sealed, identity=message_identity(channel, ts))
            yield StoredMessage(author, channel, ts, thread_ts, plain.decode())

    def outline(
        self, channel: int, *, since_ts: str, before_ts: str = "~"
    ) -> list[tuple[str, str | None]]:
        """List what is kept of a channel between two moments: each message's ts and thread."""
        own = (messages.c.channel == channel) & (messages.c.ts > since_ts)
        query = select(messages.c.ts, messages.c.thread_ts).where(
            own, messages.c.ts < before_ts, messages.c.author.is_not(None)
        )
        with self._database.reading() as connection:
            return [(row.ts, row.thread_ts) for row in connection.execute(query)]

    def _usable(self, author: int | None = None) -> ColumnElement[bool]:
        agreed = exists().where(
            members.c.id == messages.c.author,
            members.c.consent.in_(self._consent.usable),
            members.c.is_bot.is_(False),  # a member list may tell only later
        )
        return agreed if author is None else and_(messages.c.author == author, agreed)

    def count(
        self,
        *,
        author: int | None = None,
        channel: int | None = None,
        public_only: bool = True,
    ) -> int:
        """Count what `read` would read."""
        places = self._find_channels(author, channel, public_only=public_only)
        query = select(func.count()).where(messages.c.channel.in_(places), self._usable(author))
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar_one())


def message_identity(channel: int, ts: str) -> str:
    """Name a message's row for sealing: its text opens nowhere else."""
    return f"message:{channel}:{ts}"
