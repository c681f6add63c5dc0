"""A workspace goes: the app was uninstalled, and of its members only their own no may stay.

That it was uninstalled is noted first and withdrawn at the end, so that a purge that was cut short
is taken up again.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from storage.audit import write_audit
from storage.consent import OWN_NO, read_consent, write_consent
from storage.counters import DEPARTURES, NAMES, count_up, read_counter
from storage.database import Database
from storage.departures import wipe
from storage.keys import Keyring
from storage.run_rows import COLUMNS, OPEN, cancel_run, to_run
from storage.schema import (
    audit,
    backups,
    channels,
    counters,
    crawl_channels,
    crawl_members,
    crawls,
    members,
    messages,
    removals,
    runs,
    schedules,
    version_learned_from,
    versions,
    voices,
)
from storage.teams import ensure_team, reveal_team

MARK = "uninstalled-"  # and the team's row, as the name of a counter

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


class Uninstalls:
    """The room's door.

    Args:
        database: Where the rows are.
        keyring: Knows workspaces by their pseudonyms.
    """

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def note(self, team_id: str) -> None:
        """Note that a workspace is said to have uninstalled the app."""
        with self._database.writing() as connection:
            name = f"{MARK}{ensure_team(connection, self._keyring, team_id)}"
            if not read_counter(connection, name):
                count_up(connection, name)

    def noted(self) -> tuple[str, ...]:
        """Say which workspaces are said to have uninstalled the app, by Slack's ids."""
        query = select(counters.c.name).where(counters.c.name.startswith(MARK, autoescape=True))
        with self._database.reading() as connection:
            rows = [int(name.removeprefix(MARK)) for name in connection.execute(query).scalars()]
            found = (reveal_team(connection, self._keyring, row) for row in rows)
            return tuple(team_id for team_id in found if team_id)

    def withdraw(self, team_id: str) -> None:
        """Take back what was noted: it is not so, or nothing is left to be done."""
        with self._database.writing() as connection:
            name = f"{MARK}{ensure_team(connection, self._keyring, team_id)}"
            connection.execute(delete(counters).where(counters.c.name == name))

    def stop_runs(self) -> None:
        """Cancel all runs: what they would learn is about to go."""
        with self._database.writing() as connection:
            is_open = runs.c.state.in_(OPEN)
            for row in connection.execute(select(*COLUMNS).where(is_open)).all():
                cancel_run(connection, to_run(row))


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
    connection.execute(delete(removals).where(removals.c.channel.in_(own)))
    kept = messages.c.channel.in_(own)
    counting = select(func.count()).where(kept, messages.c.author.is_not(None))
    count = int(connection.execute(counting).scalar_one())
    connection.execute(delete(messages).where(kept))
    return count


def _remove_names(connection: Connection, team: int) -> int:
    """Leave a pseudonym of each member, and the person's own no; count who had a name."""
    own = members.c.team == team
    listed = frozenset(connection.execute(select(members.c.id).where(own)).scalars())
    rows = [row for row in read_consent(connection, listed) if row.state not in OWN_NO]
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
