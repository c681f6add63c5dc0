"""A channel gets another id of Slack's: its row, and all that refers to it, stays.

Source: https://docs.slack.dev/reference/events/channel_id_changed
"""

from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from storage.channels import find_channel
from storage.database import Database
from storage.keys import Keyring
from storage.messages import message_identity
from storage.records import remove_voice
from storage.removals import Removed, write_removals
from storage.run_rows import withdraw_from_runs
from storage.schedules import withdraw_from_schedules
from storage.schema import channels, crawl_channels, messages, removals
from storage.teams import ensure_team

_NOBODY = 0


def renumber_channel(
    database: Database, keyring: Keyring, old_id: str, new_id: str, *, team_id: str
) -> bool:
    """Give a channel's row another id; what came under that id already is joined with it.

    Returns:
        Whether there was anything to do; nothing is where the old id is not known (any more).
    """
    with database.writing() as connection:
        team = ensure_team(connection, keyring, team_id)
        row = find_channel(connection, keyring, team, old_id)
        if row is None or old_id == new_id:
            return False
        other = find_channel(connection, keyring, team, new_id)
        if other is not None:
            _join(connection, keyring, other.id, row.id)
        pseudonym = keyring.pseudonym(new_id, kind="channel")
        same = channels.c.id == row.id
        change = {"pseudonym": pseudonym, "key_id": keyring.key_id}
        connection.execute(update(channels).where(same).values(change))
    return True


def _join(connection: Connection, keyring: Keyring, source: int, target: int) -> None:
    """Move what is kept under one row to another, and remove the row.

    What was trained on the source alone goes: it is a newer start of the same channel.
    """
    _move_messages(connection, keyring, source, target)
    own = removals.c.channel == source
    connection.execute(update(removals).where(own).values(channel=target))
    connection.execute(delete(crawl_channels).where(crawl_channels.c.channel == source))
    _remove_voice(connection, f"channel:{source}")
    connection.execute(delete(channels).where(channels.c.id == source))


def _move_messages(connection: Connection, keyring: Keyring, source: int, target: int) -> None:
    """Let one row of each message stay: of two, the one that stays where editions come in."""
    for row in connection.execute(select(messages).where(messages.c.channel == source)).all():
        same = (messages.c.channel == target) & (messages.c.ts == row.ts)
        other = connection.execute(select(messages).where(same)).one_or_none()
        if other is None:
            _place(connection, keyring, row, target, row.thread_ts)
            continue
        best, rest = (row, other) if _rank(row) > _rank(other) else (other, row)
        connection.execute(delete(messages).where(messages.c.id == rest.id))
        if best.author is None and rest.author is not None:
            write_removals(connection, [Removed(rest.author, target, rest.ts)], "deleted")
        thread_ts = max(row.thread_ts or "", other.thread_ts or "")
        _place(connection, keyring, best, target, None if best.is_deleted else thread_ts or None)


def _place(
    connection: Connection, keyring: Keyring, row: Row[Any], channel: int, thread_ts: str | None
) -> None:
    """Move a row, and seal its text for the new place: it opens nowhere else."""
    sealed = row.sealed
    if sealed is not None:
        plain = keyring.unseal(sealed, identity=message_identity(row.channel, row.ts))
        sealed = keyring.seal(plain, identity=message_identity(channel, row.ts))
    change = {"channel": channel, "sealed": sealed, "thread_ts": thread_ts}
    connection.execute(update(messages).where(messages.c.id == row.id).values(change))


def _rank(row: Row[Any]) -> tuple[bool, str, int, bytes]:
    return (row.is_deleted, row.edited_ts or "", row.scrub_version or 0, row.raw_mac or b"")


def _remove_voice(connection: Connection, label: str) -> None:
    """Remove a voice's rows; its folders are swept, as all that no row knows."""
    withdraw_from_runs(connection, _NOBODY, label)
    withdraw_from_schedules(connection, label)
    remove_voice(connection, label)
