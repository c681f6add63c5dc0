"""What a backfill of everything would read, and what has been read; no message is asked for."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from bot.coverage import Agenda, Stretch, find_members, find_stretches
from bot.pacing import REAL_TIME
from bot.paging import Reader, build_pacing
from bot.places import find_team_id, list_places, register_roster
from bot.slack import Slack
from storage.store import Store


@dataclass(frozen=True)
class Prospect:
    """A channel that could be read, and what of it was.

    Args:
        stretches: What was read without a gap, oldest first: from one ts to another, "" for the
            channel's beginning.
        problem: A short code of what stood in the way the last time.
    """

    name: str
    stretches: tuple[Stretch, ...]
    problem: str | None

    @property
    def read_until(self) -> str:
        """Until when it was read without a gap since its beginning, "" if it was not."""
        is_whole = self.stretches and not self.stretches[0][0]
        return self.stretches[0][1] if is_whole else ""

    @property
    def gaps(self) -> list[Stretch]:
        """What is missing between what was read."""
        return [(one[1], next_[0]) for one, next_ in pairwise(self.stretches)]


@dataclass(frozen=True)
class Outlook:
    """What would be read.

    Args:
        skipped: How many channels are left out, by a short reason.
        agreed: How many members may be stored.
        new: For how many of them the history was never read.
    """

    channels: tuple[Prospect, ...]
    skipped: Mapping[str, int]
    agreed: int
    new: int


def look_ahead(store: Store, slack: Slack, *, include: frozenset[str]) -> Outlook:
    """Ask Slack who and what there is.

    Raises:
        SlackError: Slack refuses the token or does not answer.
    """
    reader = Reader(slack.client, build_pacing(slack.client, REAL_TIME, threading.Event()))
    team_id = find_team_id(reader)
    register_roster(store, reader, team_id=team_id)
    places = list_places(store, reader, team_id=team_id, include=include)
    members = find_members(store, include)
    agenda = Agenda(store, members, frozenset(member.id for member in members))
    stretches = find_stretches(store, agenda.find_known())
    problems = store.crawls.problems()
    return Outlook(
        tuple(
            Prospect(
                place.name, tuple(stretches.get(place.channel, ())), problems.get(place.channel)
            )
            for place in places.readable
        ),
        places.skipped,
        agreed=len(members),
        new=len(agenda.find_new()),
    )
