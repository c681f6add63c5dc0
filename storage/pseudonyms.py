"""How people and channels are named where nobody may read who they are.

Pseudonyms themselves are the `Keyring`'s; what is looked up by name is folded first.
"""

import unicodedata

from sqlalchemy import Table, select

from storage.database import Database


def fold(name: str) -> str:
    """Make spellings of one name equal: NFKC, case-folded, trimmed."""
    # folding can undo the normal form, hence twice
    folded = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", folded).strip()


def read_pseudonym(database: Database, table: Table, row: int) -> str | None:
    """Read the pseudonym of a member or channel, in hexadecimal."""
    query = select(table.c.pseudonym).where(table.c.id == row)
    with database.reading() as connection:
        pseudonym: bytes | None = connection.execute(query).scalar_one_or_none()
    return pseudonym.hex() if pseudonym else None


def find_pseudonym(database: Database, table: Table, pseudonym: str) -> int | None:
    """Find a member or channel by a pseudonym in hexadecimal."""
    query = select(table.c.id).where(table.c.pseudonym == bytes.fromhex(pseudonym))
    with database.reading() as connection:
        return connection.execute(query.order_by(table.c.id)).scalars().first()
