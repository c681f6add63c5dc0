"""Who and what a message may mention: those in the conversation who have agreed to be mimicked."""

import random
from collections.abc import Collection, Iterator, Set
from contextlib import suppress
from itertools import islice

from bot.errors import SlackError
from bot.memory import Memory
from bot.realization import Surroundings
from bot.slack import Slack
from bot.slack_memory import MEMBERS_SECONDS
from storage.errors import UnknownMember
from storage.members import USER_ID, Member
from storage.store import Store

_MOST_LOOKED_AT = 60  # of many people, some at random
_MOST_NAMES = 12  # no message mentions more
_CONVERSATIONS = 500
_NAMELESS = ("privategroup", "directmessage", "mpdm-")  # how Slack calls what is not public


class Company:
    """Looks around in a conversation.

    Args:
        store: Knows who agrees, and names.
        slack: Knows who takes part.
        rng: Picks whom to look at where there are many.
    """

    def __init__(self, store: Store, slack: Slack, *, rng: random.Random | None = None) -> None:
        self._store = store
        self._slack = slack
        self._rng = rng or random.Random()  # noqa: S311 - guards nothing
        self._known: Memory[tuple[Member, ...]] = Memory(_CONVERSATIONS)

    def find(self, channel_id: str, channel_name: str, *, without: Collection[int]) -> Surroundings:
        """Return names for a message in this conversation.

        Args:
            channel_id: Where it is asked for.
            channel_name: As Slack says it; a private one's is not told.
            without: Members who are not mentioned: the speakers themselves.
        """
        agreed = self._find_agreed()
        people = self._recall_people(channel_id, agreed)
        named = (each.display_name for each in people if each.id in agreed - set(without))
        is_public = channel_name and not channel_name.startswith(_NAMELESS)
        return Surroundings(
            people=list(dict.fromkeys(named)),
            channels=[f"#{channel_name}"] if is_public else [],
        )

    def _recall_people(self, channel_id: str, agreed: Set[int]) -> tuple[Member, ...]:
        """Return some who are there, as of a minute ago."""
        known = self._known.recall(channel_id)
        if known is None:
            looked_at = islice(self._find_people(channel_id, agreed), _MOST_LOOKED_AT)
            known = tuple(islice(filter(_has_name, looked_at), _MOST_NAMES))
            self._known.keep(channel_id, known, seconds=MEMBERS_SECONDS)
        return known

    def _find_people(self, channel_id: str, agreed: Set[int]) -> Iterator[Member]:
        """Yield who is there, in random order, by way of whichever list is shorter."""
        try:
            here = self._slack.list_members(channel_id)
        except SlackError:
            return
        members = self._store.members
        if len(agreed) <= len(here):
            for member in self._rng.sample(sorted(agreed), len(agreed)):
                if members.user_id(member) in here:
                    yield members.get(member)
            return
        for user_id in self._rng.sample(sorted(here), len(here)):
            with suppress(UnknownMember):
                yield members.find(user_id)

    def _find_agreed(self) -> Set[int]:
        usable = self._store.consent.usable
        return {row.member for row in self._store.consent.list() if row.state in usable}


def _has_name(person: Member) -> bool:
    return not person.is_bot and not USER_ID.fullmatch(person.display_name)  # an id is no name
