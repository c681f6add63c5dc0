"""Everything in a data folder: as it lies there, and opened with the key."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sqlalchemy import LargeBinary, create_engine, select

from storage.errors import WrongKey
from storage.keys import Keyring
from storage.schema import metadata
from training.artifacts import COMMON_NGRAMS, NGRAMS, TOKENIZER

KINDS = ("user", "handle", "channel", "channel-name", "team")


def list_files(*folders: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file's path and bytes, the database and its log as they are on disk."""
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            name = str(file.relative_to(folder.parent))
            yield name, file.read_bytes() if file.is_file() else b""


def open_columns(database_url: str, keyring: Keyring) -> Iterator[tuple[str, bytes]]:
    """Yield every value of every column, by `table.column`, decrypted where it is encrypted."""
    engine = create_engine(database_url)
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)):
                for column in table.columns:
                    value = row._mapping[column.name]
                    name = f"{table.name}.{column.name}"
                    if value is not None and isinstance(column.type, LargeBinary):
                        yield name, _open(value, keyring, _find_identities(table.name, row))
                    elif value is not None:
                        yield name, str(value).encode()
    engine.dispose()


def open_artifacts(folder: Path, keyring: Keyring) -> Iterator[tuple[str, bytes]]:
    """Yield what is sealed in the folders of voices."""
    for name in (TOKENIZER, NGRAMS, COMMON_NGRAMS):
        for file in folder.rglob(name):
            yield name, keyring.unseal(file.read_bytes(), identity=name)


def _find_identities(table: str, row) -> list[str]:
    if table == "messages":
        return [f"message:{row.channel}:{row.ts}"]
    if table == "members":
        return [f"member:{row.pseudonym.hex()}"]
    if table == "keys":
        return [f"key:{row.key_id}"]
    if table == "backups":
        return [f"backup:{row.made_at.isoformat()}"]
    return []


def _open(value: bytes, keyring: Keyring, identities: list[str]) -> bytes:
    for identity in identities:
        with suppress(WrongKey):
            return keyring.unseal(value, identity=identity)
    for kind in KINDS:
        with suppress(WrongKey):
            return keyring.reveal(value, kind=kind).encode()
    return value  # a keyed hash: it opens with nothing
