"""Where all members stand, as one keyed hash: another one says that somebody else may be stored."""

from collections.abc import Mapping, Set

from sqlalchemy import Connection, func, select

from storage.counters import NAMES, read_counter
from storage.keys import Keyring
from storage.pauses import EVENTS
from storage.schema import audit, members

COLUMNS = ("id", "team", "pseudonym", "consent", "is_bot", "is_guest")
_FACTS = select(*(members.c[name] for name in COLUMNS))
_WORDS = select(audit.c.member, audit.c.event, audit.c.at).where(audit.c.event.in_(EVENTS))


class Standing:
    """Hashes it for one import, anew only where it may have changed.

    Args:
        keyring: Hashes.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._moment: tuple[int, int | None] | None = None
        self._known: dict[int, str] = {}

    def describe(self, connection: Connection, last_members: Set[int]) -> Mapping[int, str]:
        """Hash what decides about all members up to one of them, for each of several."""
        if self._moment != (moment := _read_moment(connection)):
            self._moment, self._known = moment, {}
        for last_member in last_members - self._known.keys():
            self._known[last_member] = self._hash(connection, last_member)
        return self._known

    def _hash(self, connection: Connection, last_member: int) -> str:
        facts = _FACTS.where(members.c.id <= last_member).order_by(members.c.id)
        words = _WORDS.where(audit.c.member <= last_member).order_by(audit.c.id)  # with all pauses
        found = [*map(tuple, connection.execute(facts)), *map(tuple, connection.execute(words))]
        return self._keyring.mac(repr(found)).hex()


def _read_moment(connection: Connection) -> tuple[int, int | None]:
    """Say what differs once anybody has said something, or is known as something else."""
    last_word = connection.execute(select(func.max(audit.c.id))).scalar_one()
    return read_counter(connection, NAMES), last_word


def find_last_member(connection: Connection) -> int:
    """Return the member who came last."""
    last: int | None = connection.execute(select(func.max(members.c.id))).scalar_one()
    return last or 0
