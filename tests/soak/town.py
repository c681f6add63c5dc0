"""A workspace made up from a seed: its people, what they wrote in two months, and what changes."""

import time
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.fake_slack import BOT, FakeWorkspace

DAY = 86_400.0
DAYS = 60
FRESH = 6 * DAY  # what is as new as this is looked at again by every reading
ACTIVE = 25 * DAY  # threads with a word in that time are asked again, however old they are

WORDS = [
    "the",
    "ferry",
    "leaves",
    "at",
    "nine",
    "and",
    "nobody",
    "has",
    "seen",
    "my",
    "blue",
    "lamp",
    "since",
    "we",
    "moved",
    "all",
    "those",
    "boxes",
    "please",
    "look",
    "again",
    "before",
    "lunch",
    "because",
    "rain",
    "comes",
    "later",
    "and",
    "then",
    "it",
    "gets",
    "far",
    "too",
    "dark",
    "to",
    "find",
    "anything",
    "under",
    "there",
    ":smile:",
    "ok",
    "thanks",
    "really",
    "slow",
    "today",
]

Message = dict[str, Any]


@dataclass(frozen=True)
class Size:
    """How much there is of everything."""

    messages: int
    channels: int
    people: int
    changes: int
    threads: float  # the share of messages that are replies


LARGE = Size(messages=420, channels=5, people=9, changes=40, threads=0.3)
SMALL = Size(messages=260, channels=3, people=6, changes=16, threads=0.3)
TINY = Size(messages=240, channels=3, people=6, changes=8, threads=0.03)  # for Slack's own pace


@dataclass
class Town:
    """A workspace that goes on changing.

    Attributes:
        agreed: The user ids of those who agreed, in the order in which they did.
    """

    rng: Random
    size: Size
    workspace: FakeWorkspace = field(init=False)
    agreed: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.workspace = FakeWorkspace()
        self._now = float(int(time.time()) - 3_600)
        self._micros = 0
        self._begin = self._now - DAYS * DAY
        self._known: tuple[list[str], float] = [], 0.0  # who was read for, and until when
        people = [self._add_person(number) for number in range(self.size.people)]
        self.agreed = people[: self.rng.randint(2, 4)]
        for number in range(self.size.channels):
            self._add_channel(number, people)
        for at in sorted(self.rng.uniform(0, DAYS * DAY) for _ in range(self.size.messages)):
            self._write(self._begin + at)

    # --- what there is from the beginning

    def _add_person(self, number: int) -> str:
        user_id = f"U0PERSON{number:02d}"
        more = {"is_restricted": True} if number == self.size.people - 1 else {}
        self.workspace.add_user(user_id, f"person{number}", f"Person{number} Surname", **more)
        return user_id

    def _add_channel(self, number: int, people: list[str]) -> None:
        more = {"is_ext_shared": True} if number == 2 else {}  # left out, and some others
        members = [*people, *([BOT] if number != 1 else [])]  # is joined later
        channel = self.workspace.add_channel(
            f"C0PLACE{number:02d}", f"place-{number}", members, **more
        )
        channel.facts["created"] = int(self._begin) - 60

    @property
    def _people(self) -> list[str]:
        return [user_id for user_id in self.workspace.users if user_id != BOT]

    def _write(self, at: float) -> None:
        """Let somebody write, in a thread or not; most of it in the first channel."""
        channels = list(self.workspace.conversations)
        channel_id = self.rng.choices(channels, [8.0, *[1.0] * (len(channels) - 1)])[0]
        roots = self.workspace.timeline(channel_id)
        root = None
        if roots and self.rng.random() < self.size.threads:
            root = self.rng.choice(roots[-12:])
            root = None if root.get("thread_ts", root["ts"]) != root["ts"] else root
        self._say(channel_id, at, thread=root)

    def _say(self, channel_id: str, at: float, *, thread: Message | None) -> None:
        more: Message = self.rng.choices(
            [{}, {"subtype": "me_message"}, {"subtype": "channel_topic"}, {"bot_id": "B0ROBOT"}],
            [90, 4, 3, 3],
        )[0]
        if thread is not None:
            more = {**more, "thread_ts": thread["ts"]}
            if "subtype" not in more and self.rng.random() < 0.1:
                more["subtype"] = "thread_broadcast"
        text = " ".join(self.rng.choices(WORDS, k=self.rng.randint(1, 14)))
        user = self.rng.choice(self._people)
        self.workspace.say(user, channel_id, text, ts=self._stamp(at), **more)

    def _stamp(self, at: float) -> str:
        self._micros = (self._micros + 7) % 1_000_000
        return f"{int(at)}.{self._micros:06d}"

    # --- what changes

    def change(self) -> list[str]:
        """Let time pass: people write, reply late, edit, delete, join.

        Returns:
            Who agrees now.
        """
        self._known = list(self.agreed), self._now
        for _ in range(self.size.changes):
            self._now += 7
            action = self.rng.choices(
                [self._write_now, self._reply_late, self._edit, self._delete], [4, 3, 2, 2]
            )[0]
            action()
        if not self.workspace.is_member(BOT, "C0PLACE01"):
            self.workspace.channel("C0PLACE01").members.append(BOT)
        silent = [each for each in self._people if each not in self.agreed]
        new = self.rng.sample(silent, min(self.rng.randint(0, 1), len(silent)))
        if self.rng.random() < 0.5:
            new.append(self._add_person(len(self.workspace.users) + 20))
        self.agreed += new
        return new

    def _write_now(self) -> None:
        channel_id, _ = self._choose_channel()
        self._say(channel_id, self._now, thread=None)

    def _reply_late(self) -> None:
        """Reply to a message of this week, or in a thread that was alive this month."""
        channel_id, messages = self._choose_channel()
        heads = [each for each in messages if each.get("thread_ts", each["ts"]) == each["ts"]]
        open_ = [each for each in heads if self._is_fresh(each) or self._is_known(channel_id, each)]
        if open_:
            self._say(channel_id, self._now, thread=self.rng.choice(open_))

    def _is_fresh(self, message: Message) -> bool:
        return float(message["ts"]) > self._now - FRESH

    def _is_known(self, channel_id: str, root: Message) -> bool:
        """Say whether somebody who agreed wrote in a thread lately."""
        agreed, until = self._known
        return any(
            self._now - ACTIVE < float(each["ts"]) <= until and self._is_kept(each, agreed)
            for each in self.workspace.replies(channel_id, root["ts"])
        )

    def _edit(self) -> None:
        channel_id, message = self._choose_fresh()
        if message and message.get("subtype") != "tombstone":
            text = " ".join(self.rng.choices(WORDS, k=5))
            edited = {"user": message["user"], "ts": self._stamp(self._now)}
            self.workspace.edit(channel_id, message["ts"], text=text, edited=edited)

    def _delete(self) -> None:
        channel_id, message = self._choose_fresh()
        if message and message.get("subtype") != "tombstone":
            self.workspace.remove(channel_id, message["ts"])

    def _choose_fresh(self) -> tuple[str, Message | None]:
        """Choose a message of this week, replies in threads that are known included."""
        channel_id, _ = self._choose_channel()
        everything = self.workspace.channel(channel_id).messages
        found = [
            message
            for message in everything.values()
            if self._is_fresh(message) and self._is_in_sight(channel_id, message)
        ]
        return channel_id, self.rng.choice(found) if found else None

    def _is_in_sight(self, channel_id: str, message: Message) -> bool:
        root = self.workspace.channel(channel_id).messages.get(message.get("thread_ts", ""))
        is_known = float(message["ts"]) <= self._known[1]
        is_late = is_known and self._is_kept(message, self._known[0])
        return root is None or self._is_fresh(root) or is_late

    def _choose_channel(self) -> tuple[str, list[Message]]:
        channel_id = self.rng.choice(list(self.workspace.conversations))
        return channel_id, self.workspace.timeline(channel_id)

    # --- what is right

    def expected(self) -> set[tuple[str, str, str, str, str]]:
        """What ought to be stored: channel, ts, author, thread and edit of each message."""
        return {
            (
                channel_id,
                message["ts"],
                message["user"],
                message.get("thread_ts", ""),
                message.get("edited", {}).get("ts", ""),
            )
            for channel_id, message in self.workspace.everything()
            if self._is_read(channel_id) and self._is_kept(message, self.agreed)
        }

    def _is_read(self, channel_id: str) -> bool:
        channel = self.workspace.channel(channel_id)
        return BOT in channel.members and not channel.facts["is_ext_shared"]

    def _is_kept(self, message: Message, agreed: list[str]) -> bool:
        """Say whether a message is a person's own words who agreed and is no guest."""
        kept = (None, "thread_broadcast", "me_message")
        is_human = message.get("subtype") in kept and not message.get("bot_id")
        user = message["user"]
        return is_human and user in agreed and not self.workspace.users[user]["is_restricted"]
