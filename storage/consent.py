"""Who has agreed: the states, who may change them, and what each allows.

none, asked      not agreed yet: used only where the workspace's admins chose opt-out
agreed           stored, trained on and mimicked
paused           kept, neither used nor extended
declined, never_ask, left    the person's own no: only the person can take it back
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, select, update

from storage.audit import write_audit
from storage.database import Database
from storage.errors import ConsentError, UnknownMember
from storage.schema import members, teams

ConsentState = Literal["none", "asked", "agreed", "paused", "declined", "never_ask", "left"]
ConsentDefault = Literal["opt-in", "opt-out"]

SILENT: frozenset[ConsentState] = frozenset({"none", "asked"})
OWN_NO: frozenset[ConsentState] = frozenset({"declined", "never_ask", "left"})
USABLE: dict[ConsentDefault, frozenset[ConsentState]] = {
    "opt-in": frozenset({"agreed"}),
    "opt-out": frozenset({"agreed", *SILENT}),
}


@dataclass(frozen=True)
class ConsentRow:
    """Where one member stands, who said so, and since when (`None`: never asked)."""

    member: int
    state: ConsentState
    by_subject: bool
    since: datetime | None

    @property
    def is_own_no(self) -> bool:
        """Only the person can take it back: a no, or a pause that the person asked for."""
        return self.state in OWN_NO or (self.state == "paused" and self.by_subject)


class Consent:
    """The room's door.

    Args:
        database: Where the members are.
        default: What silence means in this workspace.
    """

    def __init__(self, database: Database, *, default: ConsentDefault) -> None:
        self._database = database
        self.default = default
        self.usable = USABLE[default]
        """The states whose messages may be stored and used."""

    def grant(
        self, members: Iterable[int], *, actor: str, by_subject: bool = False
    ) -> tuple[int, int]:
        """Let members count as agreed, except where their own no or their own pause stands.

        Args:
            members: Member ids; those who have agreed already stay so.
            actor: A short code for who did it: `import`, `operator`, `subject`.
            by_subject: The person said it; then nothing stands against it.

        Returns:
            How many stand as agreed now, and how many were refused.
        """
        with self._database.writing() as connection:
            rows = read_consent(connection, members)
            willing = [row for row in rows if by_subject or not row.is_own_no]
            write_consent(connection, willing, "agreed", actor=actor, by_subject=by_subject)
        return len(willing), len(rows) - len(willing)

    def revoke(self, member: int, *, actor: str, by_subject: bool = False) -> None:
        """Pause a member: the text is kept, neither used nor extended.

        Raises:
            UnknownMember: There is no such member.
            ConsentError: The person's own no stands already, and says more.
        """
        self.set(member, "paused", actor=actor, by_subject=by_subject)

    def set(
        self, member: int, state: ConsentState, *, actor: str, by_subject: bool = False
    ) -> None:
        """Put a member into a state.

        Raises:
            UnknownMember: There is no such member.
            ConsentError: The person's own no stands, and somebody else would lift it.
        """
        with self._database.writing() as connection:
            rows = read_consent(connection, [member])
            if not rows:
                raise UnknownMember("There is no such member.", reference=str(member))
            if rows[0].is_own_no and not by_subject and state not in {*OWN_NO, rows[0].state}:
                raise ConsentError("This member said no, and nobody else can take that back.")
            write_consent(connection, rows, state, actor=actor, by_subject=by_subject)

    def allows(self, member: int) -> bool:
        """Say whether a member's messages may be used, and the member be mimicked."""
        query = select(members.c.consent).where(members.c.id == member)
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one_or_none() in self.usable

    def get(self, member: int) -> ConsentRow:
        """Say where one member stands.

        Raises:
            UnknownMember: There is no such member.
        """
        with self._database.reading() as connection:
            rows = read_consent(connection, [member])
        if not rows:
            raise UnknownMember("There is no such member.", reference=str(member))
        return rows[0]

    def list(self) -> tuple[ConsentRow, ...]:
        """Say where every member stands."""
        with self._database.reading() as connection:
            return read_consent(connection)


def read_consent(
    connection: Connection, only: Iterable[int] | None = None
) -> tuple[ConsentRow, ...]:
    """Say where members stand, as part of a transaction that is under way."""
    query = select(
        members.c.id, members.c.consent, members.c.consent_by_subject, members.c.consent_since
    ).order_by(members.c.id)
    wanted = None if only is None else frozenset(only)
    if wanted is not None and len(wanted) == 1:
        query = query.where(members.c.id.in_(wanted))
    rows = (ConsentRow(*row) for row in connection.execute(query))
    return tuple(row for row in rows if wanted is None or row.member in wanted)


def find_own_no(connection: Connection, team: int, pseudonym: bytes) -> Mapping[str, Any]:
    """Return the columns of a no that a person said in another workspace, if there is one."""
    elsewhere = members.c.team.in_(select(teams.c.id).where(teams.c.id != team))
    same = elsewhere & (members.c.pseudonym == pseudonym) & members.c.consent.in_(OWN_NO)
    word = (members.c.consent, members.c.consent_by_subject, members.c.consent_since)
    row = connection.execute(select(*word).where(same).limit(1)).one_or_none()
    return dict(row._mapping) if row else {}


def write_consent(
    connection: Connection,
    rows: Iterable[ConsentRow],
    state: ConsentState,
    *,
    actor: str,
    by_subject: bool = False,
) -> None:
    """Move members into a state, with an audit row each; who is there already stays as is.

    The person's own word is never weakened: a pause of theirs stays theirs when an operator
    pauses them again.
    """
    moved = [
        row.member for row in rows if row.state != state or (by_subject and not row.by_subject)
    ]
    if not moved:
        return
    now = datetime.now(UTC)
    change = (
        update(members)
        .where(members.c.id == bindparam("member"))
        .values(consent=state, consent_by_subject=by_subject, consent_since=now)
    )
    connection.execute(change, [{"member": member} for member in moved])
    write_audit(connection, f"consent_{state}", moved, {"actor": actor, "by_subject": by_subject})
