"""What people say of themselves (yes, no, a pause, "where do I stand?") and what they are told.

The person's own word beats everybody's. Each function answers with a message for that person.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, Literal

from bot.errors import SlackError
from bot.forgetting import Receipt, forget_member
from bot.joining import Joining
from bot.session import Session
from bot.slack import Slack
from bot.slack_users import is_foreign
from bot.standing import find_home, find_status
from bot.views import answers
from bot.views.blocks import Message, View, count
from bot.views.consent import (
    build_agreed,
    build_asked,
    build_declined,
    build_receipt,
    build_request,
    build_status,
)
from bot.views.home import build_home
from bot.views.refusals import RefusalKind, build_refusal
from storage.consent import OWN_NO, SILENT
from storage.ingestion import SLACKBOT
from storage.members import Member

ASKED_AGAIN_AFTER = timedelta(days=7)
MOST_ASKED_A_DAY = 10
UNKNOWN: RefusalKind = "unknown_member"
_MOST_DATES = 6  # of backups in a receipt
_SUBJECT = "subject"  # what the audit log calls a person who speaks for themselves
_TURNS = [threading.RLock() for _ in range(256)]  # a person has one of them, always the same


def _in_turn(say: "Callable[[Consenting, str], Message]") -> "Callable[[Consenting, str], Message]":
    """Let a person's words take effect in the order in which they came: the last one counts."""

    @wraps(say)
    def say_in_turn(consenting: "Consenting", user_id: str) -> Message:
        with _TURNS[hash(user_id) % len(_TURNS)]:
            return say(consenting, user_id)

    return say_in_turn


class Consenting:
    """The people's side of consent.

    Args:
        session: What is known.
        slack: Tells who somebody is, and carries requests.
        joining: What follows a yes.
    """

    def __init__(self, session: Session, slack: Slack, joining: Joining) -> None:
        self._session, self._store = session, session.store
        self._slack, self._joining = slack, joining
        self._include = session.settings.mimic_include
        self._asking = threading.Lock()

    @_in_turn
    def agree(self, user_id: str) -> Message:
        """Take a person's own yes, whatever was said before, and begin to learn."""
        user = self._slack.find_user(user_id)
        kind = self._find_obstacle(user)
        if user is None or kind:
            return answers.build_guest() if kind == "guest" else build_refusal(kind or UNKNOWN)
        member = self._find(user_id)
        self._store.consent.grant([member.id], actor=_SUBJECT, by_subject=True)
        # now that they agree, their names may be kept: to be called by, and to be scrubbed
        self._store.members.register([user], team_id=self._slack.identity.team_id)
        return build_agreed() if self._joining.agree(user_id) else self.status(user_id)

    @_in_turn
    def opt_out(self, user_id: str) -> Message:
        """Delete all that is known of a person, and note that they do not want this.

        Whoever said no before may say so again: what could not be cleared away then, is now.
        """
        return self._forget(user_id, "declined")

    @_in_turn
    def leave(self, user_id: str) -> Message:
        """Delete all that is known of a person as `opt_out` does, and note that they have left."""
        return self._forget(user_id, "left")

    @_in_turn
    def pause(self, user_id: str) -> Message:
        """Keep what is known of a person, and neither use nor extend it."""
        member = self._find(user_id)
        if member.consent == "paused" or self._store.consent.allows(member.id):
            self._store.consent.revoke(member.id, actor=_SUBJECT, by_subject=True)
        return self.status(user_id)

    @_in_turn
    def resume(self, user_id: str) -> Message:
        """Go on after a pause; a pause of somebody who never agreed is none."""
        member = self._find(user_id)
        if member.consent == "paused":
            if not self._has_agreed_before(member):
                return answers.build_never_agreed()
            self._joining.agree(user_id)
        return self.status(user_id)

    @_in_turn
    def not_now(self, user_id: str) -> Message:
        """Take a no for the time being; where silence would mean yes, it is a pause."""
        member = self._find(user_id)
        if member.consent not in SILENT:
            return self.status(user_id)
        if self._store.consent.allows(member.id):
            return self.pause(user_id)
        self._store.audit.record("not_now", member=member.id)
        return build_declined()

    @_in_turn
    def never_ask(self, user_id: str) -> Message:
        """Take a no for good; who has agreed meanwhile is only told how to stop."""
        member = self._find(user_id)
        if member.consent in ("agreed", "paused"):
            return self.status(user_id)
        if member.messages or self._store.consent.allows(member.id):  # where silence means yes
            self._forget(user_id, "declined")
        self._store.consent.set(member.id, "never_ask", actor=_SUBJECT, by_subject=True)
        return build_declined(is_final=True)

    def status(self, user_id: str) -> Message:
        """Say where a person stands."""
        return build_status(find_status(self._session, self._find(user_id)))

    def home(self, user_id: str) -> View:
        """Show a person everything about their own voice."""
        return build_home(find_home(self._session, self._find(user_id)))

    def ask(self, asker_id: str, subject_id: str) -> Message:
        """Ask somebody by DM, on another's wish, whether they agree; tell that other.

        Nobody is asked who has said anything, nor by the same person twice within a week, nor by
        anybody within a week of a "not now".
        """
        if asker_id == subject_id:
            return answers.build_asks_self()
        user = self._slack.find_user(subject_id)
        name, kind = _name(user), self._find_obstacle(user)
        if kind:
            return build_refusal(kind, name=name)
        asker, subject = self._find(asker_id), self._find(subject_id)
        with self._asking:  # two clicks at once are one request
            refusal = self._find_refusal(asker, subject, name)
            if refusal:
                return refusal
            try:
                self._slack.dm(subject_id, build_request(asker_id, include=self._include))
            except SlackError:
                return answers.build_unreachable(name)
            self._store.consent.note_asked(subject.id, by=asker.id)
        return build_asked(name)

    def _find(self, user_id: str) -> Member:
        return self._store.members.ensure(user_id, team_id=self._slack.identity.team_id)

    def _forget(self, user_id: str, state: Literal["declined", "left"]) -> Message:
        member = self._find(user_id)
        receipt = forget_member(
            self._session, member.id, state=state, actor=_SUBJECT, by_subject=True
        )
        return build_receipt(_list_deleted(receipt), left=list(_list_left(receipt)))

    def _has_agreed_before(self, member: Member) -> bool:
        is_silence_enough = self._store.consent.default == "opt-out"
        return is_silence_enough or bool(self._store.audit.read(member.id, event="consent_agreed"))

    def _find_obstacle(self, user: Mapping[str, Any] | None) -> RefusalKind | None:
        """Say why somebody can never be mimicked, if that is so."""
        if user is None:
            return UNKNOWN
        if user.get("is_bot") or user.get("id") == SLACKBOT:
            return "bot_member"
        if user.get("deleted"):
            return "deactivated"
        if is_foreign(user, self._slack.identity.team_id) and "connect" not in self._include:
            return "foreign_team"
        is_guest = user.get("is_restricted") or user.get("is_ultra_restricted")
        return "guest" if is_guest and "guests" not in self._include else None

    def _find_refusal(self, asker: Member, subject: Member, name: str) -> Message | None:
        """Say why somebody is not asked now, if that is so."""
        if subject.consent == "agreed":
            return answers.build_has_agreed(name)
        if subject.consent == "paused":
            return build_refusal("paused", name=name)
        if subject.consent in OWN_NO:
            return build_refusal("declined", name=name)
        week_ago = datetime.now(UTC) - ASKED_AGAIN_AFTER
        lately = self._store.audit.read(subject.id, since=week_ago)
        if any(row.event == "not_now" for row in lately) or any(
            row.event == "asked" and row.details.get("by") == asker.id for row in lately
        ):
            return answers.build_asked_before(name)
        today = self._store.audit.read(event="asked", since=datetime.now(UTC) - timedelta(days=1))
        asked = sum(row.details.get("by") == asker.id for row in today)
        return answers.build_asked_many() if asked >= MOST_ASKED_A_DAY else None


def _name(user: Mapping[str, Any] | None) -> str:
    profile = (user or {}).get("profile") or {}
    return str(profile.get("display_name") or profile.get("real_name") or "")


def _list_deleted(receipt: Receipt) -> list[str]:
    lines = []
    if receipt.messages:
        lines.append(f"{count(receipt.messages, 'stored message')} of yours")
    if receipt.voices:
        lines.append(f"your voice, with {count(receipt.versions, 'version')} of it")
    if receipt.checkpoints:
        lines.append(
            f"{count(receipt.checkpoints, 'unfinished training')} that may have learned from you"
        )
    if receipt.runs or receipt.schedules:
        lines.append(
            f"your name in {count(receipt.runs, 'run')} and {count(receipt.schedules, 'schedule')}"
        )
    return lines


def _list_left(receipt: Receipt) -> Iterator[str]:
    if receipt.shared_until:
        yield (
            f"{count(receipt.shared_versions, 'shared voice')} learned from you: each is silent by "
            f"{receipt.shared_until:%Y-%m-%d %H:%M} UTC and then removed, unless it was trained "
            "anew without you before"
        )
    if receipt.backups:
        days = list(dict.fromkeys(f"{row.made_at:%Y-%m-%d}" for row in receipt.backups))
        dates = ", ".join(days) if len(days) <= _MOST_DATES else f"{days[0]} to {days[-1]}"
        yield (
            f"{count(len(receipt.backups), 'backup')} from before may still hold your text "
            f"({dates}): ask an admin to delete them. Restoring one forgets you again"
        )
    if not receipt.is_wiped:
        yield "encrypted remains in the database file, which go when it is next rewritten"
