"""A workspace goes: the app was uninstalled, and of its members only their own no may stay."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from storage.audit import write_audit
from storage.consent import read_consent, write_consent
from storage.counters import DEPARTURES, NAMES, count_up
from storage.database import Database
from storage.departures import wipe
from storage.keys import Keyring
from storage.schema import (
    audit,
    backups,
    channels,
    crawl_channels,
    crawl_members,
    crawls,
    known_files,
    members,
    messages,
    removals,
    runs,
    schedules,
    version_learned_from,
    versions,
    voices,
)
from storage.teams import ensure_team

_NOBODY = {
    "handle": None,
    "names": None,
    "is_bot": False,
    "is_guest": False,
    "is_deactivated": False,
}
_NOWHERE = {"name": None, "kind": "private", "is_shared": False}


@dataclass(frozen=True)
class PurgeReceipt:
    """What was removed.

    Args:
        messages: Messages deleted.
        members: Members whose names were removed; a pseudonym is left, and the no of who said it.
        voices: Voices removed.
        folders: Folders of their versions, still to be deleted.
        backups: Copies that were made before, and hold all of it.
        is_wiped: The database file was rewritten. Otherwise (too little room, or another process
            is reading) copies of deleted pages, still sealed, may stay in it until the next time.
    """

    messages: int
    members: int
    voices: int
    folders: tuple[str, ...]
    backups: int
    is_wiped: bool


def purge(database: Database, keyring: Keyring, team_id: str) -> PurgeReceipt:
    """Remove all that is known of a workspace.

    A text voice that stands alone stays, and so does the log of what was done about whom.
    """
    with database.writing() as connection:
        team = ensure_team(connection, keyring, team_id)
        folders, removed = _remove_voices(connection, team)
        deleted = _remove_messages(connection, team)
        people = _remove_names(connection, team)
        _remove_channels(connection, team)
        copies = connection.execute(select(func.count()).select_from(backups)).scalar_one()
        if deleted or people or removed:  # a second time there is nothing left
            counts = {"messages": deleted, "members": people, "voices": removed}
            write_audit(connection, "purged", [None], counts)
    return PurgeReceipt(deleted, people, removed, folders, copies, is_wiped=wipe(database))


def _remove_voices(connection: Connection, team: int) -> tuple[tuple[str, ...], int]:
    """Remove what learned from a workspace, and all that was to be trained."""
    connection.execute(delete(schedules))
    connection.execute(delete(runs))
    going = select(versions.c.id).join(voices).where(_has_learned(team))
    removal = delete(versions).where(versions.c.id.in_(going)).returning(versions.c.folder)
    folders = tuple(connection.execute(removal).scalars())
    is_mute = voices.c.id.not_in(select(versions.c.voice))
    is_theirs = or_(voices.c.kind.in_(("base", "text")), _is_of(team))
    return folders, connection.execute(delete(voices).where(is_mute, is_theirs)).rowcount


def _has_learned(team: int) -> ColumnElement[bool]:
    """Say of which versions a workspace is a part: the base is everybody's."""
    learned = select(version_learned_from.c.version).join(members).where(members.c.team == team)
    return or_(
        voices.c.kind == "base",
        versions.c.base.is_not(None),
        versions.c.id.in_(learned),
        _is_of(team),
    )


def _is_of(team: int) -> ColumnElement[bool]:
    """Say which voices are of a member or a channel of a workspace."""
    people = select(members.c.id).where(members.c.team == team)
    places = select(channels.c.id).where(channels.c.team == team)
    return or_(
        and_(voices.c.kind == "person", voices.c.subject.in_(people)),
        and_(voices.c.kind == "channel", voices.c.subject.in_(places)),
    )


def _remove_messages(connection: Connection, team: int) -> int:
    """Remove messages and marks, and how far the history was read; count the messages."""
    for table in (crawl_channels, crawl_members, crawls):
        connection.execute(delete(table))
    own = select(channels.c.id).where(channels.c.team == team)
    for theirs in (removals, known_files):
        connection.execute(delete(theirs).where(theirs.c.channel.in_(own)))
    kept = messages.c.channel.in_(own)
    counting = select(func.count()).where(kept, messages.c.author.is_not(None))
    count = int(connection.execute(counting).scalar_one())
    connection.execute(delete(messages).where(kept))
    return count


def _remove_names(connection: Connection, team: int) -> int:
    """Leave a pseudonym of each member, and their own no or pause; count who had a name."""
    own = members.c.team == team
    listed = frozenset(connection.execute(select(members.c.id).where(own)).scalars())
    rows = [row for row in read_consent(connection, listed) if not row.is_own_no]
    write_consent(connection, rows, "none", actor="slack")
    counting = select(func.count()).where(own, members.c.names.is_not(None))
    named = int(connection.execute(counting).scalar_one())
    connection.execute(update(members).where(own).values(_NOBODY))
    for name in (NAMES, DEPARTURES):
        count_up(connection, name)
    return named


def _remove_channels(connection: Connection, team: int) -> None:
    """Remove the channels; of those that the log speaks of, a pseudonym stays."""
    own = select(channels.c.id).where(channels.c.team == team)
    listed = set(connection.execute(own).scalars())
    details = connection.execute(select(audit.c.details)).scalars()
    spoken_of = listed & {each.get("channel") for each in details}
    for channel in listed - spoken_of:
        connection.execute(delete(channels).where(channels.c.id == channel))
    for channel in spoken_of:
        connection.execute(update(channels).where(channels.c.id == channel).values(_NOWHERE))
