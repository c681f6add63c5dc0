"""What raw messages mean, before the database is asked."""

from collections import Counter
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass

from storage.batches import Load
from storage.ingestion import Deletion, Edition, RawMessage, read_payload
from storage.keys import Keyring

Reading = tuple[str, Edition | Deletion, bytes]  # where, what, and an edition's MAC


@dataclass(frozen=True, slots=True)
class Batch:
    """Raw messages and what they mean, before the database is asked.

    Args:
        size: How many messages came.
        heads: The first of each channel, which may say of what kind that is.
        teams: How many name which workspace, while nobody knows it.
        readings: Those that may be stored, as far as they themselves can tell.
        outcomes: What came of the others.
        pages: Which of the readings are a file each.
        is_last: No other comes after it.
    """

    size: int
    heads: Mapping[str, RawMessage]
    teams: Mapping[str, int]
    readings: Sequence[Reading]
    outcomes: Counter[str]
    pages: Sequence["Page"]
    is_last: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A file in a batch: its readings, from one to before another, and what came of the rest."""

    channel_id: str
    mark: bytes
    start: int
    stop: int
    outcomes: Counter[str]


class Reader:
    """Reads what is loaded.

    Args:
        keyring: Makes the MACs.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def read(self, load: Load, *, is_team_known: bool) -> Batch:
        """Read messages; which workspace they name does not matter where that is known."""
        outcomes: Counter[str] = Counter()
        readings: list[Reading] = []
        heads: dict[str, RawMessage] = {}
        pages: list[Page] = []
        for part in load.parts:
            start = len(readings)
            dropped = self._read_part(part.messages, heads, readings)
            outcomes.update(dropped)
            outcomes.update(part.recalled)
            if part.mark and part.messages:
                pages.append(Page(part.channel_id, part.mark, start, len(readings), dropped))
        teams = Counter(() if is_team_known else _list_teams(load))
        return Batch(load.size, heads, teams, readings, outcomes, pages, load.is_last)

    def _read_part(
        self,
        raw: Iterable[RawMessage],
        heads: MutableMapping[str, RawMessage],
        readings: list[Reading],
    ) -> Counter[str]:
        """Put what may be stored to the readings; count the rest."""
        dropped: Counter[str] = Counter()
        for each in raw:
            channel_id, payload = each
            heads.setdefault(channel_id, each)
            reading = read_payload(payload)
            if isinstance(reading, str):
                dropped[reading] += 1
            else:
                mac = self._mac(reading) if isinstance(reading, Edition) else b""
                readings.append((channel_id, reading, mac))
        return dropped

    def _mac(self, edition: Edition) -> bytes:
        # with its time and author: equal texts of two messages must not look equal; without the
        # channel's id: a channel may get another
        return self._keyring.mac(f"{edition.ts}\0{edition.user_id}\0{edition.text}")


def _list_teams(load: Load) -> Iterable[str]:
    """List which workspaces messages name."""
    return filter(None, (raw.peek("team") for part in load.parts for raw in part.messages))
