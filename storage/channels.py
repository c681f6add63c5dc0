"""Channels and other conversations: what kind they are, and finding one by its name."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, insert, select, update

from storage.database import Database
from storage.errors import AmbiguousChannel, UnknownChannel
from storage.keys import Keyring
from storage.pseudonyms import find_pseudonym, fold, read_pseudonym
from storage.schema import channels, teams
from storage.teams import ensure_team

ChannelKind = Literal["public", "private", "dm", "group_dm"]

CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{6,}")

_FROM_PUBLIC_ON: tuple[ChannelKind, ...] = ("public", "private", "group_dm", "dm")


@dataclass(frozen=True)
class Channel:
    """A conversation, with the name that is decrypted only here.

    Args:
        name: Slack's id where only that is known.
        is_shared: Another workspace sees it, too (Slack Connect).
    """

    id: int
    name: str
    kind: ChannelKind
    is_shared: bool


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

        Where only a name is known, it stands in for the id: of the one channel that is called so,
        or of the first whose id becomes known later. A channel that says that it is more public
        than the guess is another one.

        Args:
            raw_channels: As Slack gives them; `id` and `name` are equal where only one is known.
            team_id: Their workspace.
            kind: What they are, unless they say of themselves that they are less public.

        Returns:
            How many the list has.
        """
        with self._database.writing() as connection:
            team = ensure_team(connection, self._keyring, team_id)
            listed = {
                raw["id"]: raw
                for raw in raw_channels
                if isinstance(raw.get("id"), str) and raw["id"]
            }
            for raw in listed.values():
                self._write(connection, team, raw, self._read(raw, kind))
        return len(listed)

    def ensure(self, channel_id: str, *, team_id: str, kind: ChannelKind) -> Channel:
        """Find a conversation by Slack's id, or add it as being of this kind."""
        pseudonym = self._keyring.pseudonym(channel_id, kind="channel")
        home = self._keyring.pseudonym(team_id, kind="team")
        same = (channels.c.pseudonym == pseudonym) & (teams.c.pseudonym == home)
        query = select(channels).join(teams, channels.c.team == teams.c.id).where(same)
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
        self, connection: Connection, team: int, raw: Mapping[str, Any], values: Mapping[str, Any]
    ) -> None:
        is_guess = raw["id"] == raw.get("name")
        find = self._find_namesake if is_guess else self._find_stand_in
        row = _find_exactly(connection, self._keyring, team, raw["id"])
        row = row or find(connection, team, raw, values["kind"])
        if row is None:
            insert_channel(connection, self._keyring, team, raw["id"], values)
            return
        if is_guess:
            change = {"kind": max(row.kind, values["kind"], key=_FROM_PUBLIC_ON.index)}
        else:
            change = {**_identify(self._keyring, raw["id"]), **values}
        if any(row._mapping[name] != value for name, value in change.items()):
            connection.execute(update(channels).where(channels.c.id == row.id).values(change))

    def _find_namesake(
        self, connection: Connection, team: int, raw: Mapping[str, Any], kind: ChannelKind
    ) -> Row[Any] | None:
        """Find the one channel that a name stands in for."""
        row = find_channel(connection, self._keyring, team, raw["id"])
        return row if row and _is_within(kind, row.kind) else None

    def _find_stand_in(
        self, connection: Connection, team: int, raw: Mapping[str, Any], kind: ChannelKind
    ) -> Row[Any] | None:
        """Find the row that has a channel's name in the place of its id."""
        name = raw.get("name")
        if not isinstance(name, str) or not name or CHANNEL_ID.fullmatch(name):
            return None
        folder = unicodedata.normalize("NFC", name)
        row = _find_exactly(connection, self._keyring, team, folder)
        return row if row and _is_within(row.kind, kind) else None

    def _read(self, raw: Mapping[str, Any], kind: ChannelKind) -> Mapping[str, Any]:
        name = raw.get("name")
        is_id = name == raw["id"] and CHANNEL_ID.fullmatch(raw["id"])
        folded = fold(name) if isinstance(name, str) and not is_id else ""
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
        everything = (
            select(channels) if team is None else select(channels).where(channels.c.team == team)
        )
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
            row = connection.execute(select(channels).where(channels.c.id == channel)).one_or_none()
        if row is None:
            raise UnknownChannel("There is no such channel.", reference=str(channel))
        return self._channel(row)

    def _channel(self, row: Row[Any]) -> Channel:
        if row.name is None:
            name = self._keyring.reveal(row.pseudonym, kind="channel")
        else:
            name = self._keyring.reveal(row.name, kind="channel-name")
        return Channel(row.id, name, row.kind, row.is_shared)

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
            rows = connection.execute(select(channels).order_by(channels.c.id)).all()
        return tuple(self._channel(row) for row in rows)


def find_channel(
    connection: Connection, keyring: Keyring, team: int, channel_id: str
) -> Row[Any] | None:
    """Look a channel up by Slack's id, as part of a transaction that is under way.

    What is no id of Slack's is a name that stands in for one: that of the only channel called so.
    """
    row = _find_exactly(connection, keyring, team, channel_id)
    folded = fold(channel_id)
    if row is not None or not folded or CHANNEL_ID.fullmatch(channel_id):
        return row
    name = keyring.pseudonym(folded, kind="channel-name")
    same = (channels.c.team == team) & (channels.c.name == name)
    rows = connection.execute(select(channels).where(same).limit(2)).all()
    return rows[0] if len(rows) == 1 else None


def _find_exactly(
    connection: Connection, keyring: Keyring, team: int, channel_id: str
) -> Row[Any] | None:
    pseudonym = keyring.pseudonym(channel_id, kind="channel")
    same = (channels.c.team == team) & (channels.c.pseudonym == pseudonym)
    return connection.execute(select(channels).where(same)).one_or_none()


def insert_channel(
    connection: Connection, keyring: Keyring, team: int, channel_id: str, values: Mapping[str, Any]
) -> Row[Any]:
    """Add a channel, as part of a transaction that is under way."""
    key = {"team": team, **_identify(keyring, channel_id)}
    addition = insert(channels).values({**key, **values}).returning(*channels.c)
    return connection.execute(addition).one()


def _identify(keyring: Keyring, channel_id: str) -> Mapping[str, Any]:
    return {
        "pseudonym": keyring.pseudonym(channel_id, kind="channel"),
        "key_id": keyring.key_id,
    }


def _is_within(guess: ChannelKind, kind: ChannelKind) -> bool:
    """Say whether what was taken for the one may be the other, without telling more people."""
    return _FROM_PUBLIC_ON.index(guess) <= _FROM_PUBLIC_ON.index(kind)


def _find_kind(raw: Mapping[str, Any], kind: ChannelKind) -> ChannelKind:
    if raw.get("is_im"):
        return "dm"
    if raw.get("is_mpim"):
        return "group_dm"
    return "private" if raw.get("is_private") and kind == "public" else kind
