"""Where one person stands: their consent, what was learned, their voice, and who used it."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from bot.coverage import is_awaited
from bot.session import Session
from bot.views.consent import StatusFacts
from bot.views.home import HomeFacts, Use
from storage.audit import AuditRow
from storage.errors import StorageError
from storage.members import Member
from storage.records import VersionRow
from storage.store import Store
from training.config import MINIMUM_MESSAGES

USES_SHOWN = timedelta(days=30)


def find_status(session: Session, member: Member) -> StatusFacts:
    """Gather what `/mimic status` says."""
    return find_home(session, member).status


def find_home(session: Session, member: Member) -> HomeFacts:
    """Gather what the App Home shows."""
    store = session.store
    version = find_version(store, member.id)
    learned = count_learned(store, member)
    is_silent = version is None and not is_awaited(store, member.id)
    uses = find_uses(store, member.id)
    status = StatusFacts(
        state=member.consent,
        messages=learned,
        missing=max(MINIMUM_MESSAGES - learned, 0) if is_silent else 0,
        version=version.number if version else None,
        made_at=version.created_at if version else None,
        uses=len(uses),
        is_opt_out=store.consent.default == "opt-out",
        is_own_word=store.consent.get(member.id).by_subject,
    )
    return HomeFacts(status, uses)


def find_version(store: Store, member: int) -> VersionRow | None:
    """Return the version that speaks for a member."""
    voice = store.voices.find("person", subject=member)
    return store.voices.promoted(voice.id) if voice else None


def count_learned(store: Store, member: Member) -> int:
    """Count the messages that a voice learns from; all that are kept while it is paused."""
    if store.consent.allows(member.id):
        return store.messages.count(author=member.id)
    return member.messages


def find_uses(store: Store, member: int) -> tuple[Use, ...]:
    """List who asked for a member's voice lately; a preview that was posted is one use."""
    rows = store.audit.read(member, since=datetime.now(UTC) - USES_SHOWN)
    previews: dict[tuple[int, int], list[AuditRow]] = defaultdict(list)
    uses: list[tuple[AuditRow, bool]] = []
    for row in rows:
        if row.event == "mimicked":
            previews[_place(row)].append(row)
        elif row.event == "posted":
            if previews[_place(row)]:
                previews[_place(row)].pop()
            uses.append((row, True))
    uses += [(row, False) for left in previews.values() for row in left]
    uses.sort(key=lambda use: use[0].at)
    return tuple(_use(store, row, is_posted=is_posted) for row, is_posted in uses)


def _place(row: AuditRow) -> tuple[int, int]:
    return int(row.details.get("by", 0)), int(row.details.get("channel", 0))


def _use(store: Store, row: AuditRow, *, is_posted: bool) -> Use:
    by, channel = _place(row)
    try:
        user_id = store.members.user_id(by)
        channel_id = store.channels.channel_id(channel) if channel else None
    except StorageError:  # a restored backup may know fewer of them
        user_id, channel_id = "", None
    return Use(user_id, channel_id, row.at, is_posted)
