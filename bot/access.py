"""Who may hear which voice: every reason why not, found before anything is said."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Literal

from bot.coverage import is_awaited
from bot.errors import SlackError
from bot.labels import EVERYTHING
from bot.refusals import Refused
from bot.slack import Facts, Slack
from bot.slack_users import is_foreign, name_user
from bot.targets import BASE, Part, Target
from storage.channels import Channel
from storage.consent import SILENT
from storage.errors import UnknownChannel, UnknownMember
from storage.ingestion import SLACKBOT
from storage.members import Member
from storage.records import VersionRow
from storage.store import Store
from training.config import MINIMUM_MESSAGES
from training.voices import STALE_SECONDS

Now = Callable[[], datetime]
_NOW: Now = partial(datetime.now, UTC)


@dataclass(frozen=True)
class Subject:
    """A person whose voice is asked for."""

    member: int
    user_id: str


@dataclass(frozen=True)
class Grant:
    """What somebody may hear.

    Attributes:
        name: The voice's name in plain words: `67% Ada + 33% #random`.
        people: The persons in it.
        private: The ids of private channels in it; what they say is posted there alone.
    """

    name: str
    people: tuple[Subject, ...]
    private: tuple[str, ...]


@dataclass(frozen=True)
class _Heard:
    """One part of a target."""

    name: str
    person: Subject | None = None
    private: str | None = None


class Access:
    """Answers from the store, and asks Slack what only Slack knows: may wait for it.

    Args:
        store: Knows consent, texts and voices.
        slack: Knows who is who and who is where.
        include: Any of `guests` and `connect`, who have no voice otherwise.
        now: Says what time it is.
    """

    def __init__(
        self,
        store: Store,
        slack: Slack,
        *,
        include: Collection[str] = (),
        now: Now = _NOW,
    ) -> None:
        self._store = store
        self._slack = slack
        self._include = frozenset(include)
        self._now = now

    def check(self, target: Target, *, requester_id: str, team_id: str) -> Grant:
        """Let somebody hear a target, whose names are Slack's ids.

        Args:
            target: What to hear.
            requester_id: Who wants to.
            team_id: The workspace that they belong to.

        Raises:
            Refused: They may not, or there is nothing to hear.
            SlackError: Slack does not say what has to be known.
        """
        if team_id != self._slack.identity.team_id:
            raise Refused("foreign_team")
        heard = [self._check_part(part, requester_id) for part in target.parts]
        return Grant(
            name=_name_blend(target, heard),
            people=tuple(dict.fromkeys(each.person for each in heard if each.person)),
            private=tuple(dict.fromkeys(each.private for each in heard if each.private)),
        )

    def _check_part(self, part: Part, requester_id: str) -> _Heard:
        reference = part.reference
        if reference.kind == "person":
            return self._check_person(reference.name)
        if reference.kind == "channel":
            return self._check_channel(reference.name, requester_id)
        self._require_text(reference.name)
        return _Heard(reference.name)

    # --- people

    def _check_person(self, user_id: str) -> _Heard:
        if user_id in (self._slack.identity.user_id, SLACKBOT):
            raise Refused("bot_member")
        member = self._find_member(user_id)
        user = self._recall_user(user_id, member)
        name = name_user(user) or (member.display_name if member else "")
        self._require_person(user, member, name)
        known = self._require_consent(member, user_id, name)
        self._require_voice("person", known.id, name=name, subject_id=user_id)
        return _Heard(name, person=Subject(known.id, user_id))

    def _find_member(self, user_id: str) -> Member | None:
        try:
            return self._store.members.find(user_id)
        except UnknownMember:
            return None

    def _recall_user(self, user_id: str, member: Member | None) -> Facts:
        """Return what Slack says of somebody, else what it said when it last could."""
        try:
            user = self._slack.recall_user(user_id)
        except SlackError:
            if member is None:
                raise
            return {}
        if user is None:
            raise Refused("unknown_member")
        return user

    def _require_person(self, user: Facts, member: Member | None, name: str) -> None:
        def is_so(*flags: str, known: str) -> bool:
            return any(user.get(flag) for flag in flags) or bool(member and getattr(member, known))

        if is_so("is_bot", known="is_bot"):
            raise Refused("bot_member")
        if user.get("deleted", member and member.is_deactivated):  # who is back has a voice again
            raise Refused("deactivated", name=name)
        if is_foreign(user, self._slack.identity.team_id) and "connect" not in self._include:
            raise Refused("foreign_team")
        is_guest = is_so("is_restricted", "is_ultra_restricted", known="is_guest")
        if is_guest and "guests" not in self._include:
            raise Refused("guest")

    def _require_consent(self, member: Member | None, user_id: str, name: str) -> Member:
        state = member.consent if member else "none"
        if member and self._store.consent.allows(member.id):
            return member
        if state == "paused":
            raise Refused("paused", name=name, subject_id=user_id)
        if state not in SILENT:
            raise Refused("declined", name=name, subject_id=user_id)
        if state in self._store.consent.usable:  # silence is enough here, but nothing is known yet
            raise Refused(
                "too_little_text", name=name, missing=MINIMUM_MESSAGES, subject_id=user_id
            )
        raise Refused("not_agreed", name=name, subject_id=user_id, may_ask=True)

    # --- channels

    def _check_channel(self, channel_id: str, requester_id: str) -> _Heard:
        facts = self._slack.recall_channel(channel_id)
        channel = self._find_channel(channel_id)
        is_public = channel is not None and channel.kind == "public" and _is_public(facts)
        if not is_public and not self._slack.is_in_channel(requester_id, channel_id):
            # its name is for its members
            raise Refused("private_channel" if channel or facts else "unknown_channel")
        if channel is None:
            raise Refused("unknown_channel")
        self._require_own(channel, facts or {})
        name = f"#{(facts or {}).get('name') or channel.name}"
        self._require_voice("channel", channel.id, name=name)
        return _Heard(name, private=None if is_public else channel_id)

    def _find_channel(self, channel_id: str) -> Channel | None:
        try:
            return self._store.channels.find(channel_id)
        except UnknownChannel:
            return None

    def _require_own(self, channel: Channel, facts: Facts) -> None:
        home = facts.get("context_team_id") or self._slack.identity.team_id
        is_foreign_channel = home != self._slack.identity.team_id
        is_shared = channel.is_shared or bool(facts.get("is_ext_shared"))
        if (is_foreign_channel or is_shared) and "connect" not in self._include:
            raise Refused("foreign_team")

    # --- voices

    def _require_text(self, name: str) -> None:
        """See that a text, or the workspace itself, has a voice that may speak today."""
        is_base = name == BASE
        voices = self._store.voices
        voice = voices.find("base" if is_base else "text", name=None if is_base else name)
        version = voices.promoted(voice.id) if voice else None
        if version is None:
            raise Refused("no_such_voice")
        self._require_fresh(version, name=name)

    def _require_voice(
        self, kind: Literal["person", "channel"], subject: int, *, name: str, subject_id: str = ""
    ) -> None:
        """See that a person or channel has a voice that may speak today."""
        voice = self._store.voices.find(kind, subject=subject)
        version = self._store.voices.promoted(voice.id) if voice else None
        if version is not None:
            self._require_fresh(version, name=name, subject_id=subject_id)
            return
        count = self._store.messages.count
        learned = count(author=subject) if kind == "person" else count(channel=subject)
        missing = MINIMUM_MESSAGES - learned
        if missing > 0 and kind == "person" and is_awaited(self._store, subject):
            raise Refused("still_reading", name=name, subject_id=subject_id)
        if missing > 0:
            raise Refused("too_little_text", name=name, missing=missing, subject_id=subject_id)
        if kind == "person" or self._is_training(f"{kind}:{subject}"):
            raise Refused("still_training", name=name, subject_id=subject_id)
        raise Refused("no_such_voice")  # too few people wrote it, or one wrote most of it

    def _require_fresh(self, version: VersionRow, *, name: str, subject_id: str = "") -> None:
        """See that a version did not learn from somebody who left more than a day ago."""
        since = version.stale_since
        if since and (self._now() - since).total_seconds() > STALE_SECONDS:
            raise Refused("still_training", name=name, subject_id=subject_id)

    def _is_training(self, label: str) -> bool:
        targets = (run.target.split() for run in self._store.runs.list_open())
        return any({label, EVERYTHING} & set(target) for target in targets)


def _is_public(facts: Facts | None) -> bool:
    walls = ("is_private", "is_im", "is_mpim")
    return facts is not None and not any(facts.get(wall) for wall in walls)


def _name_blend(target: Target, heard: list[_Heard]) -> str:
    if len({part.weight for part in target.parts}) == 1:
        return " + ".join(each.name for each in heard)
    shares = zip(target.parts, heard, strict=True)
    return " + ".join(f"{part.weight:.0%} {each.name}" for part, each in shares)
