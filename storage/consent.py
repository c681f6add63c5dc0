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
from storage.counters import read_counter, write_counter
from storage.database import Database
from storage.errors import ConsentError, UnknownMember
from storage.schema import audit, members, teams

ConsentState = Literal["none", "asked", "agreed", "paused", "declined", "never_ask", "left"]
ConsentDefault = Literal["opt-in", "opt-out"]

SILENT: frozenset[ConsentState] = frozenset({"none", "asked"})
OWN_NO: frozenset[ConsentState] = frozenset({"declined", "never_ask", "left"})
_SILENCE = "silence"  # the counter that says that it was enough once
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
        with self._database.writing(is_durable=by_subject) as connection:
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
        """Put a member into a state; a no or a pause holds for the person in every workspace.

        Raises:
            UnknownMember: There is no such member.
            ConsentError: The person's own no stands, and somebody else would lift it.
        """
        with self._database.writing(is_durable=by_subject) as connection:
            rows = read_consent(connection, [member])
            if not rows:
                raise UnknownMember("There is no such member.", reference=str(member))
            if rows[0].is_own_no and not by_subject and state not in {*OWN_NO, rows[0].state}:
                raise ConsentError("This member said no, and nobody else can take that back.")
            if state in {*OWN_NO, "paused"}:
                twins = read_consent(connection, find_twins(connection, member))
                others = (row for row in twins if row != rows[0] and row.state not in OWN_NO)
                rows += tuple(row for row in others if by_subject or not row.is_own_no)
            write_consent(connection, rows, state, actor=actor, by_subject=by_subject)

    def note_asked(self, member: int, *, by: int) -> None:
        """Note that somebody was asked; whoever has said something meanwhile stays where they are.

        Args:
            member: Who was asked.
            by: The member who asked.
        """
        with self._database.writing() as connection:
            silent = [row for row in read_consent(connection, [member]) if row.state in SILENT]
            write_consent(connection, silent, "asked", actor="member")
            write_audit(connection, "asked", [member], {"by": by})

    def allows(self, member: int) -> bool:
        """Say whether a member's messages may be used, and the member be mimicked."""
        query = select(members.c.consent).where(members.c.id == member)
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one_or_none() in self.usable

    def has_nameless(self) -> bool:
        """Say whether somebody said no whose name is not kept, so that only Slack can tell it."""
        is_nameless = members.c.consent.in_(OWN_NO) & members.c.names.is_(None)
        query = select(members.c.id).where(is_nameless).limit(1)
        with self._database.reading() as connection:
            return connection.execute(query).first() is not None

    def list_usable(self) -> frozenset[int]:
        """List all whose messages may be used."""
        query = select(members.c.id).where(members.c.consent.in_(self.usable))
        with self._database.reading() as connection:
            return frozenset(connection.execute(query).scalars())

    def list_held_back(self) -> frozenset[int]:
        """List the paused but for those who are so only because they have left Slack."""
        paused = select(members.c.id).where(members.c.consent == "paused")
        said = audit.c.member.in_(paused) & (audit.c.event == "consent_paused")
        query = select(audit.c.member, audit.c.details).where(said).order_by(audit.c.id)
        with self._database.reading() as connection:
            latest = {member: details["actor"] for member, details in connection.execute(query)}
        return frozenset(member for member, actor in latest.items() if actor != "slack")

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


def note_default(connection: Connection, default: ConsentDefault) -> None:
    """Remember that silence was enough once: there may be text from before a first yes."""
    if default == "opt-out" and not was_silence_enough(connection):
        write_counter(connection, _SILENCE, 1)


def was_silence_enough(connection: Connection) -> bool:
    """Say whether silence has ever meant yes here."""
    return bool(read_counter(connection, _SILENCE))


def find_twins(connection: Connection, member: int) -> list[int]:
    """Return all rows of the person that a member is; none where there is no such member."""
    own = select(members.c.pseudonym).where(members.c.id == member).scalar_subquery()
    query = select(members.c.id).where(members.c.pseudonym == own).order_by(members.c.id)
    return list(connection.execute(query).scalars())


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
) -> int:
    """Move members into a state, with an audit row each; who is there already stays as is.

    The person's own word is never weakened: a pause of theirs stays theirs when an operator
    pauses them again.

    Returns:
        How many were moved.
    """
    moved = [
        row.member for row in rows if row.state != state or (by_subject and not row.by_subject)
    ]
    if not moved:
        return 0
    now = datetime.now(UTC)
    change = (
        update(members)
        .where(members.c.id == bindparam("member"))
        .values(consent=state, consent_by_subject=by_subject, consent_since=now)
    )
    connection.execute(change, [{"member": member} for member in moved])
    write_audit(connection, f"consent_{state}", moved, {"actor": actor, "by_subject": by_subject})
    return len(moved)
