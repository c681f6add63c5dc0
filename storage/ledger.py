"""What people said and took back, read from a database that a backup is to take the place of.

A backup knows nothing of what came after it: who left or said no, and what was deleted or edited.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select

from storage.consent import OWN_NO, ConsentState
from storage.errors import WrongKey
from storage.keys import Keyring
from storage.schema import backups, channels, departures, keys, members, messages, teams

Backup = Mapping[str, Any]
Place = tuple[bytes, bytes]  # the pseudonyms of a workspace and of a channel in it, as it is now


@dataclass(frozen=True)
class Word:
    """What one person said last, and when they last left.

    Args:
        team: The pseudonym of their workspace.
        pseudonym: Theirs.
        by_subject: The person said it; not somebody for them.
        left_at: When they last left, though they may have come back.
    """

    team: bytes
    pseudonym: bytes
    state: ConsentState
    by_subject: bool
    since: datetime | None
    left_at: datetime | None

    @property
    def is_refusal(self) -> bool:
        """Whether nothing of the person may be here."""
        return self.state in OWN_NO


@dataclass(frozen=True)
class Ledger:
    """What a database says that must not be lost when a backup takes its place.

    Args:
        words: Of everybody who said no, takes a pause, or left once.
        deletions: The ts of deleted messages, by place.
        edits: When messages that are here were edited last, by place and ts.
        backups: Rows of copies that were made.
    """

    words: tuple[Word, ...]
    deletions: Mapping[Place, tuple[str, ...]]
    edits: Mapping[Place, Mapping[str, str]]
    backups: tuple[Backup, ...]


EMPTY = Ledger((), {}, {}, ())


def read_ledger(connection: Connection, keyring: Keyring) -> Ledger:
    """Read the ledger of a database, of whatever version of Mimic it is.

    Raises:
        WrongKey: It was made with another key, so that nobody could be recognized.
    """
    if keyring.key_id not in connection.execute(select(keys.c.key_id)).scalars().all():
        raise WrongKey("The database here was made with another key than the backup.")
    return Ledger(
        words=tuple(_read_words(connection)),
        deletions=_read_deletions(connection),
        edits=_read_edits(connection),
        backups=tuple(_read_backups(connection)),
    )


def _read_words(connection: Connection) -> Iterator[Word]:
    left = func.max(departures.c.at).label("left_at")
    last = select(departures.c.member, left).group_by(departures.c.member).subquery()
    query = (
        select(members, teams.c.pseudonym.label("team_pseudonym"), last.c.left_at)
        .join(teams, members.c.team == teams.c.id)
        .outerjoin(last, last.c.member == members.c.id)
        .where(or_(members.c.consent.in_((*OWN_NO, "paused")), last.c.left_at.is_not(None)))
        .order_by(members.c.id)
    )
    for row in connection.execute(query):
        yield _word(row)


def _word(row: Row[Any]) -> Word:
    return Word(
        team=row.team_pseudonym,
        pseudonym=row.pseudonym,
        state=row.consent,
        by_subject=row.consent_by_subject,
        since=row.consent_since,
        left_at=row.left_at,
    )


def _read_deletions(connection: Connection) -> dict[Place, tuple[str, ...]]:
    found: dict[Place, list[str]] = defaultdict(list)
    for row in connection.execute(_query_marks().where(messages.c.is_deleted)):
        found[row.team, row.pseudonym].append(row.ts)
    return {place: tuple(moments) for place, moments in found.items()}


def _read_edits(connection: Connection) -> dict[Place, dict[str, str]]:
    found: dict[Place, dict[str, str]] = defaultdict(dict)
    for row in connection.execute(_query_marks().where(messages.c.edited_ts.is_not(None))):
        found[row.team, row.pseudonym][row.ts] = row.edited_ts
    return dict(found)


def _query_marks() -> Select[Any]:
    place = teams.c.pseudonym.label("team"), channels.c.pseudonym
    return (
        select(*place, messages.c.ts, messages.c.edited_ts)
        .select_from(messages)
        .join(channels, messages.c.channel == channels.c.id)
        .join(teams, channels.c.team == teams.c.id)
    )


def _read_backups(connection: Connection) -> Iterator[Backup]:
    if connection.dialect.has_table(connection, backups.name):  # an older Mimic has none
        for row in connection.execute(select(backups)):
            yield {"made_at": row.made_at, "key_id": row.key_id, "name": row.name}
