"""Which workspaces are said to have uninstalled the app, until nothing is left to be done about it.

It is noted first and withdrawn at the end, so that a purge that was cut short is taken up again.
"""

from sqlalchemy import delete, select

from storage.counters import count_up, read_counter
from storage.database import Database
from storage.keys import Keyring
from storage.run_rows import COLUMNS, OPEN, cancel_run, to_run
from storage.schema import counters, runs
from storage.teams import ensure_team, reveal_team

MARK = "uninstalled-"  # and the team's row, as the name of a counter


class Uninstalls:
    """The room's door.

    Args:
        database: Where the rows are.
        keyring: Knows workspaces by their pseudonyms.
    """

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def note(self, team_id: str) -> None:
        """Note that a workspace is said to have uninstalled the app."""
        with self._database.writing(is_durable=True) as connection:
            name = f"{MARK}{ensure_team(connection, self._keyring, team_id)}"
            if not read_counter(connection, name):
                count_up(connection, name)

    def noted(self) -> tuple[str, ...]:
        """Say which workspaces are said to have uninstalled the app, by Slack's ids."""
        query = select(counters.c.name).where(counters.c.name.startswith(MARK, autoescape=True))
        with self._database.reading() as connection:
            rows = [int(name.removeprefix(MARK)) for name in connection.execute(query).scalars()]
            found = (reveal_team(connection, self._keyring, row) for row in rows)
            return tuple(team_id for team_id in found if team_id)

    def withdraw(self, team_id: str) -> None:
        """Take back what was noted: it is not so, or nothing is left to be done."""
        with self._database.writing() as connection:
            name = f"{MARK}{ensure_team(connection, self._keyring, team_id)}"
            connection.execute(delete(counters).where(counters.c.name == name))

    def stop_runs(self) -> None:
        """Cancel all runs: what they would learn is about to go."""
        with self._database.writing() as connection:
            is_open = runs.c.state.in_(OPEN)
            for row in connection.execute(select(*COLUMNS).where(is_open)).all():
                cancel_run(connection, to_run(row))
