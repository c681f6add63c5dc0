"""Channels and other conversations: what kind they are, and finding one by its name."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from storage.database import Database
from storage.errors import AmbiguousChannel, UnknownChannel
from storage.keys import Keyring
from storage.pseudonyms import find_pseudonym, fold, read_pseudonym
from storage.schema import channels, messages, teams
from storage.teams import ensure_team

ChannelKind = Literal["public", "private", "dm", "group_dm"]

CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{6,}")


@dataclass(frozen=True)
class Channel:
    """A conversation, with the name that is decrypted only here.

    Args:
        name: Slack's id where only that is known.
        is_shared: Another workspace sees it, too (Slack Connect).
        messages: How many are stored, whether they may be used now or not.
    """

    id: int
    name: str
    kind: ChannelKind
    is_shared: bool
    messages: int


class Channels:
    """The room's door."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def register(
        self,
        raw_channels: Iterable[Mapping[str, Any]],
        *,
        team_id: str | None,
        kind: ChannelKind,
    ) -> int:
        """Take in a list of conversations (`channels.json`, `conversations.list`).

        Args:
            raw_channels: As Slack gives them.
            team_id: Their workspace.
            kind: What they are, unless they say of themselves that they are less public.

        Returns:
            How many the list has.
        """
        with self._database.writing() as connection:
            team = ensure_team(connection, self._keyring, team_id)
            rows = {
                raw["id"]: self._read(raw, kind)
                for raw in raw_channels
                if isinstance(raw.get("id"), str) and raw["id"]
            }
            for channel_id, values in rows.items():
                self._write(connection, team, channel_id, values)
        return len(rows)

    def ensure(self, channel_id: str, *, team_id: str, kind: ChannelKind) -> Channel:
        """Find a conversation by Slack's id, or add it as being of this kind."""
        pseudonym = self._keyring.pseudonym(channel_id, kind="channel")
        home = self._keyring.pseudonym(team_id, kind="team")
        same = (channels.c.pseudonym == pseudonym) & (teams.c.pseudonym == home)
        query = _query().join(teams, channels.c.team == teams.c.id).where(same)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return self._channel(row) if row else self.get(self._add(channel_id, team_id, kind))

    def _add(self, channel_id: str, team_id: str, kind: ChannelKind) -> int:
        values = {"name": None, "kind": kind, "is_shared": False}
        with self._database.writing() as connection:
            team = ensure_team(connection, self._keyring, team_id)
            row = find_channel(connection, self._keyring, team, channel_id)
            if row is None:
                row = insert_channel(connection, self._keyring, team, channel_id, values)
            return int(row.id)

    def _write(
        self, connection: Connection, team: int, channel_id: str, values: Mapping[str, Any]
    ) -> None:
        row = find_channel(connection, self._keyring, team, channel_id)
        if row is None:
            insert_channel(connection, self._keyring, team, channel_id, values)
        elif any(row._mapping[name] != value for name, value in values.items()):
            change = update(channels).where(channels.c.id == row.id)
            connection.execute(change.values(dict(values)))

    def _read(self, raw: Mapping[str, Any], kind: ChannelKind) -> Mapping[str, Any]:
        name = raw.get("name")
        folded = fold(name) if isinstance(name, str) else ""
        return {
            "name": self._keyring.pseudonym(folded, kind="channel-name") if folded else None,
            "kind": _find_kind(raw, kind),
            "is_shared": bool(raw.get("is_ext_shared")),
        }

    def find(self, reference: str, *, team: int | None = None) -> Channel:
        """Find which channel a person means.

        Args:
            reference: `#random`, `channel:random`, `random` or `C0123ABC`.
            team: Look in one workspace only.

        Raises:
            UnknownChannel: None goes by it.
            AmbiguousChannel: Several do.
        """
        typed = reference.strip().removeprefix("channel:").removeprefix("#")
        everything = _query() if team is None else _query().where(channels.c.team == team)
        with self._database.reading() as connection:
            found = self._search(connection, everything, typed)
        if not found:
            raise UnknownChannel(
                "No channel goes by that name: type it as Slack writes it, or the channel's id.",
                reference=reference,
            )
        if len(found) > 1:
            raise AmbiguousChannel(
                "Several channels go by that name: type the channel's id instead.",
                reference=reference,
                candidates=[self._keyring.reveal(row.pseudonym, kind="channel") for row in found],
            )
        return self._channel(found[0])

    def _search(
        self, connection: Connection, everything: Select[Any], typed: str
    ) -> Sequence[Row[Any]]:
        folded = fold(typed)
        if not folded:
            return []
        if CHANNEL_ID.fullmatch(typed):
            pseudonym = self._keyring.pseudonym(typed, kind="channel")
            query = everything.where(channels.c.pseudonym == pseudonym)
            if found := connection.execute(query).all():
                return found
        name = self._keyring.pseudonym(folded, kind="channel-name")
        return connection.execute(everything.where(channels.c.name == name)).all()

    def get(self, channel: int) -> Channel:
        """Read one channel.

        Raises:
            UnknownChannel: There is no such channel.
        """
        with self._database.reading() as connection:
            row = connection.execute(_query().where(channels.c.id == channel)).one_or_none()
        if row is None:
            raise UnknownChannel("There is no such channel.", reference=str(channel))
        return self._channel(row)

    def _channel(self, row: Row[Any]) -> Channel:
        if row.name is None:
            name = self._keyring.reveal(row.pseudonym, kind="channel")
        else:
            name = self._keyring.reveal(row.name, kind="channel-name")
        return Channel(row.id, name, row.kind, row.is_shared, row.messages)

    def channel_id(self, channel: int) -> str:
        """Say Slack's id of a channel.

        Raises:
            UnknownChannel: There is no such channel.
        """
        return self._keyring.reveal(bytes.fromhex(self.pseudonym(channel)), kind="channel")

    def pseudonym(self, channel: int) -> str:
        """Name a channel to another installation with the same key.

        Raises:
            UnknownChannel: There is no such channel.
        """
        pseudonym = read_pseudonym(self._database, channels, channel)
        if pseudonym is None:
            raise UnknownChannel("There is no such channel.", reference=str(channel))
        return pseudonym

    def find_pseudonym(self, pseudonym: str) -> int | None:
        """Find the channel that another installation named."""
        return find_pseudonym(self._database, channels, pseudonym)

    def list(self) -> tuple[Channel, ...]:
        """List all channels."""
        with self._database.reading() as connection:
            rows = connection.execute(_query().order_by(channels.c.id)).all()
        return tuple(self._channel(row) for row in rows)


def find_channel(
    connection: Connection, keyring: Keyring, team: int, channel_id: str
) -> Row[Any] | None:
    """Look a channel up by Slack's id, as part of a transaction that is under way."""
    pseudonym = keyring.pseudonym(channel_id, kind="channel")
    same = (channels.c.team == team) & (channels.c.pseudonym == pseudonym)
    return connection.execute(select(channels).where(same)).one_or_none()


def insert_channel(
    connection: Connection, keyring: Keyring, team: int, channel_id: str, values: Mapping[str, Any]
) -> Row[Any]:
    """Add a channel, as part of a transaction that is under way."""
    pseudonym = keyring.pseudonym(channel_id, kind="channel")
    key = {"team": team, "pseudonym": pseudonym, "key_id": keyring.key_id}
    addition = insert(channels).values({**key, **values}).returning(*channels.c)
    return connection.execute(addition).one()


def _query() -> Select[Any]:
    own = (messages.c.channel == channels.c.id) & messages.c.author.is_not(None)
    count = select(func.count()).where(own).scalar_subquery()
    return select(channels, count.label("messages"))


def _find_kind(raw: Mapping[str, Any], kind: ChannelKind) -> ChannelKind:
    if raw.get("is_im"):
        return "dm"
    if raw.get("is_mpim"):
        return "group_dm"
    return "private" if raw.get("is_private") and kind == "public" else kind
