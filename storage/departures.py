"""Somebody leaves: their text, names and voice go, and a ledger remembers it for restores."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from storage.audit import write_audit
from storage.consent import find_twins, read_consent, write_consent
from storage.counters import DEPARTURES, NAMES, count_up
from storage.database import Database
from storage.errors import DatabaseError, UnknownMember
from storage.records import remove_voice
from storage.run_rows import withdraw_from_runs
from storage.schedules import withdraw_from_schedules
from storage.schema import (
    crawl_members,
    departures,
    members,
    messages,
    removals,
    version_learned_from,
    versions,
)


@dataclass(frozen=True)
class ForgetReceipt:
    """What was removed.

    Args:
        messages: Messages deleted.
        voices: Voices removed.
        versions: Versions of those voices.
        folders: Folders that no version needs any more, still to be deleted.
        stale_versions: Versions of shared voices that learned from the person and are here still.
        stale_since: Since when the last of these has been stale.
        runs: Runs, past or to come, that they were taken out of.
        schedules: Schedules that they were taken out of.
        is_wiped: The database file was rewritten. Otherwise (too little room, or another process
            is reading) copies of deleted pages, still sealed, may stay in it until the next time.
    """

    messages: int
    voices: int
    versions: int
    folders: tuple[str, ...]
    stale_versions: int
    stale_since: datetime | None
    runs: int
    schedules: int
    is_wiped: bool = False


def forget(
    database: Database,
    member: int,
    *,
    state: Literal["declined", "left"],
    actor: str,
    by_subject: bool,
) -> ForgetReceipt:
    """Remove all that is known of a member but the pseudonym, which keeps their no in force.

    Runs that wait, and schedules, go on without their voice. Doing it again removes what was left.

    Raises:
        UnknownMember: There is no such member.
    """
    with database.writing(is_durable=True) as connection:
        receipt = remove_member(connection, member, state=state, actor=actor, by_subject=by_subject)
    return ForgetReceipt(**{**vars(receipt), "is_wiped": wipe(database)})


def remove_member(
    connection: Connection,
    member: int,
    *,
    state: Literal["declined", "left"],
    actor: str,
    by_subject: bool,
    left_at: datetime | None = None,
) -> ForgetReceipt:
    """Do what `forget` does, as part of a change that is under way; the file is not rewritten.

    Whoever stands here twice, because two workspaces were named, leaves in both. `left_at` is when
    they were first forgotten, if that was before: what learned from them is silent a day after it.

    Raises:
        UnknownMember: There is no such member.
    """
    everywhere = find_twins(connection, member)
    if not everywhere:
        raise UnknownMember("There is no such member.", reference=str(member))
    rows = read_consent(connection, everywhere)
    parts = [_remove(connection, each, left_at or datetime.now(UTC)) for each in everywhere]
    folders = [folder for part in parts for folder in part.folders]
    receipt = ForgetReceipt(
        messages=sum(part.messages for part in parts),
        voices=sum(part.voices for part in parts),
        versions=len(folders),
        folders=(*folders, *drop_silent(connection)),
        stale_versions=sum(part.stale_versions for part in parts),
        stale_since=max(filter(None, (part.stale_since for part in parts)), default=None),
        runs=sum(part.runs for part in parts),
        schedules=sum(part.schedules for part in parts),
    )
    write_consent(connection, rows, state, actor=actor, by_subject=by_subject)
    _note(connection, everywhere, state, receipt)
    return receipt


def drop_silent(connection: Connection, *, expired_before: datetime | None = None) -> list[str]:
    """Remove stale versions that cannot speak again, as part of a change that is under way.

    Args:
        connection: Of that change.
        expired_before: Also those that are stale since before then, though they still speak.

    Returns:
        Their folders.
    """
    is_silent: ColumnElement[bool] = versions.c.is_current.is_(False)
    if expired_before:
        is_silent = or_(is_silent, versions.c.stale_since < expired_before)
    is_stale = versions.c.stale_since.is_not(None)
    folders: list[str] = []
    while True:  # what they stand on follows
        bases = select(versions.c.base).where(versions.c.base.is_not(None))
        which = and_(is_stale, is_silent, versions.c.id.not_in(bases))
        removal = delete(versions).where(which).returning(versions.c.folder)
        found = list(connection.execute(removal).scalars())
        if not found:
            return folders
        folders += found


def _remove(connection: Connection, member: int, left_at: datetime) -> ForgetReceipt:
    own = delete(messages).where(messages.c.author == member)
    deleted = connection.execute(own).rowcount
    connection.execute(delete(removals).where(removals.c.member == member))
    label = f"person:{member}"
    removed, folders = remove_voice(connection, label)
    stale = _mark_stale(connection, member, left_at)
    nameless = update(members).where(members.c.id == member).values(handle=None, names=None)
    connection.execute(nameless)
    # the history was read for them once; whoever comes back has to be read again
    connection.execute(delete(crawl_members).where(crawl_members.c.member == member))
    return ForgetReceipt(
        messages=deleted,
        voices=removed,
        versions=len(folders),
        folders=tuple(folders),
        stale_versions=len(stale),
        stale_since=max(stale, default=None),
        runs=withdraw_from_runs(connection, member, label),
        schedules=withdraw_from_schedules(connection, label),
    )


def _mark_stale(connection: Connection, member: int, since: datetime) -> list[datetime]:
    """Mark all versions that learned from a member, by themselves or through their base.

    Returns:
        Since when each of those that speak has been stale.
    """
    learned = select(version_learned_from.c.version).where(version_learned_from.c.member == member)
    touched = or_(versions.c.id.in_(learned), versions.c.base.in_(learned))
    is_new = or_(versions.c.stale_since.is_(None), versions.c.stale_since > since)
    change = update(versions).where(touched, is_new)
    connection.execute(change.values(state="stale", stale_since=since))
    query = select(versions.c.stale_since).where(touched, versions.c.is_current)
    return list(connection.execute(query).scalars())


def _note(
    connection: Connection, everywhere: Iterable[int], state: str, receipt: ForgetReceipt
) -> None:
    """Write the departure down, and let other processes see it."""
    count_up(connection, NAMES)
    if receipt.messages or receipt.voices or receipt.stale_versions:
        count_up(connection, DEPARTURES)
    now = datetime.now(UTC)
    rows = [{"member": each, "state": state, "at": now} for each in everywhere]
    connection.execute(insert(departures), rows)
    counts = {
        "messages": receipt.messages,
        "voices": receipt.voices,
        "stale_versions": receipt.stale_versions,
    }
    write_audit(connection, "forgotten", everywhere, counts)


def wipe(database: Database) -> bool:
    """Rewrite the file without what was deleted, if that can be done now."""
    try:
        database.wipe()
    except DatabaseError:  # the rows are gone, and that must not look as if it had failed
        return False
    return True
