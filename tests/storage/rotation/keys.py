"""A key that follows another, and all that can be read under either."""

from sqlalchemy import LargeBinary, select

from storage.keys import Keyring
from storage.schema import metadata
from storage.store import Store
from tests.bot.stored import list_channels, list_people, list_rows
from tests.storage.slack import ADA, TEAM

NEW = Keyring(bytes(reversed(range(32))))
FOLDERS = {"a" * 16: "b" * 16}  # of the version in a filled store
NOTHING: dict[str, str] = {}


def ignore(done: int, total: int) -> None:
    """Watch no progress."""


def reopen(url: str, keyring: Keyring = NEW) -> Store:
    return Store.open(url, keyring)


def show(store: Store) -> list[object]:
    """All that can be read."""
    return [
        list_rows(store),
        list_people(store),
        list_channels(store),
        store.team_ids(),
        sorted(store.members.name_forms()),
        [backup.name for backup in store.backups.list()],
        store.members.find("ada").messages,
        store.members.find(ADA).handle,
        store.channels.find("#general"),
        store.members.ensure(ADA, team_id=TEAM).id,
    ]


def show_text(store: Store) -> list[object]:
    return [list_rows(store), list_people(store), sorted(store.members.name_forms())]


def read_bytes(store: Store) -> dict[str, set[bytes]]:
    """Every value of every column of bytes, by table and column."""
    found = {}
    with store._database.reading() as connection:
        for table in metadata.sorted_tables:
            for column in table.c:
                if isinstance(column.type, LargeBinary):
                    values = connection.execute(select(column)).scalars()
                    found[f"{table.name}.{column.name}"] = {each for each in values if each}
    return found
