"""Workspaces: every member and channel belongs to one, known by name or not yet."""

from sqlalchemy import Connection, insert, select, update

from storage.keys import Keyring
from storage.schema import teams

UNKNOWN_TEAM = "T0"
"""Stands in until Slack or an export says which workspace it is; then it is renamed."""


def ensure_team(
    connection: Connection, keyring: Keyring, team_id: str | None, *, guess: str = ""
) -> int:
    """Find a team or add it; the team that had no name yet takes the first real one.

    Args:
        connection: A transaction that is under way.
        keyring: Makes the pseudonym.
        team_id: Slack's id; `None` or `T0` means the team that is here already.
        guess: Its id if none was named, neither here nor before; may be empty.
    """
    query = select(teams).order_by(teams.c.id)
    known: dict[bytes, int] = {row.pseudonym: row.id for row in connection.execute(query)}
    unnamed = known.get(keyring.pseudonym(UNKNOWN_TEAM, kind="team"))
    if team_id is None or team_id == UNKNOWN_TEAM:
        if known and (unnamed is None or not guess):
            return next(iter(known.values()))
        team_id = guess or UNKNOWN_TEAM
    pseudonym = keyring.pseudonym(team_id, kind="team")
    if pseudonym in known:
        return known[pseudonym]
    if unnamed is not None:
        connection.execute(update(teams).where(teams.c.id == unnamed).values(pseudonym=pseudonym))
        return unnamed
    addition = insert(teams).values(pseudonym=pseudonym).returning(teams.c.id)
    return int(connection.execute(addition).scalar_one())


def reveal_team(connection: Connection, keyring: Keyring, team: int) -> str | None:
    """Say Slack's id of a team, `None` while it is not known."""
    pseudonym = connection.execute(select(teams.c.pseudonym).where(teams.c.id == team)).scalar_one()
    team_id = keyring.reveal(pseudonym, kind="team")
    return None if team_id == UNKNOWN_TEAM else team_id


def list_teams(connection: Connection, keyring: Keyring) -> tuple[str, ...]:
    """Give Slack's ids of all teams that have one."""
    rows = connection.execute(select(teams.c.id).order_by(teams.c.id)).scalars()
    found = (reveal_team(connection, keyring, team) for team in list(rows))
    return tuple(team_id for team_id in found if team_id)
