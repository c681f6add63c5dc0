"""Who and what a message may mention: those in the conversation who have agreed to be mimicked."""

import random
from collections.abc import Collection, Mapping

from bot.errors import SlackError
from bot.memory import Memory
from bot.realization import Surroundings
from bot.slack import Slack
from bot.slack_memory import MEMBERS_SECONDS
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
        self._known: Memory[Mapping[int, str]] = Memory(_CONVERSATIONS)

    def find(self, channel_id: str, channel_name: str, *, without: Collection[int]) -> Surroundings:
        """Return names for a message in this conversation.

        Args:
            channel_id: Where it is asked for.
            channel_name: As Slack says it; a private one's is not told.
            without: Members who are not mentioned: the speakers themselves.
        """
        people = self._recall_people(channel_id)
        agreed = self._store.consent.list_usable()
        named = (name for who, name in people.items() if who in agreed - set(without))
        is_public = channel_name and not channel_name.startswith(_NAMELESS)
        return Surroundings(
            people=list(dict.fromkeys(named)),
            channels=[f"#{channel_name}"] if is_public else [],
        )

    def _recall_people(self, channel_id: str) -> Mapping[int, str]:
        """Return the names of some who are there and agree, by member, as of a minute ago."""
        known = self._known.recall(channel_id)
        if known is None:
            known = self._find_people(channel_id)
            self._known.keep(channel_id, known, seconds=MEMBERS_SECONDS)
        return known

    def _find_people(self, channel_id: str) -> Mapping[int, str]:
        """Pick some at random, a few more than are named: not everybody has a name."""
        try:
            here = self._slack.list_members(channel_id)
        except SlackError:
            return {}
        store, sample = self._store, self._rng.sample
        present = store.presence.find(here, states=store.consent.usable)
        picked = sample(present, min(len(present), _MOST_LOOKED_AT))
        names = store.presence.read_names(picked)
        return {who: names[who] for who in sample(sorted(names), min(len(names), _MOST_NAMES))}
