"""The invented team: who they are, where they talk, what about."""

import datetime
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

_SAMPLE = files("bot.sample")


@dataclass(frozen=True)
class Person:
    """A member; `messages` is how many they write in the year."""

    id: str
    name: str
    first_name: str
    last_name: str
    title: str
    tz: str
    hours: tuple[int, int]  # at work from, to, in UTC
    messages: int
    reactions: tuple[str, ...]
    active: tuple[float, float]  # from, to: shares of the year
    is_deactivated: bool

    @property
    def real_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True)
class App:
    """The member that is no person."""

    id: str
    bot_id: str
    app_id: str
    name: str
    real_name: str
    icon: str
    tz: str
    messages: int


@dataclass(frozen=True)
class Channel:
    """A public channel."""

    id: str
    name: str
    is_general: bool
    topic: str
    purpose: str


@dataclass(frozen=True)
class Topic:
    """What a conversation may be about."""

    name: str
    channel: Channel
    weight: int


@dataclass(frozen=True)
class Team:
    """The whole company."""

    team_id: str
    domain: str
    first_day: datetime.date
    channels: tuple[Channel, ...]
    people: tuple[Person, ...]
    app: App
    topics: tuple[Topic, ...]


def load_team() -> Team:
    """Read `team.toml`."""
    raw = tomllib.loads((_SAMPLE / "team.toml").read_text("utf-8"))
    channels = {channel["name"]: Channel(**channel) for channel in raw["channels"]}
    return Team(
        team_id=raw["team_id"],
        domain=raw["domain"],
        first_day=raw["first_day"],
        channels=tuple(channels.values()),
        people=tuple(_person(person) for person in raw["people"]),
        app=App(**raw["app"]),
        topics=tuple(
            Topic(name, channels[topic["channel"]], topic["weight"])
            for name, topic in raw["topics"].items()
        ),
    )


def load_phrases(name: str) -> Mapping[str, Mapping[str, Any]]:
    """Read the phrases of one person, or of everyone."""
    return tomllib.loads((_SAMPLE / "phrases" / f"{name}.toml").read_text("utf-8"))


def _person(raw: Mapping[str, Any]) -> Person:
    defaults = {"active": (0.0, math.inf), "is_deactivated": False}
    lists = {name: tuple(raw[name]) for name in ("hours", "reactions", "active") if name in raw}
    return Person(**{**defaults, **raw, **lists})
