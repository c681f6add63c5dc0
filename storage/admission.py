"""Who may be stored: the conversations and the authors of one import, as the database has them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any

from sqlalchemy import Connection, Row, select

from storage.channels import ChannelKind, find_channel, insert_channel
from storage.consent import SILENT, Consent, ConsentRow, write_consent
from storage.ingestion import DropReason, Edition, IngestPolicy
from storage.keys import Keyring
from storage.members import insert_member
from storage.pauses import Pause, find_pauses, is_within
from storage.schema import channels, members
from storage.teams import UNKNOWN_TEAM, ensure_team, reveal_team

KINDS: dict[str, ChannelKind] = {
    "channel": "public",
    "group": "private",
    "im": "dm",
    "mpim": "group_dm",
}
WALLS: dict[ChannelKind, str] = {"private": "private", "dm": "dms", "group_dm": "dms"}


@dataclass(frozen=True, slots=True)
class Place:
    """A channel as far as an import cares."""

    id: int
    is_walled: bool


@dataclass(frozen=True, slots=True)
class Author:
    """A member as far as an import cares.

    Args:
        verdict: Why nothing of theirs is stored.
        pauses: What was written in one of these is not.
    """

    id: int
    verdict: DropReason | None
    pauses: tuple[Pause, ...] = ()

    def judge(self, edition: Edition) -> DropReason | None:
        """Say why an edition of theirs may not be stored."""
        if self.pauses and is_within(self.pauses, edition.ts, edition.edited_ts):
            return "no_consent"
        return self.verdict


@cache
def _find_version() -> str:
    return version("mimic")


class Admission:
    """Decides for one import.

    Args:
        keyring: Makes pseudonyms.
        consent: Says whose messages may be stored.
        policy: What this import may bring in.
    """

    def __init__(self, keyring: Keyring, *, consent: Consent, policy: IngestPolicy) -> None:
        self._keyring = keyring
        self._consent = consent
        self._policy = policy
        self._channels: dict[str, int] = {}
        self._pseudonyms: dict[str, bytes] = {}
        self._pauses: dict[int, tuple[Pause, ...]] = {}
        self._team: int | None = None
        self._home_id: str | None = None

    @property
    def team(self) -> int | None:
        """The workspace, once it is known."""
        return self._team

    @property
    def names_team(self) -> bool:
        """Whether the workspace is known before any message says of which it is."""
        return self._policy.team_id not in (None, UNKNOWN_TEAM)

    @property
    def oldest_ts(self) -> str:
        """What was written before is too old."""
        return self._policy.oldest_ts

    @property
    def rules(self) -> tuple[object, ...]:
        """All else that decides, but for what stands in the database, and the clock."""
        policy = self._policy
        include, usable = sorted(policy.include), sorted(self._consent.usable)
        return _find_version(), include, policy.grant_authors, usable, self._home_id

    def find_team(self, connection: Connection, named: Mapping[str, int]) -> int:
        """Look the workspace up, or add it; the same for the whole import.

        Args:
            named: How many messages name each team, which counts where the team is not known.
        """
        if self._team is None:
            # the most frequent: Slack Connect brings messages of other teams along
            guess = max(named, key=named.__getitem__, default="")
            self._team = ensure_team(connection, self._keyring, self._policy.team_id, guess=guess)
            self._home_id = reveal_team(connection, self._keyring, self._team)
        return self._team

    def find_places(self, connection: Connection, channel_ids: Collection[str]) -> dict[str, Place]:
        """Look channels up, anew for each batch, for one may be closed meanwhile.

        Whatever is not there yet is left out.
        """
        for channel_id in channel_ids:
            if channel_id not in self._channels and self._team is not None:
                row = find_channel(connection, self._keyring, self._team, channel_id)
                if row is not None:
                    self._channels[channel_id] = row.id
        own = {each: self._channels[each] for each in channel_ids if each in self._channels}
        rows = connection.execute(select(channels).where(channels.c.id.in_(own.values())))
        places = {row.id: self._look_at(row) for row in rows}
        return {each: places[channel] for each, channel in own.items() if channel in places}

    def ensure_places(
        self, connection: Connection, channel_types: Mapping[str, str]
    ) -> Mapping[str, Place]:
        """Look channels up, or add them.

        Args:
            channel_types: What a message says its channel is, by channel; perhaps "".
        """
        places = self.find_places(connection, channel_types)
        for channel_id in channel_types.keys() - places.keys():
            # where nobody said what it is, it is taken for the less public
            kind = KINDS.get(channel_types[channel_id], "private")
            values = {"name": None, "kind": kind, "is_shared": False}
            team = self.find_team(connection, {})
            row = insert_channel(connection, self._keyring, team, channel_id, values)
            self._channels[channel_id] = row.id
            places[channel_id] = self._look_at(row)
        return places

    def _look_at(self, row: Row[Any]) -> Place:
        include = self._policy.include
        is_walled = row.kind in WALLS and WALLS[row.kind] not in include
        return Place(row.id, is_walled or (row.is_shared and "connect" not in include))

    def judge(self, place: Place, edition: Edition) -> DropReason | None:
        """Say why a message may not be stored, whoever wrote it."""
        if place.is_walled:
            return "private"
        is_foreign = edition.user_team_id not in (None, self._home_id) and self._home_id
        if is_foreign and "connect" not in self._policy.include:
            return "private"
        return "expired" if edition.ts < self._policy.oldest_ts else None

    def find_authors(
        self, connection: Connection, user_ids: Collection[str]
    ) -> dict[str, Row[Any]]:
        """Look authors up; anew for each batch, for they may say no meanwhile."""
        wanted = {self._pseudonym(user_id): user_id for user_id in user_ids}
        same = (members.c.team == self._team) & members.c.pseudonym.in_(list(wanted))
        rows = connection.execute(select(members).where(same)).all()
        return {wanted[row.pseudonym]: row for row in rows}

    def ensure_authors(
        self, connection: Connection, user_ids: Collection[str]
    ) -> dict[str, Author]:
        """Look authors up, or add them; let those agree who do so with this import."""
        rows = self.find_authors(connection, user_ids)
        for user_id in user_ids - rows.keys():
            rows[user_id] = self._add_author(connection, self._pseudonym(user_id))
        self._learn_pauses(connection, rows.values())
        return {user_id: self._admit(connection, row) for user_id, row in rows.items()}

    def _pseudonym(self, user_id: str) -> bytes:
        if user_id not in self._pseudonyms:
            self._pseudonyms[user_id] = self._keyring.pseudonym(user_id, kind="user")
        return self._pseudonyms[user_id]

    def _admit(self, connection: Connection, row: Row[Any]) -> Author:
        verdict = self.judge_author(row)
        if verdict is None and row.consent not in self._consent.usable:
            agreed = ConsentRow(row.id, row.consent, by_subject=False, since=None)
            write_consent(connection, [agreed], "agreed", actor="import")
        return Author(row.id, verdict, self._pauses.get(row.id, ()))

    def _learn_pauses(self, connection: Connection, rows: Iterable[Row[Any]]) -> None:
        """Look up the pauses that are over, of those who are new here.

        What an import brings is older than it. Whoever is in a pause is looked up again after it.
        """
        settled = {row.id for row in rows if row.consent != "paused"}
        if new := settled - self._pauses.keys():
            self._pauses.update(find_pauses(connection, new))

    def judge_author(self, row: Row[Any]) -> DropReason | None:
        """Say why nothing of an author may be stored, once this import has let them agree."""
        if row.is_bot:
            return "bot"
        if row.is_guest and "guests" not in self._policy.include:
            return "private"
        agrees = self._policy.grant_authors and row.consent in SILENT
        return None if agrees or row.consent in self._consent.usable else "no_consent"

    def _add_author(self, connection: Connection, pseudonym: bytes) -> Row[Any]:
        key = {"team": self._team, "pseudonym": pseudonym, "key_id": self._keyring.key_id}
        member = insert_member(connection, key)
        # read back: an own no that was said in another workspace holds here, too
        return connection.execute(select(members).where(members.c.id == member)).one()
