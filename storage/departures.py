"""Somebody leaves: their text, names and voice go, and a ledger remembers it for restores."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import Connection, delete, insert, update

from storage.audit import write_audit
from storage.consent import read_consent, write_consent
from storage.counters import NAMES, count_up
from storage.database import Database
from storage.errors import DatabaseError, UnknownMember
from storage.records import mark_stale, remove_person
from storage.run_rows import withdraw_from_runs
from storage.schedules import withdraw_from_schedules
from storage.schema import crawl_members, departures, members, messages


@dataclass(frozen=True)
class ForgetReceipt:
    """What was removed.

    Args:
        messages: Messages deleted.
        voices: Voices removed.
        folders: Folders of those voices, still to be deleted.
        stale_versions: Versions of shared voices that had learned from the person.
        is_wiped: The database file was rewritten. Otherwise (too little room, or another process
            is reading) copies of deleted pages, still sealed, may stay in it until the next time.
    """

    messages: int
    voices: int
    folders: tuple[str, ...]
    stale_versions: int
    is_wiped: bool


def forget(
    database: Database,
    member: int,
    *,
    state: Literal["declined", "left"],
    actor: str,
    by_subject: bool,
) -> ForgetReceipt:
    """Remove all that is known of a member but the pseudonym, which keeps their no in force.

    Runs that wait, and schedules, go on without their voice.

    Raises:
        UnknownMember: There is no such member.
    """
    with database.writing() as connection:
        rows = read_consent(connection, [member])
        if not rows:
            raise UnknownMember("There is no such member.", reference=str(member))
        own = delete(messages).where(messages.c.author == member)
        deleted = connection.execute(own).rowcount
        removed, folders = remove_person(connection, member)
        stale = mark_stale(connection, member)
        nameless = update(members).where(members.c.id == member).values(handle=None, names=None)
        connection.execute(nameless)
        count_up(connection, NAMES)
        _withdraw(connection, member)
        write_consent(connection, rows, state, actor=actor, by_subject=by_subject)
        departure = {"member": member, "state": state, "at": datetime.now(UTC)}
        connection.execute(insert(departures).values(departure))
        counts = {"messages": deleted, "voices": removed, "stale_versions": stale}
        write_audit(connection, "forgotten", [member], counts)
    return ForgetReceipt(deleted, removed, tuple(folders), stale, is_wiped=_wipe(database))


def _withdraw(connection: Connection, member: int) -> None:
    """Take a member out of all that is still to come."""
    label = f"person:{member}"
    withdraw_from_runs(connection, member, label)
    withdraw_from_schedules(connection, label)
    # the history was read for them once; whoever comes back has to be read again
    connection.execute(delete(crawl_members).where(crawl_members.c.member == member))


def _wipe(database: Database) -> bool:
    try:
        database.wipe()
    except DatabaseError:  # the departure itself is done and must not look as if it had failed
        return False
    return True
