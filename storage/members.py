"""Members of the workspace: their sealed names, and finding one by what a person types."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from storage.consent import OWN_NO, ConsentState, find_own_no, read_consent, write_consent
from storage.counters import NAMES, count_up, read_counter
from storage.database import Database
from storage.errors import AmbiguousMember, UnknownMember
from storage.keys import Keyring
from storage.name_memory import NameMemory
from storage.people import FLAGS, Names, Person, choose_display_name, read_person
from storage.pseudonyms import find_pseudonym, fold, read_pseudonym
from storage.schema import members, messages, teams
from storage.teams import ensure_team

USER_ID = re.compile(r"[UW][A-Z0-9]{6,}")


@dataclass(frozen=True)
class Member:
    """A member, with the names that are decrypted only here.

    Args:
        handle: The username; Slack's id where only that is known.
        messages: How many are stored, whether they may be used now or not.
    """

    id: int
    handle: str
    display_name: str
    consent: ConsentState
    is_bot: bool
    is_guest: bool
    is_deactivated: bool
    messages: int


class Members:
    """The room's door."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring
        self._memory = NameMemory()

    def register(
        self, raw_users: Iterable[Mapping[str, Any]], *, team_id: str | None
    ) -> tuple[int, ...]:
        """Take in a member list (`users.json`, `users.list`); deactivated members are paused.

        Whoever said no and was forgotten stays without a name here. Until the store is closed
        their name is still known to `name_forms`, so that others' messages are scrubbed of it;
        what was scrubbed without it is scrubbed again.

        Returns:
            The members that the list has; of one who stands in it twice the last entry counts.
        """
        people = {person.user_id: person for raw in raw_users if (person := read_person(raw))}
        listed: list[int] = []
        gone: list[int] = []
        has_news = False
        before = self._memory.news
        with self._database.writing() as connection:
            team = ensure_team(connection, self._keyring, team_id)
            query = select(members).where(members.c.team == team)
            known = {row.pseudonym: row for row in connection.execute(query)}
            for person in people.values():
                pseudonym = self._keyring.pseudonym(person.user_id, kind="user")
                row = known.get(pseudonym)
                news = self._find_news(person, pseudonym, row)
                has_news |= bool(news)
                member = _write(connection, row, {"team": team, "pseudonym": pseudonym}, news)
                listed.append(member)
                if person.is_deactivated and not (row and row.is_deactivated):
                    gone.append(member)
            if has_news or (self._memory.news > before and self._memory.is_in_use):
                count_up(connection, NAMES)
            if gone:
                open_rows = [row for row in read_consent(connection, gone) if not row.is_own_no]
                write_consent(connection, open_rows, "paused", actor="slack")
        return tuple(listed)

    def _find_news(
        self, person: Person, pseudonym: bytes, row: Row[Any] | None
    ) -> Mapping[str, Any]:
        """Return what the table has to be told; nothing where it knows all of it."""
        names = person.names
        if row and row.names is None and row.consent in OWN_NO:
            self._memory.hear(row.id, names.values())
            names = {}
        flags = {name: getattr(person, name) for name in FLAGS}
        if row and names == self._names(row) and all(row._mapping[f] == flags[f] for f in FLAGS):
            return {}
        return {**flags, **self._hide(names, pseudonym)}

    def _hide(self, names: Names, pseudonym: bytes) -> Mapping[str, Any]:
        username = fold(names.get("username", ""))
        plain = json.dumps(names).encode()
        return {
            "handle": self._keyring.pseudonym(username, kind="handle") if username else None,
            "names": self._keyring.seal(plain, identity=member_identity(pseudonym))
            if names
            else None,
            "key_id": self._keyring.key_id,
        }

    def _names(self, row: Row[Any]) -> Names:
        if row.names is None:
            return {}
        plain = self._keyring.unseal(row.names, identity=member_identity(row.pseudonym))
        names: Names = json.loads(plain)
        return names

    def ensure(self, user_id: str, *, team_id: str) -> Member:
        """Find a member by Slack's id, or add one of whom nothing else is known."""
        pseudonym = self._keyring.pseudonym(user_id, kind="user")
        home = self._keyring.pseudonym(team_id, kind="team")
        everybody = _query().join(teams, members.c.team == teams.c.id)
        same = (members.c.pseudonym == pseudonym) & (teams.c.pseudonym == home)
        with self._database.reading() as connection:
            row = connection.execute(everybody.where(same)).one_or_none()
        return self._member(row) if row else self.get(self._add(pseudonym, team_id))

    def _add(self, pseudonym: bytes, team_id: str) -> int:
        with self._database.writing() as connection:
            team = ensure_team(connection, self._keyring, team_id)
            key = {"team": team, "pseudonym": pseudonym}
            same = (members.c.team == team) & (members.c.pseudonym == pseudonym)
            own = select(members.c.id).where(same)
            known: int | None = connection.execute(own).scalar_one_or_none()
            return known or insert_member(connection, {**key, "key_id": self._keyring.key_id})

    def user_id(self, member: int) -> str:
        """Say Slack's id of a member.

        Raises:
            UnknownMember: There is no such member.
        """
        return self._keyring.reveal(bytes.fromhex(self.pseudonym(member)), kind="user")

    def find(self, reference: str, *, team: int | None = None) -> Member:
        """Find whom a person means: Slack's id, else a username, else an exact display name.

        Args:
            reference: `@ada`, `ada` or `U0123ABC`; case does not matter in names.
            team: Look in one workspace only.

        Raises:
            UnknownMember: Nobody goes by it.
            AmbiguousMember: Several do.
        """
        typed = reference.strip().removeprefix("@")
        with self._database.reading() as connection:
            found = self._search(connection, typed, team)
        if not found:
            raise UnknownMember(
                "Nobody here goes by that name: type a username, an exact display name or an id.",
                reference=reference,
            )
        if len({row.pseudonym for row in found}) > 1:
            raise AmbiguousMember(
                "Several members go by that name: type a username or a member's id instead.",
                reference=reference,
                candidates=self._tell_apart(found),
            )
        return self._member(found[0])

    def _search(self, connection: Connection, typed: str, team: int | None) -> Sequence[Row[Any]]:
        everybody = _query() if team is None else _query().where(members.c.team == team)
        folded = fold(typed)
        if not folded:
            return []
        if USER_ID.fullmatch(typed):
            pseudonym = self._keyring.pseudonym(typed, kind="user")
            if found := connection.execute(everybody.where(members.c.pseudonym == pseudonym)).all():
                return found
        handle = self._keyring.pseudonym(folded, kind="handle")
        if found := connection.execute(everybody.where(members.c.handle == handle)).all():
            return found
        rows = connection.execute(everybody.where(members.c.names.is_not(None)))
        return [row for row in rows if fold(choose_display_name(self._names(row))) == folded]

    def _tell_apart(self, rows: Sequence[Row[Any]]) -> list[str]:
        handles = [self._member(row).handle for row in rows]
        if len(set(handles)) == len(rows):
            return [f"@{handle}" for handle in handles]
        return [self._keyring.reveal(row.pseudonym, kind="user") for row in rows]

    def get(self, member: int) -> Member:
        """Read one member.

        Raises:
            UnknownMember: There is no such member.
        """
        with self._database.reading() as connection:
            row = connection.execute(_query().where(members.c.id == member)).one_or_none()
        if row is None:
            raise UnknownMember("There is no such member.", reference=str(member))
        return self._member(row)

    def _member(self, row: Row[Any]) -> Member:
        names = self._names(row)
        handle = names.get("username") or self._keyring.reveal(row.pseudonym, kind="user")
        return Member(
            id=row.id,
            handle=handle,
            display_name=choose_display_name(names) or handle,
            consent=row.consent,
            is_bot=row.is_bot,
            is_guest=row.is_guest,
            is_deactivated=row.is_deactivated,
            messages=row.messages,
        )

    def names(self, member: int) -> Names:
        """Read every form of a member's name that is kept, by what it is."""
        query = select(members).where(members.c.id == member)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return self._names(row) if row else {}

    def pseudonym(self, member: int) -> str:
        """Name a member to another installation with the same key.

        Raises:
            UnknownMember: There is no such member.
        """
        pseudonym = read_pseudonym(self._database, members, member)
        if pseudonym is None:
            raise UnknownMember("There is no such member.", reference=str(member))
        return pseudonym

    def find_pseudonym(self, pseudonym: str) -> int | None:
        """Find the member that another installation named."""
        return find_pseudonym(self._database, members, pseudonym)

    def name_forms(self) -> frozenset[str]:
        """All forms of all people's names, for the scrubber; bots' names are ordinary words."""
        query = select(members).where(members.c.is_bot.is_(False))
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        kept = {row.id: self._names(row).values() for row in rows if row.names is not None}
        nameless = {row.id for row in rows if row.names is None and row.consent in OWN_NO}
        return self._memory.tell(kept, nameless)

    def names_mark(self) -> tuple[int, int]:
        """Return what differs whenever `name_forms` may, and costs next to nothing to ask."""
        with self._database.reading() as connection:
            return read_counter(connection, NAMES), self._memory.news

    def list(self) -> tuple[Member, ...]:
        """List all members."""
        with self._database.reading() as connection:
            rows = connection.execute(_query().order_by(members.c.id)).all()
        return tuple(self._member(row) for row in rows)


def _write(
    connection: Connection, row: Row[Any] | None, key: Mapping[str, Any], news: Mapping[str, Any]
) -> int:
    if row is None:
        return insert_member(connection, {**key, **news})
    if news:
        connection.execute(update(members).where(members.c.id == row.id).values(dict(news)))
    return int(row.id)


def insert_member(connection: Connection, values: Mapping[str, Any]) -> int:
    """Add a member of whom at least team, pseudonym and key id are known.

    An own no that the person said in another workspace of this database holds here, too.
    """
    unknown = {
        "consent": "none",
        "consent_by_subject": False,
        **dict.fromkeys(FLAGS, False),
    }
    refusal = find_own_no(connection, values["team"], values["pseudonym"])
    addition = insert(members).returning(members.c.id)
    nameless = {"handle": None, "names": None} if refusal else {}
    row = {**unknown, **values, **refusal, **nameless}
    return int(connection.execute(addition, row).scalar_one())


def _query() -> Select[Any]:
    own = messages.c.author == members.c.id
    count = select(func.count()).where(own).scalar_subquery()
    return select(members, count.label("messages"))


def member_identity(pseudonym: bytes) -> str:
    """Name a member's row for sealing: the names open nowhere else."""
    return f"member:{pseudonym.hex()}"
