"""People in a conversation: who of them is known here and in which state, and their names."""

import json
from collections.abc import Collection, Iterable

from sqlalchemy import select

from storage.database import Database
from storage.keys import Keyring
from storage.members import USER_ID, member_identity
from storage.people import choose_display_name
from storage.schema import members


class Presence:
    """The room's door: many are looked up at once, and no messages are counted."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database, self._keyring = database, keyring

    def find(self, user_ids: Iterable[str], *, states: Iterable[str]) -> list[int]:
        """Return those of some people, by Slack's ids, who are in one of these states of consent.

        All in these states are looked at, by their index.
        """
        present = {self._keyring.pseudonym(user_id, kind="user") for user_id in user_ids}
        query = select(members.c.id, members.c.pseudonym).where(members.c.consent.in_(states))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(members.c.id))
            return [row.id for row in rows if row.pseudonym in present]

    def read_names(self, only: Collection[int] | None = None) -> dict[int, str]:
        """Say what people are called, by member: all, or these few; no bots, and none by an id."""
        query = select(members.c.id, members.c.pseudonym, members.c.names)
        query = query.where(members.c.is_bot.is_(False), members.c.names.is_not(None))
        if only is not None:
            query = query.where(members.c.id.in_(only))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(members.c.id)).all()
        names = {row.id: self._choose_name(row.pseudonym, row.names) for row in rows}
        return {who: name for who, name in names.items() if name and not USER_ID.fullmatch(name)}

    def _choose_name(self, pseudonym: bytes, sealed: bytes) -> str:
        names = json.loads(self._keyring.unseal(sealed, identity=member_identity(pseudonym)))
        return choose_display_name(names) or str(names.get("username", ""))
