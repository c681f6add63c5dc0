"""What is heard live: messages go to the intake, from channels that are known for what they are.

The intake drops what may not be stored by what the store knows of a channel; so that has to be
right before a message of it is handed on. Whatever an event says of a channel, Slack is asked how
it is now: so events may come late, twice, and in any order.
"""

import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

from bot.errands import Errands
from bot.errors import SlackError
from bot.live import LiveIntake
from bot.slack import Slack
from bot.slack_users import is_foreign
from bot.vanished import build_deletions
from storage.admission import KINDS, WALLS
from storage.channels import Channel, ChannelKind
from storage.errors import UnknownChannel
from storage.ingestion import IngestPolicy
from storage.store import Store

Event = Mapping[str, Any]

RETRY_SECONDS = 600.0  # between two questions to a Slack that does not answer
CONVERSIONS = ("channel_convert_to_private", "channel_convert_to_public")

_log = logging.getLogger(__name__)


class _Claim(NamedTuple):
    """What an event says of its channel."""

    kind: ChannelKind | None
    is_shared: bool


class Hearing:
    """Judges events before they are taken in.

    Args:
        store: Knows channels and members.
        slack: Is asked about channels that are new.
        live: Stores messages.
        errands: Where Slack is asked.
        include: Any of `private` `dms` `connect` `guests`, which are left out otherwise.
    """

    def __init__(
        self,
        store: Store,
        slack: Slack,
        *,
        live: LiveIntake,
        errands: Errands,
        include: frozenset[str],
    ) -> None:
        self._store = store
        self._slack = slack
        self._live = live
        self._errands = errands
        self._include = include
        self._team = store.add_team(slack.identity.team_id)
        self._settled: dict[str, _Claim] = {}
        self._new_ids: dict[str, str] = {}  # of channels, by the ids that they had

    def hear(self, event: Event, envelope: Event) -> None:
        """Take a `message` event of any subtype.

        Args:
            event: The event itself.
            envelope: What it came in; it says whether other workspaces see the channel.
        """
        said_id = event.get("channel")
        if not isinstance(said_id, str) or not said_id or event.get("bot_id"):
            return
        channel_id = self._new_ids.get(said_id, said_id)
        if event.get("subtype") in CONVERSIONS:
            self.see_channel(channel_id)
            return
        unsaid: ChannelKind | None = "dm" if channel_id.startswith("D") else None
        kind = KINDS.get(str(event.get("channel_type")), unsaid)
        claim = _Claim(kind, bool(envelope.get("is_ext_shared_channel")))
        if self._settled.get(channel_id) == claim or self._agrees(channel_id, claim):
            self._live.submit(channel_id, event)
        elif self._find(channel_id) or not self._is_walled(claim):
            self._errands.submit(lambda: self._settle(channel_id, claim, event), name="channel")

    def see_channel(self, channel_id: str) -> None:
        """Look at a channel again that has changed; one that cannot be seen is shut."""

        def look() -> None:
            if not self._describe(channel_id):
                self._shut(channel_id)

        self._slack.memory.forget_channel(channel_id)
        if self._find(channel_id):
            self._errands.submit(look, name="channel")

    def see_deletion(self, channel_id: str) -> None:
        """Delete what was said in a channel that was deleted, once Slack knows it no more."""
        channel_id = self._new_ids.get(channel_id, channel_id)

        def look() -> None:
            try:
                is_gone = self._slack.is_gone(channel_id)
            except SlackError as error:
                _log.warning("Slack did not say if a channel is gone: %s", error.code)
                self._errands.submit_later(look, seconds=RETRY_SECONDS, name="channel")
                return
            if is_gone:
                self._live.submit_change(lambda: self._delete_all(channel_id))

        self.see_channel(channel_id)
        if self._find(channel_id):
            self._errands.submit(look, name="channel")

    def _delete_all(self, channel_id: str) -> None:
        if known := self._find(channel_id):
            kept = self._store.messages.outline(known.id, since_ts="")
            gone = build_deletions(channel_id, (ts for ts, _ in kept))
            policy = IngestPolicy(team_id=self._slack.identity.team_id)
            self._store.ingest(gone, policy=policy)

    def see_new_id(self, old_id: str, new_id: str) -> None:
        """Know a channel by another id from now on, after what was said under the old one."""
        team_id = self._slack.identity.team_id

        def renumber() -> None:
            self._store.renumber_channel(old_id, new_id, team_id=team_id)
            self.see_channel(new_id)

        self._new_ids.pop(new_id, None)
        self._new_ids[old_id] = new_id
        for channel_id in (old_id, new_id):
            self._settled.pop(channel_id, None)
            self._slack.memory.forget_channel(channel_id)
        self._live.submit_change(renumber)

    def see_move(self, user_id: str, channel_id: str, *, at: str, has_left: bool) -> None:
        """Hear that somebody left a channel, or came into it.

        A private one's voice is closed at once to whoever left. Where the bot came in, all that
        was said can be read.

        Args:
            user_id: Who.
            channel_id: Where.
            at: When, as Slack's ts.
            has_left: They left; otherwise they came.
        """
        self._slack.memory.note_move(user_id, channel_id, at=at, has_left=has_left)
        if user_id == self._slack.identity.user_id:
            self._slack.memory.forget_channel(channel_id)
            if not has_left:
                self._live.report_gap()

    def see_own_leaving(self, channel_id: str) -> None:
        """Hear that the bot left a channel: who is in it now it cannot see."""
        self._slack.memory.forget_channel(channel_id)

    def see_member(self, user: Event) -> None:
        """Note who a member is, new or changed; who was deactivated is paused."""
        team_id = self._slack.identity.team_id
        self._slack.memory.forget_user(str(user.get("id")))

        def register() -> None:
            self._store.members.register([user], team_id=team_id)

        if not is_foreign(user, team_id):
            self._errands.submit(register, name="member")

    def _agrees(self, channel_id: str, claim: _Claim) -> bool:
        """Say whether the store knows a channel as the event has it."""
        known = self._find(channel_id)
        if known is None or (claim.kind or known.kind, claim.is_shared) != (
            known.kind,
            known.is_shared,
        ):
            return False
        self._settled[channel_id] = claim
        return True

    def _is_walled(self, claim: _Claim) -> bool:
        """Say whether nothing of a channel may come in, so that it need not even be known."""
        is_closed = claim.kind in WALLS and WALLS[claim.kind] not in self._include
        return is_closed or (claim.is_shared and "connect" not in self._include)

    def _settle(self, channel_id: str, claim: _Claim, event: Event) -> None:
        """Find out what a channel is; until Slack says so it counts as private."""
        if self._settled.get(channel_id) != claim:
            if self._describe(channel_id, claim):
                self._settled[channel_id] = claim
                self._live.report_gap()  # what was said there before
            else:
                self._shut(channel_id)
        self._live.submit(channel_id, event)

    def _describe(self, channel_id: str, claim: _Claim | None = None) -> bool:
        """Ask Slack what a channel is, and note the less public of that and what an event said.

        Returns:
            Whether Slack answered.
        """
        self._slack.memory.forget_channel(channel_id)  # something is new about it
        try:
            facts = self._slack.recall_channel(channel_id)
        except SlackError as error:
            _log.warning("Slack did not say what a channel is: %s", error.code or "no answer")
            return False
        if facts is None:
            return False
        claim = claim or _Claim(None, is_shared=False)
        is_private = bool(facts.get("is_private")) or claim.kind not in (None, "public")
        is_shared = bool(facts.get("is_ext_shared")) or claim.is_shared
        self._register({**facts, "is_private": is_private, "is_ext_shared": is_shared})
        return True

    def _shut(self, channel_id: str) -> None:
        """Take a channel for private; what is stored of it is used no more in public voices."""
        known = self._find(channel_id)
        facts = {"name": known.name, "is_ext_shared": known.is_shared} if known else {}
        self._register({"id": channel_id, "is_private": True, **facts})
        self._settled.pop(channel_id, None)  # the next message asks again

    def _register(self, channel: Event) -> None:
        team_id = self._slack.identity.team_id
        self._store.channels.register([channel], team_id=team_id, kind="public")

    def _find(self, channel_id: str) -> Channel | None:
        try:
            return self._store.channels.find(channel_id, team=self._team)
        except UnknownChannel:
            return None
