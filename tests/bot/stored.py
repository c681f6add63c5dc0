"""All that a store holds of a workspace, opened and in a form that can be compared."""

from typing import Any

from sqlalchemy import Connection, Table, select

from storage.messages import message_identity
from storage.schema import channels, members, messages
from storage.store import Store

Rows = list[tuple[Any, ...]]


def list_rows(store: Store) -> Rows:
    """Every message's row: by channel and author as Slack calls them, its text opened."""
    with store._database.reading() as connection:  # one moment, whatever is written meanwhile
        rows = connection.execute(select(messages)).all()
        channel_ids = _reveal(store, connection, channels, "channel")
        user_ids = _reveal(store, connection, members, "user")
    return sorted(
        (
            channel_ids[row.channel],
            row.ts,
            user_ids.get(row.author, ""),
            row.thread_ts or "",
            row.edited_ts or "",
            row.is_deleted,
            open_text(store, row),
        )
        for row in rows
    )


def _reveal(store: Store, connection: Connection, table: Table, kind: str) -> dict[int, str]:
    rows = connection.execute(select(table.c.id, table.c.pseudonym)).all()
    return {row.id: store.keyring.reveal(row.pseudonym, kind=kind) for row in rows}


def open_text(store: Store, row: Any) -> str:
    if row.sealed is None:
        return ""
    identity = message_identity(row.channel, row.ts)
    return store.keyring.unseal(row.sealed, identity=identity).decode()


def list_people(store: Store, *, but: str = "") -> Rows:
    return sorted(
        (each.handle, each.display_name, each.is_bot, each.is_guest, each.is_deactivated)
        for each in store.members.list()
        if each.handle != but
    )


def list_channels(store: Store) -> Rows:
    return sorted((each.name, each.kind, each.is_shared) for each in store.channels.list())
