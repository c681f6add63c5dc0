"""What a backfill of everything would read, before any message is read."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from bot.coverage import Agenda, find_ends, find_members
from bot.pacing import Clock, Pacing
from bot.paging import Reader
from bot.places import find_team_id, list_places, register_roster
from bot.slack import Slack
from storage.store import Store


@dataclass(frozen=True)
class Prospect:
    """A channel that could be read, and until when it was, in seconds since 1970."""

    name: str
    read_until: float | None


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
    reader = Reader(slack.client, Pacing(Clock(), threading.Event()))
    team_id = find_team_id(reader)
    register_roster(store, reader, team_id=team_id)
    places = list_places(store, reader, team_id=team_id, include=include)
    members = find_members(store, include)
    agenda = Agenda(store, members, frozenset(member.id for member in members))
    ends = find_ends(store)
    return Outlook(
        tuple(
            Prospect(place.name, float(ends[place.channel]) if place.channel in ends else None)
            for place in places.readable
        ),
        places.skipped,
        agreed=len(members),
        new=len(agenda.find_new()),
    )
