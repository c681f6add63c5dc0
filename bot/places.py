"""Where Mimic may read: the conversations that the bot is in, but those that are left out."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.errors import SlackError
from bot.pacing import LARGE_PAGE
from bot.paging import CallFailed, Reader, read_items
from storage.channels import ChannelKind
from storage.errors import UnknownChannel
from storage.store import Store

_TYPES: tuple[tuple[str, ChannelKind, str | None], ...] = (  # and what includes it
    ("public_channel", "public", None),
    ("private_channel", "private", "private"),
    ("im", "dm", "dms"),
    ("mpim", "group_dm", "dms"),
)


@dataclass(frozen=True)
class Place:
    """A conversation to read.

    Args:
        channel: Its row.
        channel_id: Slack's id.
        name: For the terminal alone.
        created: When it began, in seconds since 1970; 0 where that is not known.
    """

    channel: int
    channel_id: str
    name: str
    created: float


@dataclass(frozen=True)
class Places:
    """What the bot is in.

    Args:
        readable: What may be read.
        skipped: How many were left out, by a short reason.
    """

    readable: tuple[Place, ...]
    skipped: Mapping[str, int]

    def find(self, reference: str) -> Place:
        """Find one by Slack's id or by its name, as in `#random` or `channel:random`.

        Raises:
            UnknownChannel: The bot is in none that is called so, or it is left out.
        """
        name = reference.strip().removeprefix("channel:").removeprefix("#")
        for place in self.readable:
            if place.channel_id == name or place.name.casefold() == name.casefold():
                return place
        raise UnknownChannel(
            "The bot is in no such channel that it may read: invite it there first "
            "(/invite @mimic), or let MIMIC_INCLUDE name what else it may read.",
            reference=reference,
        )


def list_places(store: Store, reader: Reader, *, team_id: str, include: Collection[str]) -> Places:
    """Ask Slack where the bot is, and register all of it.

    Raises:
        SlackError: Slack does not even say which public channels there are.
    """
    readable: list[Place] = []
    skipped: Counter[str] = Counter()
    for slack_type, kind, word in _TYPES:
        if word is not None and word not in include:
            continue
        try:
            found = {channel["id"]: channel for channel in _list(reader, slack_type)}
        except CallFailed as failure:
            if kind == "public":
                raise _refused("channels", "channels:read", failure.code) from None
            skipped[failure.code] += 1
            continue
        channels = list(found.values())
        store.channels.register(channels, team_id=team_id, kind=kind)
        for channel in channels:
            if channel.get("is_ext_shared") and "connect" not in include:
                skipped["connect"] += 1
            else:
                readable.append(_place(store, channel, team_id=team_id, kind=kind))
    return Places(tuple(readable), dict(skipped))


def find_own(reader: Reader, user_id: str) -> frozenset[str]:
    """Ask which public channels somebody is in; where Slack does not say, it is none.

    Raises:
        SlackError: Slack does not answer.
    """
    try:
        return frozenset(each["id"] for each in _list(reader, "public_channel", user=user_id))
    except CallFailed:
        return frozenset()


def find_team_id(reader: Reader) -> str:
    """Ask which workspace it is.

    Raises:
        SlackError: Slack refuses the token or does not answer.
    """
    try:
        return str(reader.call("auth.test")["team_id"])
    except CallFailed as failure:
        code = failure.code
    except KeyError:
        code = "no_team"
    raise SlackError(f"Slack does not say which workspace it is ({code}).", code=code)


def register_roster(store: Store, reader: Reader, *, team_id: str) -> int:
    """Take the member list in: names have to be known before messages, which are scrubbed of them.

    Returns:
        How many members the list has.

    Raises:
        SlackError: Slack does not give it.
    """
    members: set[int] = set()
    try:
        for page in reader.pages("users.list", limit=LARGE_PAGE):
            members.update(store.members.register(read_items(page, "members"), team_id=team_id))
    except CallFailed as failure:
        raise _refused("members", "users:read", failure.code) from None
    return len(members)


def _list(reader: Reader, slack_type: str, *, user: str = "") -> Iterator[Mapping[str, Any]]:
    pages = reader.pages("users.conversations", types=slack_type, limit=LARGE_PAGE, user=user)
    for page in pages:
        yield from (each for each in read_items(page, "channels") if _is_named(each))


def _is_named(channel: Mapping[str, Any]) -> bool:
    return isinstance(channel.get("id"), str) and bool(channel["id"])


def _place(store: Store, channel: Mapping[str, Any], *, team_id: str, kind: ChannelKind) -> Place:
    channel_id, created = channel["id"], channel.get("created")
    return Place(
        channel=store.channels.ensure(channel_id, team_id=team_id, kind=kind).id,
        channel_id=channel_id,
        name=str(channel.get("name") or channel_id),
        created=float(created) if isinstance(created, int | float) else 0.0,
    )


def _refused(what: str, scope: str, code: str) -> SlackError:
    return SlackError(
        f"Slack does not list its {what} ({code}): see that the app has the scope {scope} "
        "(`mimic init` checks it).",
        code=code,
    )
